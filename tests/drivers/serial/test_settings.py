"""What a URL asks of a serial port."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.serial.settings import BAUD_RATES, Settings, port_link
from edged.errors import DriverError
from edged.sources.link import LinkUrl


def parse(text: str) -> Settings:
    return Settings.parse(LinkUrl.parse(text))


def test_a_port_alone() -> None:
    by_id = "/dev/serial/by-id/usb-1a86_USB_Serial-if00-port0"
    assert parse(f"serial:{by_id}") == Settings(
        path=by_id,
        rates=(115_200, 250_000, 500_000, 1_000_000),
        bits=8,
        parity="none",
        stop=1,
        rtscts=False,
        reset=False,
        quiet_s=1.0,
    )


def test_all_that_can_be_asked() -> None:
    url = "serial:///dev/ttyUSB0?baud=9600,31250&bits=7&parity=even&stop=2&rtscts=1&reset=1&quiet=0.5"
    assert parse(url) == Settings(
        path="/dev/ttyUSB0",
        rates=(9600, 31250),
        bits=7,
        parity="even",
        stop=2,
        rtscts=True,
        reset=True,
        quiet_s=0.5,
    )


@pytest.mark.parametrize("target", ["", "ttyUSB0", "COM3", "//ttyUSB0", "/dev/", "/dev/a%00b"])
def test_what_names_no_port_is_refused_with_an_example(target: str) -> None:
    with pytest.raises(DriverError, match=r"does not say which port\. Write serial:/dev/serial/by-id/NAME"):
        parse(f"serial:{target}")


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("baud=", "baud= is neither"),
        ("baud=fast", "baud=fast is neither a baud rate nor a list of different ones"),
        ("baud=49", "baud=49 is neither"),
        ("baud=-9600", "baud=-9600 is neither"),
        ("baud=9600,", "baud=9600, is neither"),
        ("baud=9600,9600", "baud=9600,9600 is neither"),
        ("baud=1200,2400,4800,9600,19200,38400,57600,115200,230400", "up to 8"),
        ("baud=12000001", "neither"),
        ("baud=\u0663\u0660\u0660", "neither"),
        ("bits=9", "bits=9 is not one of 5, 6, 7, 8"),
        ("parity=mark", "parity=mark is not one of none, even, odd"),
        ("stop=1.5", "stop=1.5 is not one of 1, 2"),
        ("rtscts=yes", "rtscts=yes is not one of 0, 1"),
        ("reset=2", "reset=2 is not one of 0, 1"),
        ("quiet=11", "quiet=11 is not a number from 0 to 10"),
        ("speed=9600", "unknown option 'speed'"),
    ],
)
def test_a_wrong_option_is_refused_by_name(option: str, words: str) -> None:
    with pytest.raises(DriverError) as refused:
        parse(f"serial:/dev/ttyUSB0?{option}")
    assert words in str(refused.value)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1))
def test_a_link_to_a_port_names_it_whatever_it_is_called(name: str) -> None:
    path = f"/dev/serial/by-id/{name.replace('/', '_')}"
    assert parse(port_link(path)) == Settings(path, BAUD_RATES)
