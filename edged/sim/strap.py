"""A simulated heart-rate strap: the bytes it notifies, second by second.

The encoder is written from the specification and shares nothing with the decoder, which it helps to test:
Bluetooth Heart Rate Service 1.0, sections 3.1 and 3.2; Battery Service 1.0, section 3.1.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Self

from edged.model import NS_PER_S, Packet
from edged.sim.battery import BATTERY_EVERY_S, BATTERY_LEVEL, Battery
from edged.sim.physiology import Heart, Profile
from edged.sim.spell import NEVER, Stretch

HEART_RATE_MEASUREMENT: Final = "2a37"
BODY_SENSOR_LOCATION: Final = "2a38"

PAYLOAD_BYTES: Final = 20
"""Most that a notification carries at the default ATT MTU of 23: room for 9 RR intervals at best."""

ENERGY_EVERY_S: Final = 10
"""Energy expended is sent with every tenth measurement or so (HRS 1.0, 3.1.1.3)."""

_CHEST: Final = 1
_ENERGY_KJ_PER_MIN: Final = {
    Profile.RESTING: 5.0,
    Profile.EXERCISE: 42.0,
    Profile.STRESS: 7.0,
    Profile.RECOVERY: 12.0,
}


@dataclass(frozen=True, slots=True)
class Strap:
    """A strap on a heart.

    Attributes:
        heart: whose beats it counts.
        battery_pct: charge at second 0, 0 to 100.
        energy: whether it sends energy expended.
        silent: while it is out of range or taken off; its time goes on.
        contact_lost: while it does not touch the skin.
        battery_falls: seconds at which the battery falls to a charge, and that charge in %.
    """

    heart: Heart
    battery_pct: int = 100
    energy: bool = False
    silent: Stretch = NEVER
    contact_lost: Stretch = NEVER
    battery_falls: tuple[tuple[float, int], ...] = ()

    @property
    def readable(self) -> tuple[str, ...]:
        """Where it is worn, and its battery."""
        return (BODY_SENSOR_LOCATION, BATTERY_LEVEL)

    @property
    def writable(self) -> tuple[str, ...]:
        """There is nothing a strap can be told."""
        return ()

    def notifications(self, start_ns: int, end_ns: int) -> tuple[Packet, ...]:
        """Return what it notifies, each second on the second."""
        seconds = range(max(0, -(-start_ns // NS_PER_S)), -(-end_ns // NS_PER_S))
        return tuple(
            replace(packet, mono_ns=second * NS_PER_S) for second in seconds for packet in self._told(second)
        )

    def read(self, channel: str, at_ns: int) -> bytes | None:
        """Return what a characteristic holds."""
        held = {packet.channel: packet.data for packet in self.greeting(at_ns // NS_PER_S)}
        return held.get(channel)

    def written(self, command: Packet, at_ns: int) -> Self:
        """Take a command and forget it."""
        _ = command, at_ns
        return self

    def packets(self, second: int) -> tuple[Packet, ...]:
        """Return what a receiver hears at a second, from 0 on, when it connects; not stamped."""
        return (*(self.greeting(second) if second == 0 else ()), *self._told(second))

    def greeting(self, second: int) -> tuple[Packet, ...]:
        """Return what a receiver reads when it connects: where the strap is worn, and its battery."""
        if self.silent.covers(second):
            return ()
        return (Packet(BODY_SENSOR_LOCATION, bytes((_CHEST,))), self._battery(second))

    def _told(self, second: int) -> tuple[Packet, ...]:
        if self.silent.covers(second):
            return ()
        measurement = Packet(HEART_RATE_MEASUREMENT, self._measurement(second))
        if second and second % BATTERY_EVERY_S == 0:
            return (measurement, self._battery(second))
        return (measurement,)

    def _battery(self, second: int) -> Packet:
        level = Battery(self.battery_pct, self.battery_falls).level(second)
        return Packet(BATTERY_LEVEL, bytes((level,)))

    def _measurement(self, second: int) -> bytes:
        energy_kj = self._energy_kj(second) if self.energy and second % ENERGY_EVERY_S == 0 else None
        if self.contact_lost.covers(second):
            return encode_heart_rate(0, contact=False, energy_kj=energy_kj)
        beats = self.heart.beats(second - 1, second) if second else ()
        # Beats are rounded, not intervals: so their rounding does not add up.
        ticks = [_ticks(beat.time_s) - _ticks(beat.previous_s) for beat in beats]
        return encode_heart_rate(
            round(self.heart.rate_at(second)), contact=True, energy_kj=energy_kj, rr_ticks=ticks
        )

    def _energy_kj(self, second: int) -> int:
        return min(0xFFFF, int(second * _ENERGY_KJ_PER_MIN[self.heart.profile] / 60.0))


def encode_heart_rate(
    heart_rate: int, *, contact: bool | None, energy_kj: int | None = None, rr_ticks: Sequence[int] = ()
) -> bytes:
    """Encode a Heart Rate Measurement (HRS 1.0, 3.1).

    Args:
        heart_rate: in 1/min, 0 to 65535; above 255 it takes two bytes.
        contact: whether the sensor touches the skin; None where it cannot tell.
        energy_kj: energy expended since the last reset, in kJ, 0 to 65535.
        rr_ticks: RR intervals in 1/1024 s, oldest first; the latest that fit into a notification are sent.
    """
    flags = 0
    fields = struct.pack("<B", heart_rate) if heart_rate <= 0xFF else struct.pack("<H", heart_rate)
    if heart_rate > 0xFF:
        flags |= 0x01
    if contact is not None:
        flags |= 0x06 if contact else 0x04
    if energy_kj is not None:
        flags |= 0x08
        fields += struct.pack("<H", energy_kj)
    latest = rr_ticks[-((PAYLOAD_BYTES - 1 - len(fields)) // 2) :]
    if latest:
        flags |= 0x10
        fields += struct.pack(f"<{len(latest)}H", *(min(ticks, 0xFFFF) for ticks in latest))
    return bytes((flags,)) + fields


def _ticks(time_s: float) -> int:
    return round(time_s * 1024)
