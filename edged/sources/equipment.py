"""What the links of a node share: radios with their adapters, one of each kind."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeVar, cast, runtime_checkable

from edged.errors import EdgedError

AdapterState = Literal[
    "ready",
    "scanning",
    "connecting",
    "recovering",
    "powered_off",
    "blocked",
    "unplugged",
    "waking",
    "no_adapter",
    "no_service",
    "no_bus",
    "denied",
    "reboot_needed",
]
"""``unplugged`` is one that is configured, ``no_adapter`` where none is; ``waking`` is after a suspend.
``no_service`` is bluetoothd, ``no_bus`` D-Bus, ``denied`` the right to speak to them."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class AdapterReport:
    """How one adapter is.

    Attributes:
        name: as the system calls it now, such as ``hci0``; empty while it is not there.
        address: its Bluetooth address, by which it is known; empty where no adapter is known at all.
        bus: what it is connected by: ``usb``, ``uart``, ...; empty where that is not known.
        state: as above.
        since_ns: since when it is in that state, monotonic.
        problem: what is wrong with it, and the mend.
        slots: how many devices it may serve at once.
        sources: those that it serves, or connects to.
        resets: how often its power was cycled, or its plug, since the start.
    """

    name: str
    address: str
    bus: str
    state: AdapterState
    since_ns: int
    problem: EdgedError | None
    slots: int
    sources: tuple[str, ...]
    resets: int


@runtime_checkable
class Radio(Protocol):
    """Something shared that has adapters."""

    def adapters(self) -> Sequence[AdapterReport]:
        """Return how each one is."""


@runtime_checkable
class Register(Protocol):
    """Something shared that knows by name who uses it."""

    def forget(self, source: str) -> None:
        """Let go of a source that is no more."""


class Equipment:
    """Holds what is shared; it starts and ends with the links that use it."""

    def __init__(self) -> None:
        self._shared: dict[type, object] = {}

    def shared(self, kind: type[T], make: Callable[[], T]) -> T:
        """Return the one of its kind, made when it is first asked for."""
        if kind not in self._shared:
            self._shared[kind] = make()
        return cast("T", self._shared[kind])

    def find(self, kind: type[T]) -> T | None:
        """Return the one of its kind, where a link has asked for it."""
        return cast("T | None", self._shared.get(kind))

    def forget(self, source: str) -> None:
        """Let go of a source that is no more, in everything that is shared."""
        for thing in self._shared.values():
            if isinstance(thing, Register):
                thing.forget(source)

    def adapters(self) -> list[AdapterReport]:
        """Return how the adapters of all radios are."""
        radios = (thing for thing in self._shared.values() if isinstance(thing, Radio))
        return [report for radio in radios for report in radio.adapters()]
