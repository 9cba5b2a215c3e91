"""Checks what a configuration says of drivers, without connecting to anything."""

from pathlib import Path

from edged.clock import SystemClock
from edged.config.model import Config
from edged.errors import ConfigError, DriverError
from edged.sources.decoder import make_decoder
from edged.sources.link import LinkContext, open_link


def check_drivers(config: Config, file: Path) -> None:
    """Make every link and decoder that is configured, and let them go again.

    Raises:
        ConfigError: naming file, source and what is wrong with its link or decoder.
    """
    context = LinkContext(SystemClock(), ble=config.ble)
    for i, source in enumerate(config.source):
        for key, make in (
            ("link", lambda s: open_link(s.link, context)),
            ("decoder", lambda s: make_decoder(s.decoder)),
        ):
            try:
                make(source)
            except DriverError as error:
                raise ConfigError(error.what, file=file, key=f"source[{i}].{key}", mend=error.mend) from error
