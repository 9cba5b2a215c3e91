"""The password at the broker: from the configuration, a file, or a credential that systemd hands over."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from edged.config.model import UplinkConfig
from edged.errors import BrokerRefused

_LONGEST: Final = 4096


def broker_password(config: UplinkConfig, environment: Mapping[str, str] = os.environ) -> str | None:
    """Return the password; None where there is none. A file is read anew each time: it may have changed.

    Args:
        config: of the uplink.
        environment: names the folder of credentials (systemd.exec(5), ``LoadCredential=``).

    Raises:
        BrokerRefused: the file cannot be read; without the password, the broker would refuse.
    """
    if config.password is not None:
        return config.password.get_secret_value()
    if config.password_file is None:
        return None
    path = _path(config.password_file, environment)
    try:
        with path.open(encoding="utf-8") as file:
            return file.read(_LONGEST).rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise BrokerRefused(
            "the file with the password cannot be read",
            where=str(path),
            mend="Check uplink.password_file; systemd hands over /etc/edged/credentials at the start.",
        ) from error


def _path(file: Path, environment: Mapping[str, str]) -> Path:
    if file.is_absolute() or len(file.parts) > 1:
        return file
    return Path(environment.get("CREDENTIALS_DIRECTORY", ".")) / file
