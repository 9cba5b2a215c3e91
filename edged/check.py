"""Checks what a configuration says of drivers, without connecting to anything."""

from pathlib import Path

from edged.config.model import Config
from edged.ops import telemetry
from edged.sources.check import wrong_drivers


def check_drivers(config: Config, file: Path) -> None:
    """Make every link and decoder that is configured, and let them go again; find what else is needed.

    Raises:
        ConfigError: naming file, source and what is wrong with its link or decoder, or what is not installed.
    """
    if config.telemetry.otlp_url is not None:
        telemetry.require(file)
    for error in wrong_drivers(config, file):
        raise error
