"""The way into the page, from the board itself: the code of a claim, and the accounts."""

import json
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, Final, ParamSpec

import click

from edged.access.role import Role
from edged.cli.asking import socket_of
from edged.cli.terminal import daemon_config_option, json_option
from edged.errors import EdgedError

P = ParamSpec("P")
_API: Final = "/api/v1"

_socket: Final = click.option("--socket", type=click.Path(path_type=Path), help="Its Unix socket.")


def _asking(command: Callable[P, None]) -> Callable[P, None]:
    """Give a command the options that say whom it asks, and say what is refused."""

    @daemon_config_option
    @_socket
    @wraps(command)
    def asking(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except EdgedError as error:
            raise click.ClickException(str(error)) from error

    return asking


def _ask(
    file: Path | None, socket: Path | None, method: str, path: str, body: dict[str, object] | None = None
) -> Any:
    from edged.local_api import LocalApi

    text = LocalApi(socket_of(file, socket)).send(method, _API + path, body)
    return json.loads(text) if text else None


@click.command()
@click.option("--anew", is_flag=True, help="Set a file of accounts aside that cannot be read any more.")
@_asking
def claim(file: Path | None, socket: Path | None, *, anew: bool) -> None:
    """Tell the code with which the board is claimed on its page."""
    if anew:
        _set_aside(file)
        return
    code = _ask(file, socket, "GET", "/claim")["code"]
    if not code:
        raise click.ClickException(
            "This board is claimed already. Who has forgotten his password: edged account password NAME"
        )
    click.echo(code)


def _set_aside(file: Path | None) -> None:
    from edged.access.opening import INSTALLED, access_path
    from edged.config.toml import load
    from edged.store.database import quarantine

    path = access_path(load(file).journal.path) if file else INSTALLED
    if not path.exists():
        raise click.ClickException(f"There is no file of accounts: {path}")
    click.confirm(f"Set all accounts, tokens and the audit log aside ({path})?", abort=True)
    click.echo(f"It is {quarantine(path)} now. Start the daemon anew: systemctl restart edged")


@click.group()
def account() -> None:
    """Accounts of the page."""


@account.command("list")
@json_option
@_asking
def list_(file: Path | None, socket: Path | None, *, as_json: bool) -> None:
    """List them."""
    accounts = _ask(file, socket, "GET", "/accounts")
    if as_json:
        click.echo(json.dumps(accounts))
        return
    for each in accounts:
        click.echo(f"{each['name']:<33}{each['role']:<12}{each['last_login'] or 'never logged in'}")


@account.command()
@click.argument("name")
@click.option(
    "--role",
    type=click.Choice([role.value for role in Role]),
    default="viewer",
    show_default=True,
    help="What it may do.",
)
@click.password_option(help="Asked for where it is not given.")
@_asking
def add(file: Path | None, socket: Path | None, name: str, role: str, password: str) -> None:
    """Add one; the first is that of an admin."""
    _ask(file, socket, "POST", "/accounts", {"name": name, "role": role, "password": password})


@account.command()
@click.argument("name")
@click.password_option(help="Asked for where it is not given.")
@_asking
def password(file: Path | None, socket: Path | None, name: str, password: str) -> None:
    """Give one another password; its sessions end."""
    _ask(file, socket, "PATCH", f"/accounts/{name}", {"password": password})


@account.command()
@click.argument("name")
@_asking
def remove(file: Path | None, socket: Path | None, name: str) -> None:
    """Remove one, with its sessions and tokens."""
    _ask(file, socket, "DELETE", f"/accounts/{name}")
