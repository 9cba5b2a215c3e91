"""The Decoder contract, and the registry of decoders by name."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol, cast, runtime_checkable
from urllib.parse import parse_qsl

from edged.errors import DriverError
from edged.model import Channel, Chunk, Event, Packet, StreamInfo
from edged.sources import registry

DECODERS: Final[Mapping[str, str]] = {
    "bitalino": "drivers.decoders.bitalino.decoder:BitalinoDecoder",
    "board": "drivers.decoders.board.decoder:BoardDecoder",
    "cms50": "drivers.decoders.cms50:Cms50Decoder",
    "csv_lines": "drivers.decoders.csv_lines:CsvLinesDecoder",
    "cycling_power": "drivers.decoders.cycling_power:CyclingPowerDecoder",
    "cycling_speed_cadence": "drivers.decoders.cycling_speed_cadence:CyclingSpeedCadenceDecoder",
    "cyton": "drivers.decoders.cyton.decoder:CytonDecoder",
    "dgt_board": "drivers.decoders.dgt_board.decoder:DgtBoardDecoder",
    "environment": "drivers.decoders.environment:EnvironmentDecoder",
    "heart_rate": "drivers.decoders.heart_rate:HeartRateDecoder",
    "json_lines": "drivers.decoders.json_lines:JsonLinesDecoder",
    "mhz19": "drivers.decoders.mhz19:Mhz19Decoder",
    "modbus": "drivers.decoders.modbus.decoder:ModbusDecoder",
    "nmea": "drivers.decoders.nmea:NmeaDecoder",
    "nonin": "drivers.decoders.nonin:NoninDecoder",
    "pms5003": "drivers.decoders.pms5003:Pms5003Decoder",
    "polar": "drivers.decoders.polar.decoder:PolarDecoder",
    "pulse_oximeter": "drivers.decoders.pulse_oximeter:PulseOximeterDecoder",
    "pulse_sensor": "drivers.decoders.pulse_sensor:PulseSensorDecoder",
    "running_speed_cadence": "drivers.decoders.running_speed_cadence:RunningSpeedCadenceDecoder",
    "thermometer": "drivers.decoders.thermometer:ThermometerDecoder",
}
"""Name to factory; packages add theirs by the entry-point group ``edged.decoders``."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """What one packet meant.

    Attributes:
        chunks: samples, in order of time within each stream.
        events: what happened, their source left empty.
        commands: to be sent to the device, in order.
        faults: a sentence for each part that could not be understood; the rest stands.
    """

    chunks: tuple[Chunk, ...] = ()
    events: tuple[Event, ...] = ()
    commands: tuple[Packet, ...] = ()
    faults: tuple[str, ...] = ()


class Decoder(Protocol):
    """Turns packets into chunks, and does nothing else: no I/O and no clock of its own.

    The same packets give the same result, and of a byte stream the same bytes do, however they were
    cut into packets. One decoder serves a source over all its connections, so that sample numbers
    and beat times go on; nothing it is fed makes it raise.
    """

    def start(self) -> list[Packet]:
        """Begin a connection: forget what was cut off; return commands to send."""

    def feed(self, packet: Packet) -> Decoded:
        """Take one packet."""

    def streams(self) -> tuple[StreamInfo, ...]:
        """Return the streams known so far; the device may turn out to have another rate, by 10 % at most."""

    def channels(self) -> tuple[Channel, ...]:
        """Return the channels it wants, in the order to start them; none for a byte stream, which has one."""


@runtime_checkable
class TimedDecoder(Decoder, Protocol):
    """A decoder that has something to do when nothing comes: to ask again, to give up.

    What it tells of samples must not depend on when it is woken: a replay wakes it at other times.
    """

    def due_ns(self) -> int | None:
        """Return when it is to be woken, monotonic, were nothing to come until then; None for not at all."""

    def wake(self, mono_ns: int) -> Decoded:
        """Do what was due."""


@runtime_checkable
class ShowingDecoder(Decoder, Protocol):
    """A decoder whose device can show which of several it is, by a light: a ``TimedDecoder`` too."""

    def show(self, mono_ns: int) -> bool:
        """Have it show itself from its next waking, for some seconds; False where nobody is known."""


class DecoderFactory(Protocol):
    """What a registry entry names: a class or function that makes a decoder.

    Its keyword arguments are the options that a configuration may give, as text.

    Raises:
        DriverError: an option's value cannot be used.
    """

    def __call__(self, **options: str) -> Decoder:
        """Make a decoder for one source."""


def known_decoders() -> list[str]:
    """Return every name there is a decoder for."""
    return registry.names(DECODERS, "edged.decoders")


def make_decoder(text: str) -> Decoder:
    """Make the decoder that a text such as ``polar?streams=ecg,acc`` names.

    Raises:
        DriverError: there is none, or it does not have that option.
    """
    name, _, query = text.partition("?")
    factory = cast(
        "DecoderFactory", registry.load(name, table=DECODERS, group="edged.decoders", kind="decoder")
    )
    pairs = parse_qsl(query, keep_blank_values=True)
    options = dict(pairs)
    if len(options) != len(pairs):
        raise DriverError("an option is given twice", where=text, mend="Keep one of them.")
    known = _options(factory)
    for option in options:
        if option not in known:
            mend = f"Known: {', '.join(known)}." if known else "This decoder takes none."
            raise DriverError(f"unknown option {option!r}", where=text, mend=mend)
    return factory(**options)


def _options(factory: Callable[..., Decoder]) -> list[str]:
    """Return the names of the keyword arguments that a factory takes."""
    return [name for name in inspect.signature(factory).parameters if name.isidentifier()]
