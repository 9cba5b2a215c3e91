"""Where the commands ask the daemon on this machine."""

from pathlib import Path

from edged.config.model import WebConfig
from edged.config.toml import load
from edged.errors import NodeUnreachable
from edged.ops.local_socket import INSTALLED, socket_path


def place_of(file: Path | None) -> Path | str:
    """Return where the daemon of a configuration, or the installed one, is asked.

    Raises:
        ConfigError: the configuration is wrong.
        NodeUnreachable: it says that the daemon cannot be asked.
    """
    web = WebConfig() if file is None else load(file).web
    if not web.enabled:
        mend = "Set web.enabled = true, or look into the log: `journalctl -u edged`."
        raise NodeUnreachable("page and socket are switched off", where=f"{file}: web.enabled", mend=mend)
    path = INSTALLED if file is None else socket_path(web)
    if path is not None and path.parent.exists():
        return path
    if not web.port:
        what, mend = "its page takes any free port, and it has no socket", "Set web.socket, or give --url."
        raise NodeUnreachable(what, where=f"{file}: web.port", mend=mend)
    return f"{web.scheme}://{f'[{web.host}]' if ':' in web.host else web.host}:{web.port}"


def socket_of(file: Path | None, socket: Path | None) -> Path:
    """Return the socket of the daemon of a configuration, or of the installed one.

    Who may open it needs no account.

    Raises:
        ConfigError: the configuration is wrong.
        NodeUnreachable: the daemon has no socket.
    """
    if socket is not None:
        return socket
    web = WebConfig() if file is None else load(file).web
    path = INSTALLED if file is None else socket_path(web)
    if path is None:
        mend = 'Set web.socket in its configuration, such as web.socket = "edged.sock".'
        raise NodeUnreachable("the daemon has no socket for commands", where=f"{file}: web.socket", mend=mend)
    return path
