"""What scanners find, and how it is kept."""

from dataclasses import replace

import pytest

from edged.clock import ManualClock
from edged.errors import DriverError
from edged.sources import scanner
from edged.sources.nearby import Nearby, Owner
from edged.sources.scanner import Found, Service, find_scanner, known_scanners

ADA = Owner("strap-1", "white", "Ada Lovelace")
MAX = Owner("strap-2")
H10 = Found(
    kind="ble",
    link="ble:A0:9E:1A:00:00:01",
    name="Polar H10 0000001",
    address="A0:9E:1A:00:00:01",
    rssi_dbm=-58,
    services=(Service("180d", "heart rate"), Service("feee")),
    battery_pct=85,
    adapter="hci0",
    connected=False,
    seen_ns=1_000_000_000,
    owner="strap-1",
)


def stranger(name: str, n: int, rssi_dbm: int | None = -80, seen_ns: int = 0) -> Found:
    address = f"00:00:00:00:00:{n:02X}"
    return replace(
        H10,
        link=f"ble:{address}",
        name=name,
        address=address,
        rssi_dbm=rssi_dbm,
        services=(),
        battery_pct=None,
        seen_ns=seen_ns,
        owner=None,
    )


def names(nearby: Nearby) -> list[str]:
    return [device.found.name for device in nearby.devices()]


def nearby(clock: ManualClock | None = None) -> Nearby:
    return Nearby(clock or ManualClock(), {owner.source: owner for owner in (ADA, MAX)})


def test_there_are_scanners_for_the_radio_and_for_wires() -> None:
    assert {"ble", "serial"} <= set(known_scanners())


async def scan_nothing(*_: object) -> None: ...


def test_a_scanner_is_found_by_its_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanner, "SCANNERS", {"fake": f"{__name__}:scan_nothing"})
    assert find_scanner("fake") is scan_nothing
    with pytest.raises(DriverError, match=r"there is no scanner 'fak'. Did you mean 'fake'\?"):
        find_scanner("fak")


def test_our_own_come_first_and_the_nameless_last_and_nothing_jumps() -> None:
    around = nearby()
    for found in (stranger("", 1), stranger("tv", 2, -90), stranger("phone", 3, -40), H10):
        around.take(found)
    order = ["Polar H10 0000001", "tv", "phone", ""]
    assert names(around) == order

    around.take(stranger("tv", 2, -100))
    around.take(stranger("phone", 3, -30))
    around.take(replace(H10, rssi_dbm=-99))
    assert names(around) == order


def test_who_looks_once_gets_the_strongest_first_after_our_own() -> None:
    around = nearby()
    for found in (stranger("mute", 1, None), stranger("tv", 2, -90), stranger("phone", 3, -40)):
        around.take(found)
    around.take(replace(H10, rssi_dbm=-99))
    assert [device.found.name for device in around.strongest()] == [H10.name, "phone", "tv", "mute"]


async def test_what_is_not_heard_for_10_s_fades_but_what_is_connected() -> None:
    clock = ManualClock(mono_ns=H10.seen_ns)
    around = nearby(clock)
    around.take(H10)
    around.take(replace(stranger("held", 1, seen_ns=H10.seen_ns), connected=True))
    await clock.advance(9.9)
    assert [device.faded for device in around.devices()] == [False, False]
    assert around.missing() == [MAX]
    await clock.advance(0.1)
    assert [(device.faded, device.age_s) for device in around.devices()] == [(True, 10.0), (False, 10.0)]
    assert around.missing() == [ADA, MAX]

    around.take(replace(H10, seen_ns=clock.mono_ns()))
    assert [device.faded for device in around.devices()] == [False, False]


def test_of_two_adapters_that_hear_it_the_better_counts() -> None:
    around = nearby()
    near, far = replace(H10, adapter="hci0", rssi_dbm=-60), replace(H10, adapter="hci1", rssi_dbm=-85)

    def heard(found: Found, after_s: float) -> int | None:
        around.take(replace(found, seen_ns=H10.seen_ns + round(after_s * 1e9)))
        return around.devices()[0].found.rssi_dbm

    assert [heard(far, 0), heard(near, 0.1), heard(far, 0.2)] == [-85, -60, -60]
    assert heard(near, 1) == -60
    assert heard(replace(near, rssi_dbm=-70), 1.1) == -70
    assert heard(far, 4.0) == -70
    assert heard(far, 4.1) == -85
    around.take(replace(far, connected=True, rssi_dbm=None, adapter="hci0"))
    assert around.devices()[0].found.connected


def test_a_hall_full_of_phones_is_bounded_and_our_own_stay() -> None:
    around = nearby()
    around.take(replace(H10, seen_ns=0))
    for n in range(1200):
        around.take(replace(stranger("phone", 0, seen_ns=n), link=f"ble:{n}"))
    links = {device.found.link for device in around.devices()}
    assert len(links) == 1000
    assert H10.link in links
    assert {"ble:201", "ble:1199"} < links
    assert "ble:200" not in links


async def test_it_all_as_a_document() -> None:
    clock = ManualClock(mono_ns=H10.seen_ns)
    around = nearby(clock)
    around.take(H10)
    around.take(stranger("tv", 2, None, H10.seen_ns))
    await clock.advance(1.26)
    assert around.document() == {
        "v": 1,
        "devices": [
            {
                "kind": "ble",
                "link": "ble:A0:9E:1A:00:00:01",
                "name": "Polar H10 0000001",
                "address": "A0:9E:1A:00:00:01",
                "rssi_dbm": -58,
                "services": [{"id": "180d", "word": "heart rate"}, {"id": "feee", "word": ""}],
                "battery_pct": 85,
                "adapter": "hci0",
                "connected": False,
                "used_by": "",
                "source": "strap-1",
                "subject": "white",
                "title": "Ada Lovelace",
                "age_s": 1.3,
            },
            {
                "kind": "ble",
                "link": "ble:00:00:00:00:00:02",
                "name": "tv",
                "address": "00:00:00:00:00:02",
                "rssi_dbm": None,
                "services": [],
                "battery_pct": None,
                "adapter": "hci0",
                "connected": False,
                "used_by": "",
                "source": None,
                "subject": None,
                "title": None,
                "age_s": 1.3,
            },
        ],
        "missing": [{"source": "strap-2", "subject": None, "title": ""}],
    }
