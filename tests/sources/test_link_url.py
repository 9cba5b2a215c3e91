import pytest

from edged.errors import DriverError
from edged.sources.link import LinkUrl, known_links, shown_link


@pytest.mark.parametrize(
    ("text", "scheme", "target", "options"),
    [
        ("sim:resting?seed=1", "sim", "resting", {"seed": "1"}),
        ("sim:resting", "sim", "resting", {}),
        ("tcp://localhost:5555", "tcp", "localhost:5555", {}),
        ("tcp://[::1]:5555", "tcp", "[::1]:5555", {}),
        (
            "replay:/var/lib/a b.trace?speed=10&loop=",
            "replay",
            "/var/lib/a b.trace",
            {"speed": "10", "loop": ""},
        ),
        ("ble:C4:11:22:33:44:55", "ble", "C4:11:22:33:44:55", {}),
        ("serial:/dev/serial/by-id/x?baud=500000", "serial", "/dev/serial/by-id/x", {"baud": "500000"}),
        ("replay:a%20b?x=a%20b", "replay", "a%20b", {"x": "a b"}),
    ],
)
def test_a_url_is_taken_apart(text: str, scheme: str, target: str, options: dict[str, str]) -> None:
    assert LinkUrl.parse(text) == LinkUrl(text, scheme, target, options)


@pytest.mark.parametrize("text", ["", "resting", "/dev/ttyUSB0", "//host"])
def test_without_a_scheme_the_known_ones_are_told(text: str) -> None:
    with pytest.raises(DriverError) as raised:
        LinkUrl.parse(text)
    assert raised.value.where == (text or "empty link")
    for name in known_links():
        assert f"{name}:" in raised.value.mend


def test_an_option_given_twice() -> None:
    with pytest.raises(DriverError, match="an option is given twice"):
        LinkUrl.parse("sim:a?seed=1&seed=2")


def test_only_known_options() -> None:
    url = LinkUrl.parse("sim:a?seed=1&sped=2")
    with pytest.raises(
        DriverError, match=r"sim:a\?seed=1&sped=2: unknown option 'sped'. Known: seed, speed\."
    ):
        url.only("seed", "speed")
    with pytest.raises(DriverError, match="This link takes none"):
        url.only()
    url.only("seed", "sped")


@pytest.mark.parametrize(("value", "number"), [("1", 1.0), ("0.5", 0.5), ("10", 10.0)])
def test_a_number(value: str, number: float) -> None:
    assert LinkUrl.parse(f"sim:a?x={value}").number("x", 3, minimum=0.5, maximum=10) == number


def test_a_number_that_is_not_given() -> None:
    assert LinkUrl.parse("sim:a").number("x", 3, minimum=0, maximum=1) == 3


@pytest.mark.parametrize("value", ["", "fast", "nan", "0.4", "11", "inf", "-inf"])
def test_not_a_number_in_range(value: str) -> None:
    with pytest.raises(DriverError, match=r"is not a number from 0\.5 to 10"):
        LinkUrl.parse(f"sim:a?x={value}").number("x", 3, minimum=0.5, maximum=10)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("tcp://user:secret@host:1", "tcp://host:1"),
        ("tcp:user:secret@host:1", "tcp:host:1"),
        ("tcp://host:1", "tcp://host:1"),
        ("replay:/a@b/c", "replay:/a@b/c"),
        ("sim:resting", "sim:resting"),
    ],
)
def test_a_link_is_shown_without_secrets(text: str, shown: str) -> None:
    assert shown_link(text) == shown
