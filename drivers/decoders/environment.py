"""The decoder of Bluetooth sensors of the surroundings.

Bluetooth Environmental Sensing Service 1.0.1 (0x181A); formats from the GATT Specification Supplement.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from math import inf, nan
from typing import Final

from drivers.decoders.gatt.decoder import GattDecoder
from drivers.decoders.gatt.fields import Fields
from drivers.decoders.gatt.service import Characteristic
from drivers.decoders.stream_cursor import StreamCursor
from edged.errors import DriverError
from edged.model import Channel, Packet, Quality, StreamInfo
from edged.sources.decoder import Decoded

QUIET_S: Final = 600.0
"""Most sensors notify on change, or every few minutes."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A characteristic that is one integer.

    Attributes:
        info: the stream.
        bits: of the integer.
        parts: so many of it are one unit.
        signed: whether it has a sign.
        unknown: what stands for "not known".
        beyond: what stands for "that, or more".
        least: no value is less, in units of the stream.
        most: no value is more.
    """

    info: StreamInfo
    bits: int
    parts: float = 1
    signed: bool = False
    unknown: int | None = None
    beyond: int | None = None
    least: float = -inf
    most: float = inf

    def read(self, data: bytes) -> tuple[float, Quality]:
        """Return the value in the unit of the stream, and its quality.

        Raises:
            MalformedPacket: it is not whole.
        """
        fields, name = Fields(data), self.info.quantity.replace("_", " ")
        raw = fields.sint(self.bits, name) if self.signed else fields.uint(self.bits, name)
        if raw == self.unknown:
            return nan, Quality.NO_READING
        value = raw / self.parts
        if raw == self.beyond:
            return value, Quality.SATURATED
        return value, Quality.GOOD if self.least <= value <= self.most else Quality.ARTEFACT


@dataclass(frozen=True, slots=True)
class Concentration:
    """A characteristic that is an SFLOAT, in kg/m3.

    Attributes:
        info: the stream.
        parts: so many units of the stream are a kg/m3.
        most: no value is more, in units of the stream; that of a device that sends an integer instead is.
    """

    info: StreamInfo
    parts: float
    most: float

    def read(self, data: bytes) -> tuple[float, Quality]:
        """Return the value in the unit of the stream, and its quality.

        Raises:
            MalformedPacket: it is not whole.
        """
        number = Fields(data).sfloat(self.info.quantity.replace("_", " "))
        if number.special is not None:
            return number.value, number.quality
        value = round(number.value * self.parts, 6)
        return value, Quality.GOOD if 0 <= value <= self.most else Quality.ARTEFACT


QUANTITIES: Final[Mapping[str, Quantity | Concentration]] = {
    "2a6e": Quantity(StreamInfo("temperature", "Cel"), 16, 100, signed=True, unknown=-32768, least=-273.15),
    "2a6f": Quantity(StreamInfo("humidity", "%"), 16, 100, unknown=0xFFFF, most=100),
    "2a6d": Quantity(StreamInfo("pressure", "hPa"), 32, 1000),
    "2a6c": Quantity(StreamInfo("elevation", "m"), 24, 100, signed=True),
    "2a7b": Quantity(StreamInfo("dew_point", "Cel"), 8, signed=True),
    "2a7a": Quantity(StreamInfo("heat_index", "Cel"), 8, signed=True),
    "2a79": Quantity(StreamInfo("wind_chill", "Cel"), 8, signed=True),
    "2a70": Quantity(StreamInfo("true_wind_speed", "m/s"), 16, 100),
    "2a71": Quantity(StreamInfo("true_wind_direction", "deg"), 16, 100, most=359.99),
    "2a72": Quantity(StreamInfo("apparent_wind_speed", "m/s"), 16, 100),
    "2a73": Quantity(StreamInfo("apparent_wind_direction", "deg"), 16, 100, most=359.99),
    "2a74": Quantity(StreamInfo("gust_factor", "1"), 8, 10),
    "2a76": Quantity(StreamInfo("uv_index", "1"), 8),
    "2a77": Quantity(StreamInfo("irradiance", "W/m2"), 16, 10),
    "2a78": Quantity(StreamInfo("rainfall", "mm"), 16),
    "2b8c": Quantity(StreamInfo("co2", "[ppm]"), 16, unknown=0xFFFF, beyond=0xFFFE),
    "2bd0": Concentration(StreamInfo("carbon_monoxide", "mg/m3"), 1e6, 10_000),
    "2bd5": Concentration(StreamInfo("pm1", "ug/m3"), 1e9, 1e6),
    "2bd6": Concentration(StreamInfo("pm2_5", "ug/m3"), 1e9, 1e6),
    "2bd7": Concentration(StreamInfo("pm10", "ug/m3"), 1e9, 1e6),
}
"""Channel to what is in it."""


class EnvironmentalSensingService:
    """Whatever a sensor of the surroundings measures, stamped with its receipt.

    A device has any of the characteristics, and nothing tells beforehand which. Where it has one of them
    twice, for two places, their values come mixed.

    Args:
        needs: quantities that the source is of no use without, as text, separated by commas; where that is
            empty, any packet will do.

    Raises:
        DriverError: one of them is not known.
    """

    def __init__(self, needs: str = "temperature") -> None:
        self._needs = {name.strip() for name in needs.split(",") if name.strip()}
        known = [quantity.info.quantity for quantity in QUANTITIES.values()]
        for name in sorted(self._needs.difference(known)):
            raise DriverError(f"needs={needs}: {name!r} is not known", mend=f"Known: {', '.join(known)}.")
        self._cursors = {channel: StreamCursor(quantity.info) for channel, quantity in QUANTITIES.items()}

    def start(self) -> list[Packet]:
        """Begin a connection."""
        return []

    def characteristics(self) -> Mapping[str, Characteristic]:
        """Return what decodes each channel."""
        return {channel: partial(self._value, quantity) for channel, quantity in QUANTITIES.items()}

    def streams(self) -> tuple[StreamInfo, ...]:
        """Return all streams a sensor can have."""
        return tuple(quantity.info for quantity in QUANTITIES.values())

    def channels(self) -> tuple[Channel, ...]:
        """Return all of them: read once, since a value that does not change may not be told for long."""
        return tuple(
            Channel(channel, "both", optional=quantity.info.quantity not in self._needs, quiet_s=QUIET_S)
            for channel, quantity in QUANTITIES.items()
        )

    def _value(self, quantity: Quantity | Concentration, packet: Packet) -> Decoded:
        value, quality = quantity.read(packet.data)
        return Decoded((self._cursors[packet.channel].chunk(packet.mono_ns, [value], quality),))


class EnvironmentDecoder(GattDecoder):
    """A sensor of the surroundings.

    Args:
        needs: quantities that the source is of no use without, as text, separated by commas.

    Raises:
        DriverError: one of them is not known.
    """

    def __init__(self, needs: str = "temperature") -> None:
        super().__init__(EnvironmentalSensingService(needs))
