"""The node against a real kernel and a real BlueZ: whatever happens, all straps stream again, unaided.

The tests share one board, which they find streaming and leave streaming.
"""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.field.board import Board, booted
from tests.field.node import SOURCES, NodeView, gained
from tests.field.report import Report, publish
from tests.field.vm.board_image import CACHE

pytestmark = pytest.mark.field

BOOT_S = 180.0
RECOVERY_S = 90.0
NOTICE_S = 15.0
"""Within which a node says that a strap streams no more: 4 s without a packet, and a slow machine."""

OFF_S = 20.0
AWAY_S = 40.0
HANGS_S = 30.0
BLUETOOTHD_DOWN_S = 20.0
WATCHED_S = 15.0

JOURNAL_QUERY = """
import json, sqlite3
db = sqlite3.connect("file:/var/lib/edged/edged.db?mode=ro", uri=True)
print(json.dumps({
    "check": db.execute("PRAGMA quick_check").fetchone()[0],
    "heart_rates": dict(db.execute(
        "SELECT source, max(next_seq) FROM stream WHERE quantity = 'heart_rate' GROUP BY source")),
}))
"""


@pytest.fixture(scope="module")
def report(request: pytest.FixtureRequest, board: Board) -> Iterator[Report]:
    """Printed at the end, and kept."""
    report = Report()
    yield report
    report.kernel_bugs = board.machine.console.count("kernel BUG at")
    publish(request, CACHE / "report.txt", report.text())


@pytest.fixture(scope="module")
def board(package: Path) -> Iterator[Board]:
    with booted(package) as board:
        yield board


@pytest.fixture
def streaming(board: Board) -> Board:
    """The board, all straps streaming."""
    board.node.until_all_stream(RECOVERY_S)
    return board


def test_all_straps_stream_after_the_boot(board: Board, report: Report) -> None:
    board.node.until_all_stream(BOOT_S)
    report.recoveries_s["power on"] = board.machine.on_s
    assert_one_hertz(board)


def test_a_strap_is_switched_off_and_on(streaming: Board, report: Report) -> None:
    before = streaming.node.look()
    streaming.straps.off("edged-strap-1")
    streaming.node.until(lambda view: stopped(view, "strap-1"), NOTICE_S, "strap-1 is seen to be gone")
    time.sleep(OFF_S)
    streaming.straps.on("edged-strap-1")
    report.recoveries_s["strap 1 was off for 20 s"] = streaming.node.until_all_stream(RECOVERY_S)
    assert_others_streamed(before, streaming, "strap-2", "strap-3")
    assert_one_hertz(streaming)


def test_a_strap_leaves_the_range_and_returns(streaming: Board, report: Report) -> None:
    before = streaming.node.look()
    streaming.straps.away("edged-strap-2")
    streaming.node.until(lambda view: stopped(view, "strap-2"), NOTICE_S, "strap-2 is seen to be gone")
    time.sleep(AWAY_S)
    streaming.straps.back("edged-strap-2")
    report.recoveries_s["strap 2 was out of range for 40 s"] = streaming.node.until_all_stream(RECOVERY_S)
    assert_others_streamed(before, streaming, "strap-1", "strap-3")
    assert_one_hertz(streaming)


def test_bluetoothd_is_killed_and_started(streaming: Board, report: Report) -> None:
    streaming.kill("bluetooth.service")
    streaming.machine.run("systemctl", "start", "bluetooth.service")
    report.recoveries_s["bluetoothd was killed"] = streaming.node.until_all_stream(RECOVERY_S)
    assert_one_hertz(streaming)


def test_bluetoothd_is_down_for_a_while(streaming: Board, report: Report) -> None:
    # masked, or D-Bus would start it again for the first who asks for it
    streaming.machine.run("systemctl", "mask", "--runtime", "bluetooth.service")
    try:
        streaming.kill("bluetooth.service")
        streaming.node.until(lambda view: stopped(view, *SOURCES), NOTICE_S, "all straps are seen to be gone")
        time.sleep(BLUETOOTHD_DOWN_S)
    finally:
        streaming.machine.run("systemctl", "unmask", "--runtime", "bluetooth.service")
    streaming.machine.run("systemctl", "start", "bluetooth.service")
    report.recoveries_s["bluetoothd was down for 20 s"] = streaming.node.until_all_stream(RECOVERY_S)
    assert_one_hertz(streaming)


def test_the_node_is_killed_while_connected(streaming: Board, report: Report) -> None:
    before = streaming.node.look()
    assert before is not None
    streaming.kill("edged.service")
    streaming.node.until(lambda view: view is None, NOTICE_S, "the node is gone")
    report.recoveries_s["edged was killed"] = streaming.node.until_all_stream(RECOVERY_S)
    assert_one_hertz(streaming)
    after = streaming.node.look()
    assert after is not None
    assert after.epoch == before.epoch


def test_a_strap_hangs_for_a_while(streaming: Board, report: Report) -> None:
    streaming.straps.hang("edged-strap-3")
    streaming.node.until(lambda view: stopped(view, "strap-3"), NOTICE_S, "strap-3 is seen to be silent")
    time.sleep(HANGS_S)
    streaming.straps.answer("edged-strap-3")
    # That the others stay is not asked for: this kernel ends bluetoothd (a BUG in hci_chan_del) when a
    # connection is given up that the strap does not answer over, and then all have to come back.
    report.recoveries_s["strap 3 hung for 30 s"] = streaming.node.until_all_stream(RECOVERY_S)
    assert_one_hertz(streaming)


def test_the_node_is_killed_while_it_connects(streaming: Board, report: Report) -> None:
    streaming.straps.off("edged-strap-1")
    streaming.node.until(lambda view: stopped(view, "strap-1"), NOTICE_S, "strap-1 is seen to be gone")
    streaming.straps.hang("edged-strap-1")
    streaming.straps.on("edged-strap-1")
    streaming.node.until(lambda view: connects(view, "strap-1"), RECOVERY_S, "strap-1 is being connected to")
    streaming.kill("edged.service")
    streaming.node.until(lambda view: view is None, NOTICE_S, "the node is gone")
    streaming.straps.answer("edged-strap-1")
    report.recoveries_s["edged was killed while it connected"] = streaming.node.until_all_stream(RECOVERY_S)
    assert_one_hertz(streaming)


def test_the_journal_holds_what_was_streamed(streaming: Board) -> None:
    streaming.machine.run("systemctl", "stop", "edged.service")
    try:
        journal = json.loads(streaming.machine.run("/usr/bin/python3", "-c", JOURNAL_QUERY))
    finally:
        streaming.machine.run("systemctl", "start", "edged.service")
    assert journal["check"] == "ok"
    assert set(journal["heart_rates"]) == set(SOURCES)
    assert min(journal["heart_rates"].values()) > WATCHED_S


def stopped(view: NodeView | None, *names: str) -> bool:
    """Say whether the node knows that sources do not stream."""
    return view is not None and all(view.sources[name].state != "streaming" for name in names)


def connects(view: NodeView | None, name: str) -> bool:
    """Say whether the node is about to connect to a source."""
    return view is not None and view.sources[name].state == "connecting"


def assert_others_streamed(before: NodeView | None, board: Board, *names: str) -> None:
    """They kept their connections, and lost no more than a packet in ten: looking for a strap takes time."""
    after = board.node.look()
    assert before is not None
    assert after is not None
    for name in names:
        assert after.sources[name].restarts == before.sources[name].restarts, (name, after)
        assert gained(before, after, name) > 0.9 * (after.up_s - before.up_s) - 1, (name, after)


def assert_one_hertz(board: Board) -> None:
    """Every strap is heard once a second: not less, and not twice, as over a subscription left behind."""
    before = board.node.look()
    time.sleep(WATCHED_S)
    after = board.node.look()
    assert before is not None
    assert after is not None
    spent_s = after.up_s - before.up_s
    counts = {name: gained(before, after, name) for name in SOURCES}
    assert 0.8 * spent_s - 1 < min(counts.values()), counts
    assert max(counts.values()) < 1.2 * spent_s + 3, counts  # battery and signal strength come along
