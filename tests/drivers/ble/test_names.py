import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.ble.names import SERVICES, decoder_for, full, is_name, short
from edged.sources.decoder import DECODERS

HEART_RATE = "0000180d-0000-1000-8000-00805f9b34fb"
POLAR = "fb005c80-02e7-f387-1cad-8acd2d8df0c8"


@pytest.mark.parametrize(
    ("uuid", "name"),
    [
        (HEART_RATE, "180d"),
        (HEART_RATE.upper(), "180d"),
        ("180D", "180d"),
        (POLAR, POLAR),
        (POLAR.upper(), POLAR),
        ("0001180d-0000-1000-8000-00805f9b34fb", "0001180d-0000-1000-8000-00805f9b34fb"),  # has 32 bits
        ("0000180d-0000-1000-8000-00805f9b34fc", "0000180d-0000-1000-8000-00805f9b34fc"),  # another base
        ("", ""),
    ],
)
def test_what_the_sig_assigned_is_short_and_all_else_is_in_full(uuid: str, name: str) -> None:
    assert short(uuid) == name


def test_a_short_name_in_full() -> None:
    assert full("180d") == HEART_RATE
    assert full(POLAR) == POLAR


@given(st.uuids())
def test_a_uuid_comes_back_whatever_it_is(uuid: object) -> None:
    assert full(short(str(uuid).upper())) == str(uuid)
    assert is_name(short(str(uuid)))


@given(st.integers(0, 0xFFFF))
def test_a_short_name_comes_back(number: int) -> None:
    name = f"{number:04x}"
    assert short(full(name)) == name
    assert is_name(name)


@pytest.mark.parametrize(
    "text",
    ["", "180", "180dd", "180D", "0x180d", "heart", "180g", " 180d", "180d\n", POLAR.upper(), POLAR + "0"],
)
def test_what_is_no_name(text: str) -> None:
    assert not is_name(text)


def test_services_are_told_by_the_names_that_devices_are_heard_with() -> None:
    assert all(is_name(name) and short(full(name)) == name for name in SERVICES)
    assert len(set(SERVICES.values())) == len(SERVICES), "no two read alike"


@pytest.mark.parametrize(
    ("services", "name", "decoder"),
    [
        (("180d", "180f"), "TICKR 1234", "heart_rate"),
        (("180d",), "Polar H10 0001", "polar"),
        (("180d",), "POLAR SENSE 12", "polar"),
        (("180d",), "Polar H7 1234", "heart_rate"),
        (("180d", POLAR), "", "polar"),
        (("180f", "1822"), "", "pulse_oximeter"),
        (("181a",), "", "environment"),
        (("180f", "180a"), "Phone", ""),
        ((), "Polar H10 0001", ""),
    ],
)
def test_what_a_device_looks_like(services: tuple[str, ...], name: str, decoder: str) -> None:
    assert decoder_for(services, name) == decoder
    assert not decoder or decoder in DECODERS
