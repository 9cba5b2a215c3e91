"""What a fake BlueZ serves: adapters and straps, and whether they are in each other's reach."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from edged.model import Packet
from tests.rigs.bluez_faults import Cure
from tests.rigs.sys_tree import AdapterBus

_SIG_BASE: Final = "-0000-1000-8000-00805f9b34fb"

PMD_CONTROL: Final = "fb005c81-02e7-f387-1cad-8acd2d8df0c8"
PMD_DATA: Final = "fb005c82-02e7-f387-1cad-8acd2d8df0c8"


def full_uuid(channel: str) -> str:
    """Return the 128-bit form of a channel's name."""
    return f"0000{channel}{_SIG_BASE}" if len(channel) == 4 else channel


def short_uuid(uuid: str) -> str:
    """Return a channel's name: four digits for those that the Bluetooth SIG assigned."""
    return uuid[4:8] if uuid.endswith(_SIG_BASE) and uuid.startswith("0000") else uuid


@dataclass(frozen=True, slots=True)
class Characteristic:
    """One characteristic, by its channel's name, with BlueZ's words for what it can do."""

    channel: str
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Service:
    """A GATT service, by a UUID of either length."""

    uuid: str
    characteristics: tuple[Characteristic, ...]


HEART_RATE: Final = Service("180d", (Characteristic("2a37", ("notify",)), Characteristic("2a38", ("read",))))
BATTERY: Final = Service("180f", (Characteristic("2a19", ("read", "notify")),))
POLAR_MEASUREMENT_DATA: Final = Service(
    "fb005c80-02e7-f387-1cad-8acd2d8df0c8",
    (Characteristic(PMD_CONTROL, ("read", "write", "indicate")), Characteristic(PMD_DATA, ("notify",))),
)


@dataclass(eq=False, slots=True)
class FakeAdapter:
    """A Bluetooth adapter, with its own memory of what it was told.

    Attributes:
        name: as the kernel numbers it now.
        address: its own.
        bus: what it is plugged into.
        port: where, on USB.
        powered: whether it is on.
        blocked: whether rfkill keeps it off.
        roles: BlueZ's words for what it can be.
        slots: links it can hold at once; None for as many as are asked for.
        silent_until: where not empty, it hears and says nothing, without an error, until one of these.
    """

    name: str = "hci0"
    address: str = "00:1A:7D:DA:71:13"
    bus: AdapterBus = "usb"
    port: str = "1-1"
    powered: bool = True
    blocked: bool = False
    roles: tuple[str, ...] = ("central", "peripheral")
    slots: int | None = None
    silent_until: frozenset[Cure] = frozenset()

    @property
    def path(self) -> str:
        """Its object's path."""
        return f"/org/bluez/{self.name}"

    @property
    def works(self) -> bool:
        """Whether radio goes through it."""
        return self.powered and not self.silent_until


@dataclass(eq=False, slots=True)
class FakeStrap:
    """A strap on somebody; its time goes on whether or not somebody listens.

    Attributes:
        address: its own.
        name: as it advertises.
        services: what it has; advertised are ``advertised`` of them.
        packets: what it notifies at its n-th turn, from 0 on, such as ``edged.sim.strap.Strap.packets``;
            a packet's data is also what its characteristic reads from then on.
        rate_hz: turns a second.
        values: what its characteristics read.
        on_write: takes a characteristic's channel and what is written to it, and returns what is notified
            in answer, once the write is confirmed; it may raise a ``BluezError``.
        advertised: UUIDs of either length.
        advertises_every_s: while no one is connected.
        manufacturer_data: by company.
        rssi: of its advertisements, in dBm, over and over; BlueZ tells of changes of 8 and more.
        mtu: of ATT, bytes.
        in_range: whether any adapter can reach it.
        connects_in_s: what a connection takes.
        resolves_in_s: what service discovery takes, after that.
        drops_after_s: it ends each link so long after it came up; None where it does not.
        link: the adapter it is connected to. Set before the start of BlueZ, the link is up from the start.
        bonded: whether it is paired.
        delivered: every notification that went to a client who had subscribed, in order, stamped as sent. (A
            value that is read also reaches the subscribers of its characteristic: that is no notification.)
    """

    address: str
    name: str
    services: Sequence[Service] = (HEART_RATE, BATTERY)
    packets: Callable[[int], Sequence[Packet]] = lambda _turn: ()
    rate_hz: float = 1.0
    values: dict[str, bytes] = field(default_factory=dict)
    on_write: Callable[[str, bytes], Sequence[Packet]] = lambda _channel, _data: ()
    advertised: tuple[str, ...] = ("180d",)
    advertises_every_s: float = 0.5
    manufacturer_data: Mapping[int, bytes] = field(default_factory=dict)
    rssi: tuple[int, ...] = (-60, -62, -71, -69)
    mtu: int = 247
    in_range: bool = True
    connects_in_s: float = 0.0
    resolves_in_s: float = 0.0
    drops_after_s: float | None = None
    link: FakeAdapter | None = None
    bonded: bool = False
    delivered: list[Packet] = field(default_factory=list)

    def path_on(self, adapter: FakeAdapter) -> str:
        """Return its object's path below an adapter."""
        return f"{adapter.path}/dev_{self.address.replace(':', '_')}"

    def reachable_by(self, adapter: FakeAdapter) -> bool:
        """Return whether an adapter hears it advertise."""
        return self.in_range and self.link is None and adapter.works


@dataclass(slots=True)
class Hardware:
    """All there is, plugged in or worn; it outlives every bluetoothd."""

    adapters: list[FakeAdapter] = field(default_factory=list)
    straps: list[FakeStrap] = field(default_factory=list)

    def adapter_at(self, path: str) -> FakeAdapter | None:
        """Return the adapter that an object's path leads through."""
        return next((each for each in self.adapters if _within(path, each.path)), None)

    def strap_at(self, path: str) -> FakeStrap | None:
        """Return the strap that an object's path leads through."""
        adapter = self.adapter_at(path)
        if adapter is None:
            return None
        return next((each for each in self.straps if _within(path, each.path_on(adapter))), None)

    def linked_to(self, adapter: FakeAdapter) -> list[FakeStrap]:
        """Return the straps that an adapter is connected to."""
        return [strap for strap in self.straps if strap.link is adapter]

    def addresses_at(self, path: str) -> frozenset[str]:
        """Return the addresses of the adapter and the strap that an object's path leads through."""
        return frozenset(each.address for each in (self.adapter_at(path), self.strap_at(path)) if each)


def _within(path: str, root: str) -> bool:
    return path == root or path.startswith(f"{root}/")
