"""What a simulated Bluetooth device is."""

from dataclasses import dataclass
from typing import Final, Protocol, Self

from edged.model import NS_PER_MS, Packet
from edged.sim.physiology import chance

MANUFACTURER_NAME: Final = "2a29"
MODEL_NUMBER: Final = "2a24"
SERIAL_NUMBER: Final = "2a25"
FIRMWARE_REVISION: Final = "2a26"


class Device(Protocol):
    """A device with characteristics, as a value: what it sends follows from it and from the time alone.

    Its time counts in nanoseconds from when it was switched on; that is what ``Packet.mono_ns`` holds.
    """

    @property
    def readable(self) -> tuple[str, ...]:
        """The characteristics that can be read, in the order in which a receiver does."""

    @property
    def writable(self) -> tuple[str, ...]:
        """The characteristics that take commands."""

    def notifications(self, start_ns: int, end_ns: int) -> tuple[Packet, ...]:
        """Return what a receiver is notified of from ``start_ns`` to before ``end_ns``, oldest first.

        However the time is cut, the pieces make up the same whole.
        """

    def read(self, channel: str, at_ns: int) -> bytes | None:
        """Return what a characteristic holds; None where nothing answers."""

    def written(self, command: Packet, at_ns: int) -> Self:
        """Return the device as a command leaves it; what it answers is among its notifications."""


@dataclass(frozen=True, slots=True)
class DeviceInformation:
    """What a device says that it is (Device Information Service 1.1, section 3).

    Attributes:
        model: such as ``Simulated H10``.
        seed: which one of them.
    """

    model: str
    seed: int
    firmware: str = "1.0.0"
    manufacturer: str = "edged"

    @property
    def readable(self) -> tuple[str, ...]:
        """The characteristics that it has."""
        return (MANUFACTURER_NAME, MODEL_NUMBER, SERIAL_NUMBER, FIRMWARE_REVISION)

    def read(self, channel: str) -> bytes | None:
        """Return the text of a characteristic, without a zero at its end."""
        text = {
            MANUFACTURER_NAME: self.manufacturer,
            MODEL_NUMBER: self.model,
            SERIAL_NUMBER: f"{int(chance(self.seed, 'serial number') * (1 << 32)):08X}",
            FIRMWARE_REVISION: self.firmware,
        }.get(channel)
        return None if text is None else text.encode()


def radio_delay_ns(seed: int, what: str, number: int) -> int:
    """Return how long a notification takes, 4 to 34 ms: until the next connection event, and no later.

    At a connection interval of 30 ms, as straps ask for.
    """
    return 4 * NS_PER_MS + int(chance(seed, f"radio {what}", number) * 30 * NS_PER_MS)
