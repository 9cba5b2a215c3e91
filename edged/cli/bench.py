"""What this board can take."""

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click

from edged.cli.terminal import errors_told, json_option, until_told


@click.command()
@click.option(
    "--folder", type=click.Path(path_type=Path, exists=True, file_okay=False), help="On the disk to measure."
)
@json_option
def bench(folder: Path | None, *, as_json: bool) -> None:
    """Measure what this board can take; some ten seconds."""
    from edged.bench import run_bench

    def progress(name: str) -> None:
        if not as_json and sys.stderr.isatty():
            click.echo(f"... {name}", err=True)

    with errors_told():
        results = until_told(lambda _stop: run_bench(folder, progress))
    if as_json:
        click.echo(json.dumps([asdict(result) for result in results]))
        return
    for result in results:
        click.echo(f"{result.name:<36} {result.per_s:>10,.0f} {result.unit}s/s {result.us:>10,.1f} us each")
