"""What all commands share: options, an end on a signal, errors in one line, progress."""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

import click

from edged.errors import EdgedError

T = TypeVar("T")

_AT_ONCE_S: Final = 0.5

_CONFIG: Final = partial(
    click.option, "-c", "--config", "file", type=click.Path(path_type=Path, readable=False)
)
config_option = _CONFIG(required=True, help="Configuration file (TOML).")
owners_config_option = _CONFIG(help="Configuration file (TOML): says whose each device is.")
daemon_config_option = _CONFIG(
    help="Configuration file (TOML) of the daemon: says where it is asked; the service needs none."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for a machine to read.")


def until_told(
    work: Callable[[asyncio.Event], Awaitable[T]],
    *,
    duration_s: float | None = None,
    on_hangup: Callable[[], None] | None = None,
) -> T:
    """Run until done, told to stop by SIGTERM or SIGINT, or the time is over.

    A second signal is at once: what does not let itself be cancelled, such as a disk that does not answer, is
    not waited for.

    Args:
        work: is given the event that is set when it is to stop.
        duration_s: after which it is set anyway.
        on_hangup: called on SIGHUP.
    """

    async def told_or_done() -> T:
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        task = asyncio.ensure_future(work(stop))

        def told() -> None:
            if stop.is_set():
                task.cancel()
                loop.call_later(_AT_ONCE_S, os._exit, 130)
            stop.set()

        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, told)
        if on_hangup is not None:
            loop.add_signal_handler(signal.SIGHUP, on_hangup)
        if duration_s is not None:
            loop.call_later(duration_s, stop.set)
        return await task

    try:
        return asyncio.run(told_or_done())
    except asyncio.CancelledError:
        sys.exit(130)


@contextmanager
def errors_told() -> Iterator[None]:
    """Turn our errors into one clear line and exit status 1."""
    try:
        yield
    except EdgedError as error:
        raise exit_with(error) from error


def exit_with(error: EdgedError) -> click.ClickException:
    """Return what ends a command with an error in one line."""
    return click.ClickException(str(error))


@contextmanager
def progress_shown(what: str, *, as_json: bool) -> Iterator[Callable[[int], None]]:
    """Show a count on standard error while a long command runs; nothing where nobody looks on."""
    if as_json or not sys.stderr.isatty():
        yield lambda _count: None
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.completed} " + what), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=None)
        yield lambda count: progress.update(task, completed=count)


def say(text: str) -> None:
    """Print a line at once, also into a pipe."""
    click.echo(text)
    sys.stdout.flush()
