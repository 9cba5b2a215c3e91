"""A desk whose answers the test sets."""

from collections.abc import Callable
from typing import Any, Final

from edged.config.model import Config
from edged.errors import EdgedError, TransientError
from edged.ops.delivery import BacklogStatus, DeliveryStatus, TroubleStatus
from edged.ops.delivery_watch import Course
from edged.ops.desk import Desk
from edged.ops.network.status import (
    GatewayStatus,
    InterfaceStatus,
    NetworkStatus,
    PageAddress,
    TimeStatus,
    WirelessStatus,
)
from edged.ops.status import Icon, Words
from edged.publish.probe import Receipt
from tests.web import documents

TOPIC: Final = "edged/v1/arena/node-1/test"
_WORDS: Final[dict[Course, tuple[str, Icon]]] = {
    "unknown": ("Not known yet", "bar"),
    "none": ("Nothing waits", "dot"),
    "steady": ("Steady", "wave"),
    "growing": ("Growing", "wave"),
    "shrinking": ("Shrinking", "dot"),
}


def backlog(course: Course = "none", **changes: Any) -> BacklogStatus:
    """A backlog that goes somewhere."""
    word, icon = _WORDS[course]
    words = Words(
        word=word, icon=icon, sentence="It is kept on this board meanwhile." if icon == "wave" else ""
    )
    fields: dict[str, Any] = {"records": 0, "course": course, "words": words, "per_s": 0.0, "left_s": None}
    return BacklogStatus(**(fields | changes))


def trouble(what: str = "No connection: Connection refused", **changes: Any) -> TroubleStatus:
    """Something that went wrong ten minutes ago."""
    fields: dict[str, Any] = {
        "what": what,
        "mend": "Check that the broker runs, uplink.url and the network.",
        "count": 1,
        "first": "2025-11-21T13:50:00.000Z",
        "last": "2025-11-21T13:53:22.000Z",
        "last_s": 600.0,
    }
    return TroubleStatus(**(fields | changes))


def delivery(**changes: Any) -> DeliveryStatus:
    """An uplink through which a minute of records went."""
    rates = [
        (documents.UTC_MS - 1000 * back, 8.0 + back * 7 % 5, 8.0 + (back + 2) * 7 % 5)
        for back in range(60, 0, -1)
    ]
    fields: dict[str, Any] = {
        "state": "connected",
        "words": Words(word="Connected", icon="dot", sentence=""),
        "since_s": 7380.0,
        "url": "mqtt://broker.arena:1883",
        "protocol": "5.0",
        "backlog": backlog(),
        "acknowledged_s": 0.6,
        "published_per_s": 10.0,
        "acknowledged_per_s": 10.0,
        "rates": rates,
        "certificates": [],
        "troubles": [],
        "test_topic": TOPIC,
    }
    return DeliveryStatus(**(fields | changes))


def interface(name: str = "eth0", **changes: Any) -> InterfaceStatus:
    """A cable that is plugged in."""
    fields: dict[str, Any] = {
        "name": name,
        "kind": "ethernet",
        "link": "up",
        "mac": "b8:27:eb:12:34:56",
        "addresses": ["192.168.1.17/24", "fd00::ba27:ebff:fe12:3456/64"],
        "speed_mbit": 1000,
        "wireless": None,
    }
    return InterfaceStatus(**(fields | changes))


def time(**changes: Any) -> TimeStatus:
    """A clock that chrony sets."""
    fields: dict[str, Any] = {
        "utc": documents.UTC,
        "synced": True,
        "program": "chrony",
        "server": "192.168.1.1",
        "stratum": 3,
        "offset_ms": -0.42,
        "max_error_ms": 12.5,
        "set_s": 31.0,
        "zone": "Europe/Vienna",
        "zone_min": 60,
        "boot": "8c2b6f0e-5a1d-4f3e-9d27-0c6f6a1b2c3d",
        "up_s": 90_000.0,
    }
    return TimeStatus(**(fields | changes))


def network(**changes: Any) -> NetworkStatus:
    """A board with a cable and a Wi-Fi, whose page answers at both."""
    fields: dict[str, Any] = {
        "host": "board-1",
        "interfaces": [
            interface(),
            interface(
                "wlan0",
                kind="wifi",
                addresses=["10.0.1.9/24"],
                speed_mbit=None,
                wireless=WirelessStatus(name="Arena production", signal_dbm=-67, strength="fair"),
            ),
            interface("lo", kind="loopback", mac="", addresses=["127.0.0.1/8"], speed_mbit=None),
            interface("docker0", kind="virtual", link="down", addresses=[], speed_mbit=None),
        ],
        "gateways": [GatewayStatus(address="192.168.1.1", interface="eth0")],
        "name_servers": ["192.168.1.1", "9.9.9.9"],
        "pages": [
            PageAddress(url="http://192.168.1.17:8080/", interface="eth0", reach="network"),
            PageAddress(url="http://10.0.1.9:8080/", interface="wlan0", reach="network"),
            PageAddress(url="http://127.0.0.1:8080/", interface="lo", reach="board"),
            PageAddress(url="http://board-1.local:8080/", interface="", reach="network"),
        ],
        "time": time(),
    }
    return NetworkStatus(**(fields | changes))


class FakeDesk:
    """Answers what it is told to; ``desk`` is what the page asks."""

    def __init__(
        self,
        delivered: DeliveryStatus | None = None,
        networked: NetworkStatus | Callable[[], NetworkStatus] | None = None,
    ) -> None:
        self.delivered = delivered or delivery()
        self.networked = networked or network()
        self.network_error: TransientError | None = None
        self.answer: Receipt | EdgedError = Receipt(TOPIC, 1, 3.2, "5")
        self.tests: list[str] = []

    @property
    def desk(self) -> Desk:
        return Desk(_Network(self), Config, _Delivery(self))


class _Delivery:
    def __init__(self, fake: FakeDesk) -> None:
        self._fake = fake

    def status(self) -> DeliveryStatus:
        return self._fake.delivered

    async def test(self, by: str) -> Receipt:
        self._fake.tests.append(by)
        if isinstance(self._fake.answer, EdgedError):
            raise self._fake.answer
        return self._fake.answer


class _Network:
    def __init__(self, fake: FakeDesk) -> None:
        self._fake = fake

    async def status(self) -> NetworkStatus:
        if self._fake.network_error is not None:
            raise self._fake.network_error
        told = self._fake.networked
        return told if isinstance(told, NetworkStatus) else told()
