"""Checks side by side: one that hangs, fails or cannot be loaded is told of like any other trouble."""

import asyncio
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest

from edged.errors import DriverError, TransientError
from edged.model import NS_PER_S
from edged.ops.doctor.checkup import CHECKS, LIMIT_S, Check, Checkup, find_check, known_checks
from edged.ops.doctor.finding import Finding, not_here, problem, warning, well
from edged.ops.doctor.latest import KEPT_S, Latest
from edged.ops.doctor.patient import Patient
from edged.ops.doctor.threads import Threads
from tests.ops.doctor.bodies import UTC_2026, manual, patient
from tests.rigs.waiting import until

TABLE: Final = Path(__file__).parents[3] / "docs/doctor.md"


def saying(*findings: Finding) -> Check:
    async def check(_patient: Patient) -> Sequence[Finding]:
        return findings

    return check


async def test_the_worst_first(tmp_path: Path) -> None:
    checks = {
        "a": saying(well("a", "A", "good"), problem("a", "A", "bad", mend="Mend it.")),
        "b": saying(not_here("b", "B", "none"), warning("b", "B", "so so", mend="Look.")),
    }
    report = await Checkup(lambda: patient(tmp_path, manual()), checks).examine()
    assert [each.level for each in report.findings] == ["problem", "warning", "ok", "not_applicable"]
    assert (report.level, report.utc, report.took_s) == ("problem", "2026-05-28T20:26:40.000000Z", 0)
    assert UTC_2026 == 1_780_000_000 * NS_PER_S
    bad = report.findings[0]
    assert bad.words.model_dump() == {"word": "Problem", "icon": "cross", "sentence": "Bad. Mend it."}
    only = await Checkup(lambda: patient(tmp_path, manual()), checks).examine(["b"])
    assert [each.check for each in only.findings] == ["b", "b"]
    assert only.level == "warning"


async def test_nothing_looked_at(tmp_path: Path) -> None:
    report = await Checkup(lambda: patient(tmp_path, manual()), {}).examine()
    assert (report.level, report.findings) == ("not_applicable", [])


async def test_a_check_that_does_not_end(tmp_path: Path) -> None:
    clock = manual()
    was_cancelled = asyncio.Event()

    async def hangs(_patient: Patient) -> Sequence[Finding]:
        try:
            await asyncio.Event().wait()
        finally:
            was_cancelled.set()
        return ()

    checks = {"hangs": hangs, "good": saying(well("good", "Good", "good"))}
    examining = asyncio.create_task(Checkup(lambda: patient(tmp_path, clock), checks).examine())
    await clock.advance(LIMIT_S - 0.1)
    assert not examining.done()
    await clock.advance(0.2)
    report = await examining
    late, good = report.findings
    assert (late.check, late.level, late.what) == (
        "hangs",
        "problem",
        "this check has not come to an end within 20 s",
    )
    assert late.mend == "What it asks does not answer: `dmesg` may tell more; or restart the board."
    assert good.level == "ok"
    assert was_cancelled.is_set()


async def test_a_check_that_fails(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def fails(_patient: Patient) -> Sequence[Finding]:
        raise ZeroDivisionError("by nought")

    async def cannot(_patient: Patient) -> Sequence[Finding]:
        raise TransientError("the driver is away", where="/dev/x")

    checks = {"fails": fails, "cannot": cannot}
    report = await Checkup(lambda: patient(tmp_path), checks).examine()
    failed, could_not = report.findings
    assert failed.what == "this check failed itself: ZeroDivisionError: by nought"
    assert failed.mend == "Look yourself at what it looks at, and report this as a mistake of edged."
    assert (could_not.what, could_not.where, could_not.mend) == (
        "the driver is away",
        "/dev/x",
        "`journalctl -u edged` may tell more.",
    )
    (line,) = [record for record in caplog.records if record.name == "edged.ops.doctor.checkup"]
    assert line.getMessage() == "the check fails failed itself"
    assert line.exc_info is not None


async def test_what_can_be_told_without_a_configuration(tmp_path: Path) -> None:
    node = patient(tmp_path, manual(), known=None, file=tmp_path / "edged.toml")
    report = await Checkup(lambda: node).examine()
    levels = {each.check: each.level for each in report.findings if each.title != "Time sync"}
    assert levels.keys() == set(CHECKS)
    assert levels["configuration"] == "problem"
    assert levels["clock"] == "ok"
    left_out = [each for each in report.findings if "the configuration cannot be read" in each.what]
    assert {each.check for each in left_out} == {
        *("bluetooth", "broker", "journal", "permissions", "serial", "storage")
    }


async def test_a_system_call_that_hangs_is_not_asked_twice(tmp_path: Path) -> None:
    """A share that is gone blocks who asks for it, for ever, and may not block the page as well."""
    clock, threads, release = manual(), Threads(), threading.Event()

    async def stat_of_a_share(patient: Patient) -> Sequence[Finding]:
        await patient.threads.run("share", release.wait)
        return [well("share", "Share", "it answers")]

    checkup = Checkup(lambda: patient(tmp_path, clock, threads=threads), {"share": stat_of_a_share})
    examining = asyncio.create_task(checkup.examine())
    await clock.advance(LIMIT_S + 1)
    (late,) = (await examining).findings
    assert late.what == "this check has not come to an end within 20 s"
    (again,) = (await checkup.examine()).findings
    assert again.what == "the system has not answered since it was asked the last time"
    assert again.mend.startswith("A disk, a file share or a driver hangs")
    release.set()
    await until(lambda: not any(each.name == "doctor share" for each in threading.enumerate()), 5)
    (well_again,) = (await checkup.examine()).findings
    assert well_again.level == "ok"


def test_a_thread_that_outlives_its_loop() -> None:
    """Whoever gave up has gone, loop and all, when the disk answers at last."""
    release, threads = threading.Event(), Threads()

    async def ask() -> None:
        async with asyncio.timeout(0.01):
            await threads.run("share", release.wait)

    with pytest.raises(TimeoutError):
        asyncio.run(ask())
    (thread,) = [each for each in threading.enumerate() if each.name == "doctor share"]
    assert thread.daemon
    release.set()
    thread.join(5)
    assert not thread.is_alive()


async def test_no_room_for_a_thread() -> None:
    threads = Threads()
    before = threading.stack_size(1 << 46)  # more than any machine has
    try:
        with pytest.raises(TransientError, match="there is no room for another thread"):
            await threads.run("x", int)
    finally:
        threading.stack_size(before)
    assert await threads.run("x", int) == 0


async def test_what_a_thread_raises_is_raised_here() -> None:
    def fails() -> None:
        raise FileNotFoundError(2, "No such file", "/x")

    with pytest.raises(FileNotFoundError, match="/x"):
        await Threads().run("x", fails)


async def test_who_asks_often_gets_the_same(tmp_path: Path) -> None:
    clock, asked, go_on = manual(), [], asyncio.Event()

    async def slow(_patient: Patient) -> Sequence[Finding]:
        asked.append(clock.mono_ns())
        await go_on.wait()
        return [well("slow", "Slow", "good")]

    latest = Latest(Checkup(lambda: patient(tmp_path, clock), {"slow": slow}), clock)
    both = asyncio.gather(latest.report(), latest.report())
    await clock.advance(1)
    go_on.set()
    first, second = await both
    assert first is second
    await clock.advance(KEPT_S)
    assert await latest.report() is first
    assert len(asked) == 1
    await clock.advance(0.1)
    assert await latest.report() is not first
    assert len(asked) == 2


@pytest.mark.parametrize("name", CHECKS)
def test_every_check_can_be_had(name: str) -> None:
    assert callable(find_check(name))
    assert find_check(name).__doc__


def test_others_add_theirs_by_entry_point() -> None:
    assert known_checks() == list(CHECKS)
    with pytest.raises(DriverError, match="there is no check 'broken'"):
        find_check("broken")


def test_the_documentation_has_a_row_a_check() -> None:
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    assert [line.split("`")[1] for line in lines if line.startswith("| `")] == list(CHECKS)
