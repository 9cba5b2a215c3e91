"""A look around beside the running node: it ends, it is tried again, it follows the configuration."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from edged.clock import ManualClock
from edged.config.model import Config, SourceConfig, SubjectConfig
from edged.errors import SourceLost
from edged.log import message_of
from edged.messages import SCAN_DEFECT
from edged.sources import scanner
from edged.sources.equipment import Equipment
from edged.sources.link import LinkContext
from edged.sources.scanner import Tell
from edged.sources.survey import LASTS_S, UNASKED_S, Survey
from edged.tasks import end
from tests.sources.test_scanner import H10, stranger

OURS = SourceConfig(name="strap-1", link="air:polar", subject="white")
CONFIG = Config(subject=(SubjectConfig(name="white", title="Ada"),), source=(OURS,))


class Air:
    """What the fake scanner hears, and how often it was begun and ended."""

    problem: SourceLost | None = None
    began = 0
    ended = 0
    links: Mapping[str, str] = {}
    equipment: Equipment | None = None


async def scan_air(context: LinkContext, links: Mapping[str, str], tell: Tell) -> None:
    Air.began += 1
    Air.links, Air.equipment = links, context.equipment
    try:
        if Air.problem is not None:
            raise Air.problem
        while True:
            seen_ns = context.clock.mono_ns()
            tell(replace(H10, seen_ns=seen_ns, owner=next(iter(links), None)))
            tell(stranger("TV", 2, -90, seen_ns))
            await context.clock.sleep(1)
    finally:
        Air.ended += 1


@pytest.fixture(autouse=True)
def air(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanner, "SCANNERS", {"air": f"{__name__}:scan_air"})
    for name in ("problem", "began", "ended", "links", "equipment"):
        monkeypatch.setattr(Air, name, getattr(Air, name))


class Stage:
    """A survey, its configuration in the test's hands."""

    def __init__(self) -> None:
        self.config = CONFIG
        self.clock = ManualClock()
        self.equipment = Equipment()
        self.survey = Survey(lambda: self.config, self.clock, self.equipment)

    def owners(self) -> list[str | None]:
        return [device.owner.source if device.owner else None for device in self.survey.nearby().devices()]


@asynccontextmanager
async def running() -> AsyncIterator[Stage]:
    stage = Stage()
    task = asyncio.create_task(stage.survey.run())
    await stage.clock.advance(0)
    try:
        yield stage
    finally:
        assert not task.done()
        await end(task)
    assert Air.began == Air.ended


async def test_nobody_looks_until_it_is_begun() -> None:
    async with running() as stage:
        await stage.clock.advance(60)
        assert not stage.survey.is_running
        assert stage.survey.nearby().devices() == []
    assert Air.began == 0


async def test_it_runs_for_half_a_minute_and_what_was_found_stays() -> None:
    async with running() as stage:
        stage.survey.start()
        for second in range(int(LASTS_S)):
            assert stage.survey.is_running
            assert stage.survey.left_s == LASTS_S - second
            stage.survey.start()  # nothing, where it runs
            await stage.clock.advance(1)
        await stage.clock.advance(1)
        assert (stage.survey.is_running, stage.survey.left_s) == (False, 0)
        assert (Air.began, Air.ended) == (1, 1)
        assert Air.links == {"strap-1": "air:polar"}
        assert Air.equipment is stage.equipment
        assert stage.owners() == ["strap-1", None]
        stage.survey.start()
        assert stage.survey.nearby().devices() == []
        await stage.clock.advance(1)
        assert len(stage.survey.nearby().devices()) == 2


async def test_it_ends_when_nobody_asks_any_more() -> None:
    async with running() as stage:
        stage.survey.start()
        await stage.clock.advance(UNASKED_S - 1)
        stage.survey.nearby()
        await stage.clock.advance(UNASKED_S - 1)
        assert stage.survey.is_running
        await stage.clock.advance(2)
        assert not stage.survey.is_running
        assert Air.ended == 1


async def test_it_follows_the_configuration() -> None:
    async with running() as stage:
        stage.survey.start()
        await stage.clock.advance(1)
        assert stage.owners() == ["strap-1", None]
        stage.config = CONFIG.model_copy(update={"source": ()})
        await stage.clock.advance(1)
        assert stage.owners() == [None, None]
        assert Air.links == {}
        stage.config = CONFIG
        await stage.clock.advance(1)
        assert stage.owners() == ["strap-1", None]
        assert Air.began == 3


async def test_what_is_in_the_way_is_said_and_tried_again() -> None:
    Air.problem = SourceLost("there is no Bluetooth adapter", mend="Plug one in.")
    async with running() as stage:
        stage.survey.start()
        await stage.clock.advance(0.5)
        assert stage.survey.nearby().problems == [Air.problem]
        await stage.clock.advance(3)
        assert Air.began == 2
        assert stage.survey.nearby().problems == [Air.problem]
        Air.problem = None
        await stage.clock.advance(5)
        assert stage.survey.nearby().problems == []
        assert stage.owners() == ["strap-1", None]


async def test_a_defect_of_a_scanner_ends_nothing_else(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    both = {"air": f"{__name__}:scan_air", "sea": f"{__name__}:scan_broken"}
    monkeypatch.setattr(scanner, "SCANNERS", both)
    async with running() as stage:
        stage.survey.start()
        await stage.clock.advance(1)
        assert [str(problem) for problem in stage.survey.nearby().problems] == [
            "sea: its scanner failed: ZeroDivisionError. Report this with the log."
        ]
        assert len(stage.survey.nearby().devices()) == 2
    assert {message_of(record) for record in caplog.records} == {SCAN_DEFECT}


async def scan_broken(*_: object) -> None:
    raise ZeroDivisionError
