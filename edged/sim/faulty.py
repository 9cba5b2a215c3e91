"""A simulated device with faults between it and its receiver."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Final, Self

from edged.model import NS_PER_MS, NS_PER_S, Packet
from edged.sim.device import Device
from edged.sim.faults import Fault, FaultKind, Faults
from edged.sim.physiology import chance
from edged.sim.pmd import DATA, stepped

NEXT_WITHIN_S: Final = 2
"""A fault that hits the next notification of each kind waits so long for it."""

_NEXT_WITHIN_NS: Final = NEXT_WITHIN_S * NS_PER_S
_TWICE_AFTER_NS: Final = 5 * NS_PER_MS
_NOTHING_LONGER: Final = 40
"""Random bytes, where there are not as many as there should be."""

_OF_PACKETS: Final = (
    FaultKind.DROP,
    FaultKind.DUPLICATE,
    FaultKind.SWAP,
    FaultKind.SILENCE,
    FaultKind.GARBAGE,
)


@dataclass(frozen=True, slots=True)
class _Sent:
    """A notification and its neighbours of the same kind.

    Attributes:
        packet: as it was sent.
        before_ns: when the one before it was sent; long ago where none is near.
        after_ns: when the one after it was sent; the same as itself where none is near.
    """

    packet: Packet
    before_ns: int
    after_ns: int


@dataclass(frozen=True, slots=True)
class FaultyDevice:
    """A device whose notifications suffer faults; contact and battery are its own affair.

    What becomes of a notification follows from it, its neighbours and the faults: here too, however the time
    is cut, the pieces make up the same whole.

    Attributes:
        device: what it would be without faults.
        faults: what goes wrong.
        seed: of the garbage.
    """

    device: Device
    faults: Faults
    seed: int = 0

    @property
    def readable(self) -> tuple[str, ...]:
        """What the device has."""
        return self.device.readable

    @property
    def writable(self) -> tuple[str, ...]:
        """What the device takes."""
        return self.device.writable

    def notifications(self, start_ns: int, end_ns: int) -> tuple[Packet, ...]:
        """Return what of the device's notifications arrives, and what came of it."""
        start_s, end_s = start_ns / NS_PER_S, end_ns / NS_PER_S
        near = self.faults.between(start_s - 3 * NEXT_WITHIN_S, end_s, *_OF_PACKETS)
        if not near:
            return tuple(map(self._stamped, self.device.notifications(start_ns, end_ns)))
        arrived = [
            packet
            for sent in self._sent(start_ns, end_ns)
            for packet in self._arrived(sent, near)
            if start_ns <= packet.mono_ns < end_ns
        ]
        return tuple(sorted(arrived, key=lambda packet: packet.mono_ns))

    def read(self, channel: str, at_ns: int) -> bytes | None:
        """Return what a characteristic holds; nothing answers while it is silent."""
        if self.faults.lasting(FaultKind.SILENCE, at_ns / NS_PER_S):
            return None
        return self.device.read(channel, at_ns)

    def written(self, command: Packet, at_ns: int) -> Self:
        """Return it as a command leaves it; while it is silent, it does not hear one."""
        if self.faults.lasting(FaultKind.SILENCE, at_ns / NS_PER_S):
            return self
        return replace(self, device=self.device.written(command, at_ns))

    def _sent(self, start_ns: int, end_ns: int) -> list[_Sent]:
        """Return what was sent that may arrive in a stretch of time."""
        since_ns = start_ns - 2 * _NEXT_WITHIN_NS
        sent = self.device.notifications(max(0, since_ns), end_ns + _NEXT_WITHIN_NS)
        by_kind = dict[bytes, list[Packet]]()
        for packet in sent:
            by_kind.setdefault(_kind(packet), []).append(packet)
        return [
            _Sent(
                packet,
                packets[n - 1].mono_ns if n else -_NEXT_WITHIN_NS,
                packets[n + 1].mono_ns if n + 1 < len(packets) else packet.mono_ns,
            )
            for packets in by_kind.values()
            for n, packet in enumerate(packets)
        ]

    def _arrived(self, sent: _Sent, near: list[Fault]) -> Iterator[Packet]:
        """Yield what arrives of a notification: it, nothing, something else, or more."""
        packet = sent.packet
        hit = {fault.kind for fault in near if _hits(fault, sent)}
        if FaultKind.SILENCE in hit:
            return
        if FaultKind.DROP in hit and self._is_lost(packet, near):
            return
        packet = self._stamped(packet)
        if FaultKind.GARBAGE in hit:
            packet = replace(packet, data=_garbage(self.seed, packet))
        if FaultKind.SWAP in hit and sent.after_ns - packet.mono_ns <= _NEXT_WITHIN_NS:
            packet = replace(packet, mono_ns=sent.after_ns + 1)
        yield packet
        if FaultKind.DUPLICATE in hit:
            yield replace(packet, mono_ns=packet.mono_ns + _TWICE_AFTER_NS)

    def _stamped(self, packet: Packet) -> Packet:
        """Return a frame as the device's clock stamps it, and everything else as it is."""
        step_s = self.faults.clock_step_s(packet.mono_ns / NS_PER_S) if packet.channel == DATA else 0.0
        return replace(packet, data=stepped(packet.data, round(step_s * NS_PER_S))) if step_s else packet

    def _is_lost(self, packet: Packet, near: list[Fault]) -> bool:
        at_s = packet.mono_ns / NS_PER_S
        shares = [fault.value for fault in near if fault.kind is FaultKind.DROP and fault.covers(at_s)]
        return chance(self.seed, f"drop {packet.channel}", packet.mono_ns) < max(shares)


def _hits(fault: Fault, sent: _Sent) -> bool:
    """Return whether a fault hits a notification: one that lasts at that time, or that waits for the next."""
    at_s = sent.packet.mono_ns / NS_PER_S
    if fault.for_s:
        return fault.covers(at_s)
    return sent.before_ns / NS_PER_S < fault.at_s <= at_s <= fault.at_s + NEXT_WITHIN_S


def _kind(packet: Packet) -> bytes:
    """Return what tells one kind of notification from others: the channel, and in a frame the measurement."""
    measurement = packet.data[:1] if packet.channel == DATA else b""
    return packet.channel.encode() + measurement


def _garbage(seed: int, packet: Packet) -> bytes:
    """Return what is made of a packet: its beginning, as many random bytes, or any number of them."""
    at_ns = packet.mono_ns
    way = int(3 * chance(seed, f"garbage {packet.channel}", at_ns))
    size = chance(seed, f"garbage size {packet.channel}", at_ns)
    if way == 0:
        return packet.data[: int(size * len(packet.data))]
    length = len(packet.data) if way == 1 else int(size * _NOTHING_LONGER)
    noise = b"".join(
        blake2b(f"{seed} {packet.channel} {at_ns} {block}".encode()).digest()
        for block in range(length // 64 + 1)
    )
    return noise[:length]
