"""Says what is wrong with the sources of a configuration, without connecting to anything."""

from collections.abc import Iterator
from pathlib import Path

from edged.clock import SystemClock
from edged.config.model import Config, SourceConfig
from edged.errors import ConfigError, DriverError, StepError
from edged.signals.chain import check_steps
from edged.sources.decoder import Decoder, make_decoder
from edged.sources.link import LinkContext, open_link


def wrong_sources(config: Config, file: Path | None) -> Iterator[ConfigError]:
    """Make every link and decoder, let them go again; yield what cannot be made or does not fit its stream.

    A stream that its decoder knows only once the device has said so is not looked at.

    Args:
        config: with the sources.
        file: that it comes from, for the errors; they name source and key too.
    """
    context = LinkContext(SystemClock(), ble=config.ble)
    for i, source in enumerate(config.source):
        try:
            open_link(source.link, context)
        except DriverError as error:
            yield _at(f"source[{i}].link", error, file)
        try:
            decoder = make_decoder(source.decoder)
        except DriverError as error:
            yield _at(f"source[{i}].decoder", error, file)
        else:
            yield from _wrong_chains(source, decoder, file)


def _wrong_chains(source: SourceConfig, decoder: Decoder, file: Path | None) -> Iterator[ConfigError]:
    known = {info.quantity: info for info in decoder.streams()}
    for chain in source.chain:
        if chain.stream in known:
            try:
                check_steps(known[chain.stream], chain.steps)
            except StepError as error:
                yield error.under(f"source[{source.name}].chain[{chain.stream}].steps", file)


def _at(key: str, error: DriverError, file: Path | None) -> ConfigError:
    told = ConfigError(error.what, file=file, key=key, mend=error.mend)
    told.__cause__ = error
    return told
