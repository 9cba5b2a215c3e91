"""Network and time put together: of a board that a test lays out, and of this machine."""

import socket
from ipaddress import ip_address
from pathlib import Path

import httpx
import pytest

from edged.clock import ManualClock, SystemClock
from edged.config.model import WebConfig
from edged.model import NS_PER_S
from edged.ops.doctor.threads import Threads
from edged.ops.network.desk import NetworkDesk, pages
from edged.ops.network.kernel import LinuxKernel
from edged.ops.network.status import NetworkStatus, WirelessStatus
from edged.ops.network.tables import Placed
from tests.ops.network.test_tables import IF_INET6, ROUTE, ROUTE_6, WIRELESS
from tests.rigs.bench_node import BenchNode

ETH, WLAN, LO = ip_address("192.168.1.7"), ip_address("10.0.1.9"), ip_address("127.0.0.1")
SIX, LOCAL_6, LO_6 = ip_address("fd00::2"), ip_address("fe80::1"), ip_address("::1")
PLACED = (
    Placed("lo", LO, 8),
    Placed("eth0", ETH, 24),
    Placed("wlan0", WLAN, 24),
    Placed("lo", LO_6, 128),
    Placed("eth0", SIX, 64),
    Placed("eth0", LOCAL_6, 64),
)


class FakeKernel:
    def ipv4(self) -> list[Placed]:
        return [Placed("lo", LO, 8), Placed("eth0", ETH, 24), Placed("wlan0", WLAN, None)]

    def wifi_name(self, interface: str) -> str:
        return "Hall 1" if interface == "wlan0" else ""


def write(root: Path, path: str, text: str) -> None:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def board(root: Path) -> Path:
    """Lay out a board with a cable, two Wi-Fi adapters and a bridge."""
    for name, kind, files in (
        ("lo", 772, {"operstate": "unknown", "address": "00:00:00:00:00:00"}),
        (
            "eth0",
            1,
            {"operstate": "up", "address": "b8:27:eb:00:00:01", "speed": "100", "device/vendor": "x"},
        ),
        (
            "wlan0",
            1,
            {"operstate": "up", "address": "b8:27:eb:00:00:02", "phy80211/index": "0", "device/vendor": "x"},
        ),
        ("wlan1", 1, {"operstate": "down", "wireless/x": "", "device/vendor": "x"}),
        ("br0", 1, {"operstate": "unknown", "carrier": "0"}),
        ("wwan0", 65534, {"device/vendor": "x", "speed": "-1"}),
    ):
        for file, text in ({"type": str(kind)} | files).items():
            write(root, f"sys/class/net/{name}/{file}", f"{text}\n")
    write(root, "sys/class/net/bonding_masters", "\n")
    write(root, "proc/net/route", ROUTE)
    write(root, "proc/net/ipv6_route", ROUTE_6)
    write(root, "proc/net/if_inet6", IF_INET6)
    write(root, "proc/net/wireless", WIRELESS)
    write(root, "proc/uptime", "4000.5 3000.1\n")
    write(root, "etc/resolv.conf", "nameserver 127.0.0.53\n")
    write(root, "run/systemd/resolve/resolv.conf", "nameserver 192.168.1.1\n")
    return root


async def looked(root: Path) -> NetworkStatus:
    clock = ManualClock(utc_ns=1_767_225_600 * NS_PER_S)
    return await NetworkDesk(clock, Threads(), WebConfig, root, FakeKernel()).status()


async def test_a_board(tmp_path: Path) -> None:
    found = await looked(board(tmp_path))
    shown = {each.name: each for each in found.interfaces}
    assert [each.name for each in found.interfaces] == ["eth0", "wlan0", "lo", "wlan1", "wwan0", "br0"]
    assert shown["eth0"].addresses == ["192.168.1.7/24", "fd00::2/64", "fe80::fc:ff:fe00:1/64"]
    assert (shown["eth0"].kind, shown["eth0"].link, shown["eth0"].speed_mbit) == ("ethernet", "up", 100)
    assert shown["eth0"].mac == "b8:27:eb:00:00:01"
    assert shown["wlan0"].wireless == WirelessStatus(name="Hall 1", signal_dbm=-56, strength="strong")
    assert shown["wlan0"].addresses == ["10.0.1.9"]
    assert (shown["wlan1"].kind, shown["wlan1"].link, shown["wlan1"].wireless) == ("wifi", "down", None)
    assert (shown["br0"].kind, shown["br0"].link) == ("virtual", "down")
    assert (shown["wwan0"].kind, shown["wwan0"].link, shown["wwan0"].speed_mbit) == ("other", "unknown", None)
    assert (shown["lo"].kind, shown["lo"].mac) == ("loopback", "")
    assert [(each.address, each.interface) for each in found.gateways] == [
        ("192.168.1.1", "eth0"),
        ("10.0.1.1", "wlan0"),
        ("fe80::1", "eth0"),
    ]
    assert found.name_servers == ["192.168.1.1"], "who systemd-resolved asks itself"
    assert found.host == socket.gethostname()
    assert found.time.up_s == 4000.5
    assert found.pages == []


async def test_a_board_that_tells_nothing(tmp_path: Path) -> None:
    found = await looked(tmp_path)
    assert (found.interfaces, found.gateways, found.name_servers, found.pages) == ([], [], [], [])


def urls(where: str, port: int = 8080, names: tuple[str, ...] = (), scheme: str = "http") -> list[str]:
    return [each.url for each in pages((where, port), scheme, PLACED, "board-1.hall", names)]


def test_where_the_page_answers() -> None:
    assert urls("127.0.0.1") == ["http://127.0.0.1:8080/"]
    assert urls("0.0.0.0") == [  # noqa: S104  a text that is parsed or compared; nothing listens there
        "http://192.168.1.7:8080/",
        "http://10.0.1.9:8080/",
        "http://127.0.0.1:8080/",
        "http://board-1.local:8080/",
    ]
    assert urls("::", names=("board.example", "board-1.local")) == [
        "http://[fd00::2]:8080/",
        "http://[::1]:8080/",
        "http://board.example:8080/",
        "http://board-1.local:8080/",
    ]
    assert urls("10.0.1.9", 80) == ["http://10.0.1.9/", "http://board-1.local/"]
    assert urls("10.0.1.9", 443, scheme="https")[0] == "https://10.0.1.9/"
    reach = {each.url: each.reach for each in pages(("0.0.0.0", 80), "http", PLACED, "b", ())}  # noqa: S104  a text that is parsed or compared; nothing listens there
    assert reach["http://127.0.0.1/"] == "board"
    assert reach["http://192.168.1.7/"] == "network"
    assert [each.interface for each in pages(("10.0.1.9", 80), "http", PLACED, "b", ())] == ["wlan0", ""]


async def test_this_machine() -> None:
    found = await NetworkDesk(SystemClock(), Threads(), WebConfig).status()
    assert "lo" in {each.name for each in found.interfaces}
    assert Placed("lo", LO, 8) in LinuxKernel().ipv4()
    assert LinuxKernel().wifi_name("lo") == ""
    assert LinuxKernel().wifi_name("no-such-interface") == ""
    assert found.time.up_s is not None


async def test_over_the_api_it_says_where_the_page_is(tmp_path: Path) -> None:
    async with BenchNode(tmp_path) as bench, httpx.AsyncClient(trust_env=False) as http:
        answer = await http.get(f"{bench.url}/api/v1/network")
    assert answer.status_code == 200
    found = NetworkStatus.model_validate_json(answer.text)
    assert [(each.url, each.reach) for each in found.pages] == [(f"{bench.url}/", "board")]
    assert found.time.boot == "boot-1"


async def test_a_driver_that_hangs_is_not_asked_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with BenchNode(tmp_path) as bench, httpx.AsyncClient(trust_env=False) as http:
        monkeypatch.setattr(bench.node._threads, "_busy", {"network"})
        answer = await http.get(f"{bench.url}/api/v1/network")
    assert answer.status_code == 503
    assert "has not answered since it was asked the last time" in answer.json()["detail"]
