"""Where the daemon and the commands on its machine meet: a Unix socket."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from edged.config.model import WebConfig

NAME: Final = "edged.sock"
INSTALLED: Final = Path("/run/edged") / NAME
"""Where the installed service has it."""


def socket_path(web: WebConfig, environment: Mapping[str, str] = os.environ) -> Path | None:
    """Return the socket as configured, or in the folder that systemd gives; None where there is neither."""
    if web.socket is not None:
        return web.socket.absolute()
    folder = environment.get("RUNTIME_DIRECTORY", "").partition(":")[0]
    return Path(folder) / NAME if folder else None
