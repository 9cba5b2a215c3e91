import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.ble.target import Target
from edged.errors import DriverError
from edged.sources.link import LinkUrl

ADDRESS = "C4:8A:00:12:34:56"
OTHER = "C4:8A:00:12:34:57"
DONGLE = "00:1A:7D:DA:71:13"
POLAR = "fb005c80-02e7-f387-1cad-8acd2d8df0c8"


def target(text: str) -> Target:
    return Target.parse(LinkUrl.parse(text))


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        (f"ble:{ADDRESS}", Target(f"ble:{ADDRESS}", address=ADDRESS)),
        (f"ble:{ADDRESS.lower()}", Target(f"ble:{ADDRESS.lower()}", address=ADDRESS)),
        (f"ble://{ADDRESS}", Target(f"ble://{ADDRESS}", address=ADDRESS)),
        ("ble:Polar H10*", Target("ble:Polar H10*", pattern="Polar H10*")),
        ("ble:any?service=180d", Target("ble:any?service=180d", service="180d")),
        ("ble:any?service=180D", Target("ble:any?service=180D", service="180d")),
        (
            "ble:any?service=0000180D-0000-1000-8000-00805F9B34FB",
            Target("ble:any?service=0000180D-0000-1000-8000-00805F9B34FB", service="180d"),
        ),
        (f"ble:any?service={POLAR}", Target(f"ble:any?service={POLAR}", service=POLAR)),
        (
            f"ble:H10*?service=180d&adapter={DONGLE.lower()}&bond=1",
            Target(
                f"ble:H10*?service=180d&adapter={DONGLE.lower()}&bond=1",
                pattern="H10*",
                service="180d",
                adapter=DONGLE,
                bond=True,
            ),
        ),
        (f"ble:{ADDRESS}?bond=0", Target(f"ble:{ADDRESS}?bond=0", address=ADDRESS)),
    ],
)
def test_what_a_link_means(text: str, meant: Target) -> None:
    assert target(text) == meant


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "ble:",
            "it does not say which device. Write ble:ADDRESS, ble:NAME*, or ble:any?service=180d;",
        ),
        ("ble:any", "does not say which device"),
        ("ble:?service=180d", "does not say which device"),
        ("ble:any?service=", "service= is no service. Write service=180d."),
        ("ble:any?service=heart", "service=heart is no service. Write service=180d."),
        ("ble:any?service=0x180d", "service=0x180d is no service"),
        ("ble:H10?adapter=hci0", "adapter=hci0 is no address of an adapter. Write adapter="),
        ("ble:H10?adapter=", "adapter= is no address of an adapter"),
        ("ble:H10?bond=yes", "bond=yes is not a number from 0 to 1"),
        ("ble:H10?bond=2", "bond=2 is not a number from 0 to 1"),
        ("ble:H10?pair=1", "unknown option 'pair'. Known: service, adapter, bond."),
        (
            "ble:C4-8A-00-12-34-56",
            "'C4-8A-00-12-34-56' is no address. Write six pairs: ble:C4:8A:00:12:34:56.",
        ),
        ("ble:C4:8A:00:12:34", "is no address"),
        ("ble:C4:8A:0:12:34:56", "is no address"),
        ("ble:C4:8A:00:12:34:56:78", "is no address"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_what_to_write(text: str, message: str) -> None:
    with pytest.raises(DriverError, match=re.escape(message)) as told:
        target(text)
    assert told.value.where == text


@pytest.mark.parametrize(
    ("text", "address", "name", "services", "is_meant"),
    [
        (f"ble:{ADDRESS}", ADDRESS, "", (), True),
        (f"ble:{ADDRESS}", ADDRESS.lower(), "", (), True),
        (f"ble:{ADDRESS}", OTHER, "", (), False),
        (f"ble:{ADDRESS}?service=180d", ADDRESS, "", (), True),  # BlueZ may not know its services yet
        ("ble:Polar H10*", ADDRESS, "Polar H10 A1B2C3D4", (), True),
        ("ble:polar h10*", ADDRESS, "Polar H10 A1B2C3D4", (), True),
        ("ble:Polar H10*", ADDRESS, "POLAR H10", (), True),
        ("ble:Polar H10*", ADDRESS, "My Polar H10", (), False),
        ("ble:*H10*", ADDRESS, "My Polar H10", (), True),
        ("ble:Polar H10", ADDRESS, "Polar H10 A1B2C3D4", (), False),
        ("ble:Polar H10", ADDRESS, "", (), False),
        ("ble:STRASSE*", ADDRESS, "straße 1", (), True),
        ("ble:any?service=180d", ADDRESS, "", ("180f", "180d"), True),
        ("ble:any?service=180d", ADDRESS, "Polar H10", ("180f",), False),
        ("ble:any?service=180d", ADDRESS, "", (), False),
        ("ble:Polar*?service=180d", ADDRESS, "Polar H10", ("180d",), True),
        ("ble:Polar*?service=180d", ADDRESS, "Polar H10", ("180f",), False),
        ("ble:Polar*?service=180d", ADDRESS, "TICKR", ("180d",), False),
    ],
)
def test_which_devices_are_meant(
    text: str, address: str, name: str, services: tuple[str, ...], *, is_meant: bool
) -> None:
    assert target(text).matches(address, name, services) is is_meant


names = st.text(string.ascii_letters + string.digits + " _.()+äßÉ", min_size=1).filter(
    lambda name: name.strip() == name and name != "any"
)


@given(names, st.text(max_size=10))
def test_a_name_means_itself_and_with_a_star_whatever_begins_so(name: str, rest: str) -> None:
    assert target(f"ble:{name}").matches(ADDRESS, name.swapcase(), ())
    assert target(f"ble:{name}*").matches(ADDRESS, name + rest, ())


@given(st.text(max_size=40))
def test_whatever_is_written_it_is_understood_or_refused(text: str) -> None:
    try:
        meant = target(f"ble:{text}")
    except DriverError:
        return
    assert meant.address or meant.pattern or meant.service
    assert not (meant.address and meant.pattern)
