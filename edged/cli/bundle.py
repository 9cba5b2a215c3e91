"""The diagnostics bundle of the daemon on this machine."""

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

import click

from edged.cli.asking import socket_of
from edged.cli.status import UNREACHABLE
from edged.cli.terminal import daemon_config_option
from edged.errors import EdgedError
from edged.ops.local_socket import INSTALLED

_LIMIT_S: Final = 60.0
"""The board is looked over for it, and something may not answer."""


@click.command()
@click.argument("target", type=click.Path(path_type=Path, dir_okay=False))
@daemon_config_option
@click.option("--socket", type=click.Path(path_type=Path), help=f"Its Unix socket instead of {INSTALLED}.")
def bundle(target: Path, file: Path | None, socket: Path | None) -> None:
    """Write all that helps to tell what is wrong into one zip file, without secrets and readings.

    TARGET is the file to write, such as edged.zip. Its README.txt says what is inside. Ends with status 1
    where it cannot be written, 2 where the daemon cannot be asked: then `edged doctor` looks without it.
    """
    from edged.local_api import LocalApi

    try:
        api = LocalApi(socket_of(file, socket), _LIMIT_S)
        content = api.get_bytes("/api/v1/bundle", "application/zip")
    except EdgedError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(UNREACHABLE)
    try:
        _write(target, content)
    except OSError as error:
        click.echo(f"Error: {target} cannot be written: {error.strerror or error}", err=True)
        sys.exit(1)
    click.echo(f"{target}: {len(content) / 1000:.0f} kB. Its README.txt says what is inside.")


def _write(target: Path, content: bytes) -> None:
    """Write for the user alone, and leave no half of it behind."""
    beside = target.with_name(f".{target.name}.part")
    try:
        with open(beside, "wb", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
            file.write(content)
        beside.replace(target)
    except OSError:
        with suppress(OSError):
            beside.unlink()
        raise
