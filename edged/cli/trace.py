"""Recording what a device sends, and playing it back."""

import json
from pathlib import Path

import click

from edged.cli.terminal import errors_told, json_option, progress_shown, until_told
from edged.clock import SystemClock
from edged.ops import logging as log


@click.command()
@click.argument("link")
@click.argument("trace", type=click.Path(path_type=Path))
@click.option("--decoder", default="heart_rate", show_default=True, help="What the bytes mean.")
@click.option(
    "--duration",
    "duration_s",
    type=click.FloatRange(min=0, min_open=True),
    help="Stop after so many seconds.",
)
@json_option
def record(link: str, trace: Path, decoder: str, duration_s: float | None, *, as_json: bool) -> None:
    """Record what comes in over LINK into the file TRACE, appending to it."""
    from edged.record import record_trace

    with errors_told(), progress_shown("recorded", as_json=as_json) as progress:
        n = until_told(
            lambda stop: record_trace(link, trace, decoder, SystemClock(), stop, progress),
            duration_s=duration_s,
        )
    click.echo(json.dumps({"packets": n, "trace": str(trace)}) if as_json else f"{n} packets in {trace}.")


@click.command()
@click.argument("trace", type=click.Path(path_type=Path))
@click.option(
    "--speed",
    type=click.FloatRange(min=0),
    default=1.0,
    show_default=True,
    help="Times real time; 0 is at once.",
)
@click.option("--decoder", help="Instead of the one that the trace names.")
def replay(trace: Path, speed: float, decoder: str | None) -> None:
    """Decode the file TRACE and print what it means, a JSON object a line."""
    from edged.replay import replay_trace

    log.set_up("error")  # what is wrong in the trace is part of the result
    with errors_told():
        until_told(lambda stop: replay_trace(trace, speed, decoder, stop, click.echo))
