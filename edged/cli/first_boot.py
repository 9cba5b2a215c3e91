"""The configuration from the boot partition."""

import socket
from pathlib import Path

import click

from edged.cli.terminal import config_option, errors_told
from edged.ops import logging as log


@click.command(name="first-boot")
@click.option(
    "--boot",
    "boots",
    type=click.Path(path_type=Path),
    multiple=True,
    default=("/boot/firmware", "/boot"),
    show_default=True,
    help="Folder to look in; may be given several times.",
)
@config_option
def first_boot(boots: tuple[Path, ...], file: Path) -> None:
    """Take edged.toml from the boot partition as the configuration FILE; without any, make a first one."""
    from edged.first_boot import take_first

    log.set_up("info")
    with errors_told():
        taken = take_first(boots, file, socket.gethostname())
    click.echo(f"{taken} is the configuration now." if taken else "No edged.toml on the boot partition.")
