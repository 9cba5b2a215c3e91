"""What is around."""

import json
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Final

import click

from edged.cli.terminal import errors_told, json_option, owners_config_option, until_told
from edged.clock import SystemClock
from edged.config.toml import load

_SCAN_S: Final = 10.0


@click.command()
@owners_config_option
@click.option(
    "--seconds",
    "duration_s",
    type=click.FloatRange(min=0, min_open=True),
    help="Stop after so many seconds. Else Ctrl-C stops it; with --json, or into a file, it is 10 seconds.",
)
@json_option
def scan(file: Path | None, duration_s: float | None, *, as_json: bool) -> None:
    """Show the devices around, and whose they are."""
    from rich.console import Console

    from edged.config.model import Config
    from edged.scan import live_table, plain_table, scan_devices

    is_live = not as_json and sys.stdout.isatty()
    seconds = duration_s if is_live else duration_s or _SCAN_S
    with errors_told():
        known = load(file) if file else Config()
        with live_table(Console()) if is_live else nullcontext(lambda _nearby: None) as show:
            nearby = until_told(
                lambda stop: scan_devices(known, SystemClock(), stop, show), duration_s=seconds
            )
    if as_json:
        click.echo(json.dumps(nearby.document()))
    elif not is_live:
        click.echo(plain_table(nearby), nl=False)
    for problem in nearby.problems:
        click.echo(f"Warning: {problem}", err=True)
