"""How the daemon on this machine stands."""

import asyncio
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from edged.cli.asking import place_of
from edged.cli.terminal import daemon_config_option, json_option, until_told
from edged.errors import EdgedError, NodeUnreachable
from edged.ops.local_socket import INSTALLED

if TYPE_CHECKING:
    from rich.console import RenderableType

    from edged.local_api import LocalApi
    from edged.ops.status import Status

WRONG: Final = 1
UNREACHABLE: Final = 2
_LOOK_S: Final = 1.0


@click.command()
@daemon_config_option
@click.option(
    "--socket", type=click.Path(path_type=Path), help=f"Its Unix socket; the service has {INSTALLED}."
)
@click.option("--url", help="Its page, instead of the socket, such as http://127.0.0.1:8080.")
@click.option("--watch", is_flag=True, help="Look again every second, until Ctrl-C.")
@json_option
def status(file: Path | None, socket: Path | None, url: str | None, *, watch: bool, as_json: bool) -> None:
    """Show on one screen how the daemon stands, what is wrong first.

    Ends with status 0 where all is well, 1 where something is wrong, 2 where the daemon cannot be asked.
    """
    from edged.local_api import LocalApi

    try:
        api = LocalApi(url or socket or place_of(file))
        if watch:
            sys.exit(_watch(api))
        text = api.get("/api/v1/status")
        found = _understood(text)
    except EdgedError as error:
        if as_json:
            told = {"reachable": False, "what": error.what, "where": error.where, "mend": error.mend}
            click.echo(json.dumps(told))
        else:
            click.echo(f"Error: {error}", err=True)
        sys.exit(UNREACHABLE)
    if as_json:
        click.echo(text)
    else:
        _show(found)
    sys.exit(_exit_status(found))


def _understood(text: str) -> "Status":
    from pydantic import ValidationError

    from edged.ops.status import Status

    try:
        return Status.model_validate_json(text)
    except ValidationError as error:
        raise NodeUnreachable(
            "what answers is not this version of edged", mend="Use the command of the version that runs."
        ) from error


def _exit_status(found: "Status") -> int:
    from edged.status_screen import is_well

    return 0 if is_well(found) else WRONG


def _show(found: "Status") -> None:
    from rich.console import Console

    from edged.status_screen import plain_screen, screen

    is_ascii = not (sys.stdout.encoding or "").lower().startswith("utf")
    if not sys.stdout.isatty():
        click.echo(plain_screen(found, plain=is_ascii), nl=False)
        return
    console = Console(highlight=False, emoji=False)
    for line in screen(found, width=console.width, height=console.height, plain=is_ascii):
        console.print(line, soft_wrap=True)


def _watch(api: "LocalApi") -> int:
    """Show it anew every second until told to stop; return the exit status of what was seen last."""
    from rich.console import Console, Group
    from rich.live import Live
    from rich.text import Text

    from edged.status_screen import screen

    if not sys.stdout.isatty():
        raise click.UsageError("--watch needs a terminal; without one, ask with --json as often as needed")
    console = Console(highlight=False, emoji=False)
    is_ascii = not (sys.stdout.encoding or "").lower().startswith("utf")

    def look() -> tuple[int, "RenderableType"]:
        try:
            found = _understood(api.get("/api/v1/status"))
        except NodeUnreachable as error:
            return UNREACHABLE, Text(str(error), style="red")
        lines = screen(found, width=console.width, height=console.height, plain=is_ascii)
        return _exit_status(found), Group(*lines)

    async def follow(stop: asyncio.Event) -> int:
        with Live(console=console, auto_refresh=False, screen=True) as live:
            while True:
                seen, shown = await asyncio.to_thread(look)
                live.update(shown, refresh=True)
                try:
                    async with asyncio.timeout(_LOOK_S):
                        await stop.wait()
                except TimeoutError:
                    continue
                return seen

    return until_told(follow)
