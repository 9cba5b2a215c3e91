"""Says what is wrong with the links and decoders of a configuration, without connecting to anything."""

from collections.abc import Iterator
from pathlib import Path

from edged.clock import SystemClock
from edged.config.model import Config
from edged.errors import ConfigError, DriverError
from edged.sources.decoder import make_decoder
from edged.sources.link import LinkContext, open_link


def wrong_drivers(config: Config, file: Path | None) -> Iterator[ConfigError]:
    """Make every link and decoder that is configured, let them go again, and yield what cannot be made.

    Args:
        config: with the sources.
        file: that it comes from, for the errors; they name source and key too.
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
                told = ConfigError(error.what, file=file, key=f"source[{i}].{key}", mend=error.mend)
                told.__cause__ = error
                yield told
