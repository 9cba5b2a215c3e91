"""A simulated heart-rate strap: the bytes it notifies, second by second.

The encoder is written from the specification and shares nothing with the decoder, which it helps to test:
Bluetooth Heart Rate Service 1.0, sections 3.1 and 3.2; Battery Service 1.0, section 3.1.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import Final

from edged.model import Packet
from edged.sim.physiology import Heart, Profile

HEART_RATE_MEASUREMENT: Final = "2a37"
BATTERY_LEVEL: Final = "2a19"
BODY_SENSOR_LOCATION: Final = "2a38"

PAYLOAD_BYTES: Final = 20
"""Most that a notification carries at the default ATT MTU of 23: room for 9 RR intervals at best."""

BATTERY_EVERY_S: Final = 60
ENERGY_EVERY_S: Final = 10
"""Energy expended is sent with every tenth measurement or so (HRS 1.0, 3.1.1.3)."""

BATTERY_LIFE_S: Final = 400 * 3600
"""From full to empty, as the makers of straps promise."""

_CHEST: Final = 1
_ENERGY_KJ_PER_MIN: Final = {
    Profile.RESTING: 5.0,
    Profile.EXERCISE: 42.0,
    Profile.STRESS: 7.0,
    Profile.RECOVERY: 12.0,
}


@dataclass(frozen=True, slots=True)
class Spell:
    """A stretch of seconds, from ``after_s`` on and ``for_s`` long."""

    after_s: float = inf
    for_s: float = inf

    def covers(self, second: int) -> bool:
        """Return whether a second lies within."""
        return self.after_s <= second < self.after_s + self.for_s


@dataclass(frozen=True, slots=True)
class Strap:
    """A strap on a heart.

    Attributes:
        heart: whose beats it counts.
        battery_pct: charge at second 0, 0 to 100.
        energy: whether it sends energy expended.
        silent: while it is out of range or taken off; its time goes on.
        contact_lost: while it does not touch the skin.
    """

    heart: Heart
    battery_pct: int = 100
    energy: bool = False
    silent: Spell = Spell()
    contact_lost: Spell = Spell()

    def packets(self, second: int) -> tuple[Packet, ...]:
        """Return what it notifies at a second, from 0 on; not stamped."""
        if self.silent.covers(second):
            return ()
        measurement = (Packet(HEART_RATE_MEASUREMENT, self._measurement(second)),)
        if second == 0:
            return self.greeting(second) + measurement
        if second % BATTERY_EVERY_S == 0:
            return (*measurement, self._battery(second))
        return measurement

    def greeting(self, second: int) -> tuple[Packet, ...]:
        """Return what a receiver reads when it connects: where the strap is worn, and its battery."""
        if self.silent.covers(second):
            return ()
        return (Packet(BODY_SENSOR_LOCATION, bytes((_CHEST,))), self._battery(second))

    def _battery(self, second: int) -> Packet:
        return Packet(BATTERY_LEVEL, bytes((max(0, self.battery_pct - second * 100 // BATTERY_LIFE_S),)))

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
