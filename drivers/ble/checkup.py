"""Whether straps can be had at all: BlueZ, its adapters, the right to use them, and room for every strap."""

from collections.abc import Iterator, Sequence
from typing import Final

from drivers.ble.bluez import AdapterObject, Bluez
from drivers.ble.deadline import within
from drivers.ble.errors import BleError, Cause
from drivers.ble.hardware import Block, Hardware
from drivers.ble.target import Target
from edged.config.model import SourceConfig
from edged.errors import DriverError
from edged.ops.doctor.finding import Fact, Finding, failed, not_here, problem, warning, well
from edged.ops.doctor.patient import Patient
from edged.sources.link import LinkUrl, scheme_of

CHECK: Final = "bluetooth"
GROUP: Final = "bluetooth"
_TITLE: Final = "Bluetooth"
_OPEN_TIMEOUT_S: Final = 10.0
_TITLES: Final = {Cause.NO_BUS: "D-Bus", Cause.DENIED: "Bluetooth permission", Cause.NO_SERVICE: "BlueZ"}
_OFF: Final[dict[Block, str]] = {
    "hard": "A switch of this board has it off: look for one, or for flight mode.",
    "soft": "`sudo rfkill unblock bluetooth` unblocks it.",
    "": "`bluetoothctl power on` switches it on; edged does so too while it runs.",
}


async def check_bluetooth(patient: Patient) -> Sequence[Finding]:
    """Ask BlueZ what it has, beside a daemon that uses it; nothing is searched or connected."""
    sources = [source for source in patient.config.source if scheme_of(source.link) == "ble"]
    if not sources:
        return [not_here(CHECK, _TITLE, "no source uses Bluetooth")]
    right = list(_right(patient))
    bluez = Bluez(lambda: None, lambda _path: None)
    try:
        await within(patient.clock, _OPEN_TIMEOUT_S, bluez.open(), "BlueZ")
        adapters = list(bluez.adapters.values())
    except BleError as error:
        mend = "Start it again: `sudo systemctl restart bluetooth`."
        return [*right, failed(CHECK, _TITLES.get(error.cause, "BlueZ"), error, mend=mend)]
    finally:
        bluez.close()
    look = _Look(patient, sources, adapters)
    return [*right, *await patient.threads.run(CHECK, lambda: list(look.findings()))]


def _right(patient: Patient) -> Iterator[Finding]:
    """Compute the right of another user than ours; our own is tried."""
    account = patient.account
    if not account.is_current and not account.is_in(GROUP):
        yield problem(
            CHECK,
            "Bluetooth permission",
            f"the user {account.name} may not use Bluetooth: it is not in the group {GROUP}",
            mend=f"`sudo usermod -aG {GROUP} {account.name}`, then `sudo systemctl restart edged`.",
            user=account.name,
        )


class _Look:
    def __init__(
        self, patient: Patient, sources: Sequence[SourceConfig], adapters: Sequence[AdapterObject]
    ) -> None:
        self._config = patient.config.ble
        self._sources = sources
        self._adapters = {adapter.address: adapter for adapter in adapters}
        self._hardware = Hardware(patient.sys)

    def findings(self) -> Iterator[Finding]:
        """Yield what is to be said of each adapter, and of those that are missing."""
        named = [adapter.address for adapter in self._config.adapter]
        usable = [self._adapters[address] for address in named or self._adapters if address in self._adapters]
        for address in named:
            if address not in self._adapters:
                yield self._missing(address, "the configuration names it")
        if not named and not usable:
            yield self._none()
        yield from self._pinned([adapter.address for adapter in usable])
        for adapter in usable:
            yield self._adapter(adapter)
        yield from self._room([adapter for adapter in usable if adapter.powered])

    def _missing(self, address: str, why: str) -> Finding:
        there = ", ".join(self._adapters) or "none"
        return problem(
            CHECK,
            "Bluetooth adapter",
            f"it is not there, and {why}",
            where=address,
            mend=f"Plug it in, or correct its address in the configuration; there are: {there}.",
        )

    def _none(self) -> Finding:
        known = [link.name for link in sorted((self._hardware.sys / "class/bluetooth").glob("hci*"))]
        if known:
            return problem(
                CHECK,
                "Bluetooth adapter",
                "the kernel has one, and BlueZ does not see it",
                where=", ".join(name.partition(":")[0] for name in known),
                mend="`sudo systemctl restart bluetooth`; or pull it out and put it in again.",
            )
        return problem(
            CHECK,
            "Bluetooth adapter",
            "there is none",
            mend="Plug one in. A Pi's own may be switched off: look for dtoverlay=disable-bt in "
            "/boot/firmware/config.txt.",
        )

    def _pinned(self, usable: Sequence[str]) -> Iterator[Finding]:
        """Yield the adapters that a source wants, and nobody else names."""
        wanted: dict[str, list[str]] = {}
        for source in self._sources:
            try:
                address = Target.parse(LinkUrl.parse(source.link)).adapter
            except DriverError:  # the check of the configuration says so
                continue
            if address and address not in usable:
                wanted.setdefault(address, []).append(source.name)
        for address, names in wanted.items():
            yield self._missing(address, f"{', '.join(names)} may use no other")

    def _adapter(self, adapter: AdapterObject) -> Finding:
        bus, block = self._hardware.bus(adapter.name), self._hardware.block(adapter.name)
        facts: dict[str, Fact] = {"address": adapter.address, "bus": bus, "slots": self._slots(adapter)}
        title = "Bluetooth adapter"
        if adapter.powered and not block:
            return well(CHECK, title, "it is on", where=adapter.name, **facts)
        what = "it is blocked" if block else "it is switched off"
        return problem(CHECK, title, what, where=adapter.name, mend=_OFF[block], **facts)

    def _room(self, powered: Sequence[AdapterObject]) -> Iterator[Finding]:
        slots, straps = sum(map(self._slots, powered)), len(self._sources)
        if powered and slots < straps:
            yield warning(
                CHECK,
                "Bluetooth room",
                f"{straps} sources are configured, and the adapters serve {slots} at once",
                mend="Plug in another adapter, or raise ble.slots if yours can: a Pi's own serves 2 to 5.",
                sources=straps,
                slots=slots,
            )

    def _slots(self, adapter: AdapterObject) -> int:
        own = next((each.slots for each in self._config.adapter if each.address == adapter.address), None)
        return own or self._config.slots
