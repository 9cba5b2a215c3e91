"""Sensor boards on a port."""

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import click

from edged.cli.terminal import errors_told, json_option, say, until_told
from edged.clock import SystemClock


@click.group()
def board() -> None:
    """Look after a sensor board: LINK is its port, such as serial:/dev/serial/by-id/NAME."""


@board.command()
@click.argument("link")
@json_option
def info(link: str, *, as_json: bool) -> None:
    """Show what the board at LINK is and measures."""
    from edged.board import board_table, describe_board

    with errors_told():
        told = until_told(lambda stop: describe_board(link, SystemClock(), stop))
    if told is None:
        sys.exit(130)
    click.echo(json.dumps(told) if as_json else board_table(told).rstrip("\n"))


@board.command()
@click.argument("link")
@click.option(
    "--seconds",
    "duration_s",
    type=click.FloatRange(min=0, min_open=True),
    default=30.0,
    show_default=True,
    help="How long; Ctrl-C ends it before.",
)
def identify(link: str, duration_s: float) -> None:
    """Have the light of the board at LINK blink fast, to see which one it is."""
    from edged.board import blink_board

    def tell(told: Mapping[str, object]) -> None:
        say(f"The board {told['model']} {told['serial']} blinks fast. Ctrl-C ends it.")

    with errors_told():
        until_told(lambda stop: blink_board(link, SystemClock(), stop, tell), duration_s=duration_s)


@board.command()
@click.argument("link")
@click.argument("stream", type=click.IntRange(0, 15))
@click.argument("rate_hz", metavar="HZ", type=click.FloatRange(min=0.001, max=1e6))
@json_option
def rate(link: str, stream: int, rate_hz: float, *, as_json: bool) -> None:
    """Have the board at LINK sample STREAM at HZ, until its next reset."""
    from edged.board import set_rate

    with errors_told():
        told = until_told(lambda stop: set_rate(link, stream, rate_hz, SystemClock(), stop))
    if told is None:
        sys.exit(130)
    if as_json:
        click.echo(json.dumps(asdict(told)))
        return
    click.echo(f"Stream {stream} runs at {told.rate_hz:g} Hz, until the next reset of the board.")
    click.echo(f'To keep it, configure the source with decoder = "board?rate={stream}:{rate_hz:g}".')


@board.command()
@click.argument("link")
@click.argument("state", type=click.Choice(["on", "off"]))
def test(link: str, state: str) -> None:
    """Have the board at LINK send its test pattern, or its samples again."""
    from edged.board import set_test

    with errors_told():
        if not until_told(lambda stop: set_test(link, SystemClock(), stop, on=state == "on")):
            sys.exit(130)
    click.echo(f"The test pattern is {state}, until the next reset of the board.")


@board.command()
@click.argument("link")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--board", "kind", type=click.Choice(["uno", "pico"]), help="Else it goes by the file's name.")
@click.option("--baud", default=115_200, show_default=True, help="Of an Uno's boot loader.")
def flash(link: str, file: Path, kind: str | None, baud: int) -> None:
    """Put the firmware FILE on the board at LINK, with avrdude or picotool."""
    from edged.flash import flash_board

    with errors_told():
        done = until_told(lambda stop: flash_board(link, file, kind, baud, SystemClock(), stop))
    if done is None:
        sys.exit(130)
    click.echo(f"The {done} has its firmware. `edged board info {link}` shows it.")
