"""The link to a simulated device."""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from math import inf
from typing import Final

from edged.clock import wait_for
from edged.errors import DriverError, SourceLost
from edged.model import NS_PER_S, Packet
from edged.sim.battery import Battery
from edged.sim.device import Device
from edged.sim.fault_script import LONGEST_S, parse_faults
from edged.sim.faults import Fault, FaultKind, Faults
from edged.sim.faulty import FaultyDevice
from edged.sim.h10 import H10
from edged.sim.oximeter import Oximeter
from edged.sim.physiology import ECTOPIC_MAX, Heart, Profile, chance
from edged.sim.spell import Stretch
from edged.sim.strap import Strap
from edged.sim.verity import Verity
from edged.sources.link import Deliver, LinkContext, LinkUrl

_LATEST_NS: Final = NS_PER_S
"""What was due longer ago was missed: the node slept, and its radio with it."""

_AHEAD_NS: Final = NS_PER_S
"""So far ahead is computed what the device will notify."""

_QUEUED_COMMANDS: Final = 64


@dataclass(frozen=True, slots=True)
class _Wearing:
    """A device on somebody."""

    heart: Heart
    battery_pct: int
    battery_falls: tuple[tuple[float, int], ...]
    energy: bool
    contact_lost: Stretch

    @property
    def battery(self) -> Battery:
        return Battery(self.battery_pct, self.battery_falls)

    def strap(self) -> Strap:
        return Strap(
            self.heart,
            self.battery_pct,
            energy=self.energy,
            contact_lost=self.contact_lost,
            battery_falls=self.battery_falls,
        )


_DEVICES: Final[Mapping[str, Callable[[_Wearing], Device]]] = {
    "strap": lambda worn: worn.strap(),
    "h10": lambda worn: H10.on(worn.strap()),
    "verity": lambda worn: Verity.on(worn.heart, worn.battery, worn.contact_lost),
    "oximeter": lambda worn: Oximeter(worn.heart, worn.battery, worn.contact_lost),
}

_TELL_ENERGY: Final = ("strap", "h10")


class SimLink:
    """A simulated device on a simulated body, at ``sim:PROFILE``.

    The profiles are resting, exercise, stress and recovery. Options: ``device`` (strap, h10, verity,
    oximeter), ``seed`` (another wearer, and another device), ``ectopic`` (probability of a premature beat, 0
    to 0.25), ``battery`` (%), ``energy=1`` (a strap's energy expended too); ``faults``, a script of what goes
    wrong (``edged.sim.faults``), ``fault_rate`` and ``fault_seed`` for what goes wrong at random;
    ``silent_after`` and ``silent_for``, ``contact_lost_after`` and ``contact_lost_for`` (seconds since the
    link first ran; without a length it lasts for ever).

    The body lives on while the link does not run: a connection that is made again finds it where it has
    got to, and a device that is silent stays so however often it is connected. What a device was told, to
    start a measurement, it forgets with the connection.
    """

    def __init__(self, url: LinkUrl, context: LinkContext) -> None:
        url.only(
            "device",
            "seed",
            "ectopic",
            "battery",
            "energy",
            "faults",
            "fault_seed",
            "fault_rate",
            "silent_after",
            "silent_for",
            "contact_lost_after",
            "contact_lost_for",
        )
        seed = _whole(url, "seed", 0, 2**53)
        self._faults = _faults(url)
        worn = _Wearing(
            Heart(
                Profile(_one_of(url, "profile", url.target, [profile.value for profile in Profile])),
                seed,
                url.number("ectopic", 0.0, minimum=0.0, maximum=ECTOPIC_MAX),
            ),
            _whole(url, "battery", 100, 100),
            self._faults.battery_falls,
            bool(_whole(url, "energy", 0, 1)),
            self._faults.stretch(FaultKind.CONTACT),
        )
        name = _one_of(url, "device", url.options.get("device", "strap"), list(_DEVICES))
        if "energy" in url.options and name not in _TELL_ENERGY:
            raise DriverError(
                f"a device {name!r} does not tell energy expended",
                where=url.text,
                mend=f"Leave energy out, or take one of: {', '.join(_TELL_ENERGY)}.",
            )
        self._device: Device = FaultyDevice(_DEVICES[name](worn), self._faults, seed)
        self._where = context.source or url.text
        self._channels = {channel.name: channel.use for channel in context.channels}
        # Devices do not notify in the same instant.
        self._offset_ns = int(chance(seed, "notification") * NS_PER_S)
        self._clock = context.clock
        self._began_ns: int | None = None
        self._heard_ns = 0
        self._commands: deque[Packet] = deque(maxlen=_QUEUED_COMMANDS)
        self._told = asyncio.Event()

    async def run(self, deliver: Deliver) -> None:
        """Connect at the device's next full second and deliver what it notifies; never ends by itself.

        What was due while the node slept is left out, as a receiver that slept misses it.

        Raises:
            SourceLost: a fault breaks the connection, or prevents it.
        """
        self._commands.clear()  # those for a connection that was never made
        if self._began_ns is None:
            self._began_ns = self._clock.mono_ns() + self._offset_ns
        self._check_reach()
        at_ns = max(0, -(-max(self._heard_ns, self._life_ns()) // NS_PER_S)) * NS_PER_S
        await self._clock.sleep(max(0, at_ns - self._life_ns()) / NS_PER_S)
        self._check_reach()
        for channel in self._device.readable:
            data = self._device.read(channel, at_ns) if self._reads(channel) else None
            if data is not None:
                deliver(Packet(channel, data, self._clock.mono_ns()))
        self._heard_ns = at_ns
        await self._listen(deliver)

    async def send(self, command: Packet) -> None:
        """Write to a characteristic, or forget it where the device has none of that name to be written to.

        Until the connection is made the command waits.
        """
        if command.channel in self._device.writable:
            self._commands.append(command)
            self._told.set()

    async def _listen(self, deliver: Deliver) -> None:
        """Deliver what is notified from ``_heard_ns`` on, to a device that was told nothing yet."""
        device = self._device
        known_ns = self._heard_ns  # all that is due before is in the queue, or was delivered
        due = deque[Packet]()
        while True:
            self._told.clear()
            if self._commands:
                device = self._written(device)
                due = deque(device.notifications(self._heard_ns, known_ns))
            if not due:
                due.extend(device.notifications(known_ns, known_ns + _AHEAD_NS))
                known_ns += _AHEAD_NS
            losses = self._losses_ns(self._heard_ns, known_ns)
            await self._sleep_until(min([due[0].mono_ns if due else known_ns, *losses]))
            now_ns = self._life_ns()
            if self._losses_ns(self._heard_ns, now_ns):
                raise self._lost("the simulated connection broke")
            missed_ns = now_ns - _LATEST_NS
            if known_ns <= now_ns:
                due.extend(device.notifications(max(known_ns, missed_ns + 1), now_ns + 1))
                known_ns = now_ns + 1
            while due and due[0].mono_ns <= now_ns:
                packet = due.popleft()
                if packet.mono_ns > missed_ns and self._notifies(packet.channel):
                    deliver(replace(packet, mono_ns=self._clock.mono_ns()))
            self._heard_ns = max(self._heard_ns, now_ns + 1)

    def _written(self, device: Device) -> Device:
        while self._commands:
            device = device.written(self._commands.popleft(), self._life_ns())
        return device

    def _life_ns(self) -> int:
        """Return the device's own time."""
        return self._clock.mono_ns() - (self._began_ns or 0)

    async def _sleep_until(self, at_ns: int) -> None:
        """Sleep until a moment of the device's time, or until it is told something, where it can be."""
        seconds = max(0, at_ns - self._life_ns()) / NS_PER_S
        if self._device.writable and seconds:
            await wait_for(self._told, self._clock, seconds)
        else:
            await self._clock.sleep(seconds)

    def _check_reach(self) -> None:
        if self._faults.lasting(FaultKind.LOSS, self._life_ns() / NS_PER_S):
            raise self._lost("the simulated device is out of reach")

    def _lost(self, what: str) -> SourceLost:
        return SourceLost(what, where=self._where, mend="Take the loss out of its faults to keep it.")

    def _losses_ns(self, start_ns: int, end_ns: int) -> list[int]:
        """Return when the connection breaks, up to and including ``end_ns``."""
        losses = self._faults.between(start_ns / NS_PER_S, end_ns / NS_PER_S + 1.0, FaultKind.LOSS)
        moments = (round(fault.at_s * NS_PER_S) for fault in losses)
        return [at_ns for at_ns in moments if start_ns <= at_ns <= end_ns]

    def _reads(self, channel: str) -> bool:
        return not self._channels or self._channels.get(channel) in {"read", "both"}

    def _notifies(self, channel: str) -> bool:
        return not self._channels or self._channels.get(channel) in {"notify", "both"}


def _faults(url: LinkUrl) -> Faults:
    """Return what goes wrong: the script, what the options of their own say, and chance."""
    rate = url.number("fault_rate", 0.0, minimum=0.0, maximum=1.0)
    if "fault_seed" in url.options and not rate:
        raise DriverError(
            "fault_seed without fault_rate", where=url.text, mend="Add fault_rate=FAULTS_PER_SECOND."
        )
    scripted = (
        *parse_faults(url.options.get("faults", ""), where=url.text),
        *_spell(url, "silent", FaultKind.SILENCE),
        *_spell(url, "contact_lost", FaultKind.CONTACT),
    )
    return Faults(scripted, _whole(url, "fault_seed", 0, 2**53), rate)


def _one_of(url: LinkUrl, what: str, name: str, known: list[str]) -> str:
    if name not in known:
        near = get_close_matches(name, known, n=1)
        raise DriverError(
            f"there is no {what} {name!r}",
            where=url.text,
            mend=f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(known)}.",
        )
    return name


def _whole(url: LinkUrl, option: str, default: int, maximum: int) -> int:
    value = url.number(option, default, minimum=0, maximum=maximum)
    if value != int(value):
        raise DriverError(f"{option}={url.options[option]} is not a whole number", where=url.text)
    return int(value)


def _spell(url: LinkUrl, name: str, kind: FaultKind) -> tuple[Fault, ...]:
    after, length = f"{name}_after", f"{name}_for"
    if length in url.options and after not in url.options:
        raise DriverError(f"{length} without {after}", where=url.text, mend=f"Add {after}=SECONDS.")
    if after not in url.options:
        return ()
    fault = Fault(
        kind,
        url.number(after, inf, minimum=0, maximum=LONGEST_S),
        url.number(length, inf, minimum=0, maximum=LONGEST_S),
    )
    return (fault,) if fault.for_s else ()
