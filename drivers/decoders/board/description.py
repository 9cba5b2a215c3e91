"""What a board says of itself, put together: a HELLO and a descriptor of each channel."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from math import isfinite
from typing import Final

from drivers.decoders.board.messages import ChannelDescriptor, Hello
from drivers.decoders.board.samples import SampleFormat
from drivers.decoders.board.vocabulary import UNITS, Capability, ChannelFlags, ChannelKind, ResetCause
from edged.model import StreamInfo

QUANTITIES: Final[Mapping[int, str]] = {
    ChannelKind.ECG: "ecg",
    ChannelKind.EDA: "eda",
    ChannelKind.PPG_RED: "ppg",
    ChannelKind.PPG_INFRARED: "ppg",
    ChannelKind.PPG_GREEN: "ppg",
    ChannelKind.TEMPERATURE: "temperature",
    ChannelKind.RESPIRATION: "respiration",
    ChannelKind.EMG: "emg",
    ChannelKind.EEG: "eeg",
    ChannelKind.ACCELERATION: "acceleration",
    ChannelKind.ROTATION: "angular_velocity",
    ChannelKind.VOLTAGE: "voltage",
}
"""What a kind is called; all others are a ``signal``."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """What is one stream of ours: the channels of one quantity in a stream of the board.

    Attributes:
        info: of the stream.
        columns: places of its channels in a sample of the board.
        channels: their descriptors.
    """

    info: StreamInfo
    columns: tuple[int, ...]
    channels: tuple[ChannelDescriptor, ...]

    @property
    def scales(self) -> tuple[float, ...]:
        """Of the channels, in their order."""
        return tuple(channel.scale for channel in self.channels)

    @property
    def offsets(self) -> tuple[float, ...]:
        """Of the channels, in their order."""
        return tuple(channel.offset for channel in self.channels)


@dataclass(frozen=True, slots=True)
class BoardStream:
    """A stream of the board: what is sampled together.

    Attributes:
        index: its number.
        formats: of the channels, in their order.
        rate_hz: as achieved; 0 for irregular.
        quantities: what it consists of, mostly one.
    """

    index: int
    formats: tuple[int, ...]
    rate_hz: float
    quantities: tuple[Quantity, ...]


@dataclass(frozen=True, slots=True)
class Description:
    """All that a board says of itself.

    Attributes:
        hello: what it is.
        channels: by index, without a gap.
    """

    hello: Hello
    channels: tuple[ChannelDescriptor, ...]

    def streams(self) -> tuple[BoardStream, ...]:
        """Return its streams; a quantity that there is twice is numbered: ``temperature_2``."""
        names = Counter[str]()
        return tuple(
            _stream(index, [channel for channel in self.channels if channel.stream == index], names)
            for index in sorted({channel.stream for channel in self.channels})
        )

    def faults(self) -> Iterator[str]:
        """Yield a sentence for each thing that cannot be used."""
        for channel in self.channels:
            label = printable(channel.label)
            if channel.format not in set(SampleFormat):
                yield (
                    f"channel {channel.index} ({label}): sample format {channel.format} is not known; "
                    f"its stream {channel.stream} is left out"
                )
            if not isfinite(channel.scale) or not isfinite(channel.offset):
                yield f"channel {channel.index} ({label}): its scale and offset are no numbers"

    def detail(self) -> dict[str, object]:
        """Return it as facts of an event."""
        hello = self.hello
        return {
            **identity(hello),
            "reset_cause": word(ResetCause, hello.reset_cause),
            "boot_id": hello.boot_id,
            "capabilities": [(flag.name or "").lower() for flag in Capability if flag in hello.capabilities],
            "channels": [
                {
                    "index": channel.index,
                    "label": printable(channel.label),
                    "stream": channel.stream,
                    "quantity": quantity.info.quantity,
                    "unit": unit(channel),
                    "rate_hz": channel.rate_mhz / 1000,
                    "format": word(SampleFormat, channel.format),
                    "adc_bits": channel.adc_bits,
                    "lead_off_detection": ChannelFlags.LEAD_OFF_DETECTION in channel.flags,
                }
                for stream in self.streams()
                for quantity in stream.quantities
                for channel in quantity.channels
            ],
        }


class Describing:
    """Puts a description together from its parts, as they come."""

    def __init__(self) -> None:
        self._hello: Hello | None = None
        self._channels: dict[int, ChannelDescriptor] = {}

    def begin(self, hello: Hello | None = None) -> Description | None:
        """Begin with a HELLO; return the description where there are no channels."""
        self._hello = hello
        self._channels.clear()
        return self._whole()

    def add(self, channel: ChannelDescriptor) -> Description | None:
        """Take a channel; return the description once it is whole."""
        self._channels[channel.index] = channel
        return self._whole()

    def _whole(self) -> Description | None:
        if self._hello is None or any(index not in self._channels for index in range(self._hello.channels)):
            return None
        channels = tuple(self._channels[index] for index in range(self._hello.channels))
        return Description(self._hello, channels)


def identity(hello: Hello) -> dict[str, object]:
    """Return what names a board."""
    return {
        "model": printable(hello.model),
        "serial": hello.uid.hex(),
        "firmware": f"{hello.firmware >> 8}.{hello.firmware & 0xFF}",
    }


def unit(channel: ChannelDescriptor) -> str:
    """Return the unit of a channel (UCUM)."""
    return UNITS.get(channel.unit, "{unit " + str(channel.unit) + "}")


def word(kind: type[IntEnum], value: int) -> str:
    """Return the name of a value, or the number of one that is not known here."""
    return kind(value).name.lower() if value in set(kind) else str(value)


def printable(text: str) -> str:
    """Return a name without what moves a cursor or breaks a line."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text).strip()


def _stream(index: int, channels: Sequence[ChannelDescriptor], names: Counter[str]) -> BoardStream:
    rate_hz = channels[0].rate_mhz / 1000
    quantities = []
    for name in dict.fromkeys(QUANTITIES.get(channel.kind, "signal") for channel in channels):
        columns = [at for at, c in enumerate(channels) if QUANTITIES.get(c.kind, "signal") == name]
        names[name] += 1
        quantity = name if names[name] == 1 else f"{name}_{names[name]}"
        chosen = tuple(channels[at] for at in columns)
        units = [unit(channel) for channel in chosen]
        told = units[0] if len(set(units)) == 1 else ",".join(units)
        info = StreamInfo(quantity, told, rate_hz, _labels(chosen))
        quantities.append(Quantity(info, tuple(columns), chosen))
    return BoardStream(index, tuple(c.format for c in channels), rate_hz, tuple(quantities))


def _labels(channels: Sequence[ChannelDescriptor]) -> tuple[str, ...]:
    """Return a label a channel, all different and none empty."""
    labels = [printable(channel.label) for channel in channels]
    return tuple(
        label if label and labels.count(label) == 1 else f"{label or 'channel'}_{channel.index}"
        for label, channel in zip(labels, channels, strict=True)
    )
