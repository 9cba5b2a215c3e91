"""One Bluetooth adapter: its search, its slots, and its way back from every fault."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Final

from drivers.ble.bluez import AdapterObject, Bluez
from drivers.ble.connection import Connection
from drivers.ble.deadline import within
from drivers.ble.errors import BleError, Cause
from drivers.ble.hardware import Hardware
from drivers.ble.ladder import AdapterLadder, AdapterRung, Reach
from drivers.ble.scanner import Scanner, Sighting
from drivers.ble.slots import Slots
from edged.clock import Clock, wait_for
from edged.errors import EdgedError
from edged.log import log_event
from edged.messages import ADAPTER_BACK, ADAPTER_DOWN, ADAPTER_NOT_RESETTABLE, ADAPTER_RESET
from edged.model import NS_PER_S
from edged.sources.equipment import AdapterReport, AdapterState

TICK_S: Final = 0.5
FRESH_NS: Final = 15 * NS_PER_S
"""A device not heard for so long is not taken to be in the air."""

_SCAN_FAILURES: Final = 3
_SCAN_PAUSE_NS: Final = NS_PER_S
_SCAN_NS: Final = 5 * NS_PER_S
_REST_NS: Final = 5 * NS_PER_S
_DEAF_SUSPECT_NS: Final = 20 * NS_PER_S
_DEAF_NS: Final = 45 * NS_PER_S
_HEARD_LATELY_NS: Final = 30 * 60 * NS_PER_S
_WAKE_NS: Final = 3 * NS_PER_S
_BLAME_LASTS_NS: Final = 60 * NS_PER_S
_RETRY_NS: Final = 30 * NS_PER_S
_SETTLE_S: Final = 1.0
_SWITCH_TIMEOUT_S: Final = 10.0
_log: Final = logging.getLogger(__name__)

UP: Final[frozenset[AdapterState]] = frozenset({"ready", "scanning", "connecting", "reboot_needed"})
"""States in which a device may be had over it."""

_BLOCKED: Final[Mapping[str, tuple[str, str]]] = {
    "soft": ("Bluetooth is blocked by software", "Unblock it: rfkill unblock bluetooth."),
    "hard": ("Bluetooth is blocked by a switch", "Turn the board's wireless switch on."),
}


class Adapter:
    """An adapter, known by its address whatever its present name.

    Args:
        address: its own.
        slots: most devices it serves at once.
        reach: how far its recovery may go.
        bluez: where it is found.
        hardware: what the kernel tells of it.
        clock: the node's.
        on_change: called when something has changed that a waiting link may want to know.
    """

    def __init__(
        self,
        address: str,
        slots: int,
        reach: Reach,
        bluez: Bluez,
        hardware: Hardware,
        clock: Clock,
        on_change: Callable[[], None],
    ) -> None:
        self.address = address
        self.slots = Slots(slots, clock)
        self.sightings: dict[str, Sighting] = {}
        self.state: AdapterState = "unplugged"
        self.problem: EdgedError | None = None
        self.since_ns = clock.mono_ns()
        self.resets = 0
        self.wanted = self.watched = False
        self._bluez = bluez
        self._hardware = hardware
        self._clock = clock
        self._on_change = on_change
        self._ladder = AdapterLadder(reach)
        self._wake = asyncio.Event()
        self._connecting = asyncio.Lock()
        self._scan_lock = asyncio.Lock()
        self._scanner: Scanner | None = None
        self._scan_failures = 0
        self._pause_until_ns = 0
        self._scanning_ns: int | None = None
        self._heard_ns: int | None = None
        self._suspect_ns: int | None = None
        self._blamed: BleError | None = None
        self._blamed_ns = 0
        self._hopeless: BleError | None = None
        self._woke_ns: int | None = None
        self._tried_ns: int | None = None

    @property
    def present(self) -> AdapterObject | None:
        """As BlueZ has it now; None while it is not there."""
        return next((a for a in self._bluez.adapters.values() if a.address == self.address), None)

    @property
    def name(self) -> str:
        """As the system calls it now; empty while it is not there."""
        return self.present.name if self.present else ""

    @property
    def is_up(self) -> bool:
        """Whether a device may be had over it now; rarely, where only a reboot would help."""
        if self.state == "reboot_needed" and self._tried_ns is not None:
            return self._clock.mono_ns() - self._tried_ns >= _RETRY_NS
        return self.state in UP

    @property
    def is_busy(self) -> bool:
        """Whether a connection is being made over it; the next one waits, its device still in the air."""
        return self._connecting.locked()

    def report(self) -> AdapterReport:
        """Return how it is."""
        name = self.name
        return AdapterReport(
            name=name,
            address=self.address,
            bus=self._hardware.bus(name),
            state=self.state,
            since_ns=self.since_ns,
            problem=self.problem,
            slots=self.slots.count,
            sources=self.slots.holders,
            resets=self.resets,
        )

    async def run(self) -> None:
        """Tend it until cancelled."""
        try:
            while True:
                try:
                    await self._tend()
                except BleError as error:
                    _log.debug("adapter %s: %s", self.address, error)
                await wait_for(self._wake, self._clock, TICK_S)
                self._wake.clear()
        finally:
            await self._stop_scan()

    def touch(self) -> None:
        """Look after it at once."""
        self._wake.set()

    def slept(self) -> None:
        """Note that the board was suspended: whatever was heard before is not in the air any more."""
        self._woke_ns = self._clock.mono_ns()
        self.sightings.clear()

    def gone(self) -> None:
        """Note that it, or all of BlueZ, is gone: there is nothing to be stopped."""
        self._scanner = None
        self.sightings.clear()
        self.touch()

    def suspect(self) -> None:
        """Note that a device fell silent on it: if it hears nothing else either, it is deaf."""
        self._suspect_ns = self._clock.mono_ns()

    def blame(self, error: BleError) -> None:
        """Ask it to climb its ladder, because of what failed over it."""
        self._blamed, self._blamed_ns = error, self._clock.mono_ns()
        self.touch()

    def well(self) -> None:
        """Note that a device streams over it."""
        self._ladder.well()
        self._blamed = self._suspect_ns = self._hopeless = None
        if self.state == "reboot_needed":
            self._move("ready", None)

    async def connect(self, sighting: Sighting, *, bond: bool) -> Connection:
        """Connect to a device: one at a time, with the search paused; one that is connected waits for none.

        Raises:
            BleError: it could not be.
        """
        if sighting.is_held:
            return await self._open(sighting, bond=bond)
        async with self._connecting:
            self._tried_ns = self._clock.mono_ns()
            await self._stop_scan()
            if self.state in {"ready", "scanning"}:
                self._move("connecting", None)
            try:
                return await self._open(sighting, bond=bond)
            finally:
                if self.state == "connecting":
                    self._move("ready", None)
                self.touch()

    async def forget(self, sighting: Sighting) -> None:
        """Make BlueZ forget a device, so that it is found anew."""
        self.sightings.pop(sighting.address, None)
        try:
            await within(self._clock, _SWITCH_TIMEOUT_S, self._bluez.forget(sighting.path), "forgetting")
        except BleError as error:
            _log.debug("adapter %s: %s", self.address, error)

    async def _open(self, sighting: Sighting, *, bond: bool) -> Connection:
        self.sightings.pop(sighting.address, None)
        connection = Connection(sighting, self._clock)
        try:
            await connection.open(bond=bond)
        except BaseException:
            await connection.close()
            raise
        return connection

    async def _tend(self) -> None:
        if not self._bluez.running:
            self._scanner = None
            return None  # nothing is known of it
        present = self.present
        if present is None:
            self._scanner = None
            self.sightings.clear()
            return self._move("unplugged", self._unplugged())
        if not present.powered:
            self._scanner = None
            return await self._switch_on(present)
        now_ns = self._clock.mono_ns()
        if self._woke_ns is not None and now_ns - self._woke_ns < _WAKE_NS:
            return self._move("waking", None)
        self._woke_ns = None
        if self.state not in UP:
            self._move("reboot_needed" if self._hopeless else "ready", self._hopeless)
        if self._blamed is not None and not self._connecting.locked():
            async with self._connecting:
                await self._climb(present, self._blamed)
        if self._connecting.locked() or now_ns < self._pause_until_ns:
            return None
        is_wanted = self.watched or (self.wanted and self.slots.free)
        if is_wanted and not self._must_rest(now_ns):
            await self._scan(present)
        else:
            await self._stop_scan()
            if self.state == "scanning":
                self._move("ready", None)
        return None

    def _must_rest(self, now_ns: int) -> bool:
        """Whether the search has run so long that what streams over the same radio needs its time again."""
        if not self.slots.streaming or self._scanner is None or self._scanning_ns is None:
            return False
        if now_ns - self._scanning_ns < _SCAN_NS:
            return False
        self._pause_until_ns = now_ns + _REST_NS
        return True

    async def _scan(self, present: AdapterObject) -> None:
        if self._scanner is not None:
            self._listen()
            return
        async with self._scan_lock:
            scanner = Scanner(present.name, self._clock, self._hear)
            try:
                await scanner.start()
            except BleError as error:
                self._scan_failures += 1
                if self._scan_failures >= _SCAN_FAILURES:
                    self.blame(error)
                self._pause_until_ns = self._clock.mono_ns() + _SCAN_PAUSE_NS
                raise
            self._scanner = scanner
        self._scan_failures = 0
        self._scanning_ns = self._clock.mono_ns()
        if self.state == "ready":
            self._move("scanning", None)

    async def _stop_scan(self) -> None:
        async with self._scan_lock:
            scanner, self._scanner = self._scanner, None
            if scanner is None:
                return
            try:
                await scanner.stop()
            except BleError as error:
                _log.debug("adapter %s: %s", self.address, error)

    def _hear(self, sighting: Sighting) -> None:
        is_new = sighting.address not in self.sightings
        self.sightings[sighting.address] = sighting
        self._heard_ns = sighting.at_ns
        self._suspect_ns = None
        if is_new:
            self._on_change()

    def _listen(self) -> None:
        """Let go what was not heard for long; notice when nothing is heard at all, where something was."""
        now_ns = self._clock.mono_ns()
        for address, sighting in list(self.sightings.items()):
            if now_ns - sighting.at_ns > FRESH_NS:
                del self.sightings[address]
        if self._scanning_ns is None:
            return
        last_ns = max(self._scanning_ns, self._heard_ns or 0)
        suspected = self._suspect_ns is not None and now_ns - last_ns >= _DEAF_SUSPECT_NS
        heard_lately = self._heard_ns is not None and now_ns - self._heard_ns <= _HEARD_LATELY_NS
        if suspected or (heard_lately and now_ns - last_ns >= _DEAF_NS):
            self._scanning_ns = now_ns
            self.blame(BleError(Cause.DEAF, "the adapter hears nothing at all"))

    async def _switch_on(self, present: AdapterObject) -> None:
        block = self._hardware.block(present.name)
        if block:
            what, mend = _BLOCKED[block]
            return self._move("blocked", BleError(Cause.NO_ADAPTER, what, mend=mend))
        if self.state != "recovering":
            self._move("powered_off", BleError(Cause.NO_ADAPTER, f"{present.name} is switched off"))
        if self._ladder.may_power_on(self._clock.mono_ns()):
            await self._power(present, on=True)
        return None

    async def _climb(self, present: AdapterObject, blamed: BleError) -> None:
        bus = self._hardware.bus(present.name)
        rung = self._ladder.climb(self._clock.mono_ns(), serving=self.slots.streaming, bus=bus)
        if rung is None:
            if self._clock.mono_ns() - self._blamed_ns > _BLAME_LASTS_NS:
                self._blamed = None
            return
        self._blamed = None
        if rung is AdapterRung.REBOOT:
            self._hopeless = BleError(
                blamed.cause,
                f"{present.name} does not recover: {blamed.what}",
                mend="Restart the board; if that does not help, replace the adapter.",
            )
            self._move("reboot_needed", self._hopeless)
            return
        self.resets += 1
        self._move("recovering", blamed)
        log_event(
            _log,
            ADAPTER_RESET,
            adapter=self.address,
            name=present.name,
            reason=blamed.what,
            rung=rung.name.lower(),
        )
        await self._stop_scan()
        self.sightings.clear()
        if rung is AdapterRung.USB_RESET:
            if not await self._hardware.replug(present.name, self._clock):
                log_event(_log, ADAPTER_NOT_RESETTABLE, adapter=self.address)
        else:
            try:
                await self._power(present, on=False)
                await self._clock.sleep(_SETTLE_S)
            finally:
                await self._power(present, on=True)
        self._ladder.done(self._clock.mono_ns())
        self._scan_failures = 0
        self._suspect_ns = self._heard_ns = None

    async def _power(self, present: AdapterObject, *, on: bool) -> None:
        try:
            switching = self._bluez.set_powered(present.path, on=on)
            await within(self._clock, _SWITCH_TIMEOUT_S, switching, "switching")
        except BleError as error:
            _log.debug("adapter %s: %s", self.address, error)

    def _unplugged(self) -> BleError:
        return BleError(
            Cause.NO_ADAPTER,
            f"the Bluetooth adapter {self.address} is not plugged in",
            mend="Plug it in, or take it out of the configuration.",
        )

    def _move(self, state: AdapterState, problem: EdgedError | None) -> None:
        if state == self.state:
            self.problem = problem
            return
        if problem is not None:
            log_event(_log, ADAPTER_DOWN, adapter=self.address, reason=problem)
        elif self.problem is not None:
            log_event(_log, ADAPTER_BACK, adapter=self.address)
        self.state, self.problem, self.since_ns = state, problem, self._clock.mono_ns()
        self._on_change()
