"""Checks what a configuration says of drivers and chains, without connecting to anything."""

from pathlib import Path

from edged.config.model import Config
from edged.ops import telemetry
from edged.sources.check import wrong_sources


def check_drivers(config: Config, file: Path) -> None:
    """Make every link, decoder and chain that is configured, and let go; find what else is needed.

    Raises:
        ConfigError: naming file, source and what is wrong with its link, decoder or chain, or what is not
            installed.
    """
    if config.telemetry.otlp_url is not None:
        telemetry.require(file)
    for error in wrong_sources(config, file):
        raise error
