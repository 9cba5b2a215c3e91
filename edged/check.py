"""Checks whether a configuration can be run here, without connecting to anything."""

from pathlib import Path

from edged.config.model import Config
from edged.ops import telemetry
from edged.sources.check import wrong_sources


def check_config(config: Config, file: Path) -> None:
    """See whether every link, decoder and chain can be made, and what else is needed is installed.

    Raises:
        ConfigError: naming file, source and what is wrong with its link, decoder or chain, or what is not
            installed.
    """
    if config.telemetry.otlp_url is not None:
        telemetry.require(file)
    for error in wrong_sources(config, file):
        raise error
