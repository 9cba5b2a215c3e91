"""The options of a source with a board."""

import pytest

from drivers.decoders.board.commands import Identify, SetRate, Start, Stop, Test
from drivers.decoders.board.wanted import Wanted
from edged.errors import DriverError
from edged.sources.decoder import make_decoder


def test_without_options_everything_is_started() -> None:
    wanted = Wanted.parse("all", "", "", "0")
    assert wanted == Wanted()
    assert wanted.commands(3) == [Start(0b111)]
    assert wanted.commands(0) == []
    assert list(wanted.faults(0)) == []


def test_all_that_can_be_wanted() -> None:
    wanted = Wanted.parse("0,2", "1:500,2:99.5", "1", "1")
    assert wanted == Wanted(frozenset({0, 2}), ((1, 500_000), (2, 99_500)), test=True, blink=True)
    assert wanted.commands(3) == [
        Test(1),
        SetRate(1, 500_000),
        SetRate(2, 99_500),
        Identify(),
        Stop(0b010),
        Start(0b101),
    ]
    assert wanted.commands(2) == [Test(1), SetRate(1, 500_000), Identify(), Stop(0b10), Start(0b01)]
    assert list(wanted.faults(2)) == ["the board has no stream 2: it has 2, numbered from 0"]


def test_nothing_may_be_wanted() -> None:
    assert Wanted.parse("none", "", "0", "0").commands(3) == [Test(0)]


@pytest.mark.parametrize(
    "options",
    [
        "streams=",
        "streams=a",
        "streams=0,0",
        "streams=16",
        "streams=-1",
        "rate=500",
        "rate=0:",
        "rate=0:0",
        "rate=0:nan",
        "rate=0:1,0:2",
        "rate=99:1",
        "test=yes",
        "blink=2",
    ],
)
def test_what_cannot_be_is_refused(options: str) -> None:
    with pytest.raises(DriverError):
        make_decoder(f"board?{options}")
