"""The record lane: in order, at least once, and no more than a window told twice."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, cast

import pytest

from edged.backoff import Backoff
from edged.clock import ClockMap, ManualClock, SystemClock
from edged.config.model import JournalConfig, UplinkConfig
from edged.errors import BrokerRefused, BrokerUnreachable, StoreUnavailable
from edged.model import NS_PER_S, Chunk, Event, StreamInfo
from edged.publish.address import BrokerAddress
from edged.publish.mqtt import Session, connect
from edged.publish.topics import Topics
from edged.publish.uplink import Uplink
from edged.store.journal import Journal
from edged.store.record import Record
from tests.publish.test_broker import PacedClock
from tests.publish.validating import validate
from tests.rigs.mosquitto import Mosquitto
from tests.rigs.scripted_broker import ACCEPTED_5, ScriptedBroker
from tests.rigs.waiting import until

pytestmark = pytest.mark.usefixtures("clean")
TOPICS = Topics("edged/v1", "hall", "desk")
HEART_RATE = StreamInfo("heart_rate", "/min")
ECG = StreamInfo("ecg", "uV", 130.0)
BEAT, EVENT = "beat", "event"


def item(n: int, kind: str = BEAT) -> Chunk | Event:
    if kind == EVENT:
        return Event("marker", n * NS_PER_S, "strap-1", {"n": n})
    return Chunk.of(HEART_RATE, n, [n * NS_PER_S], [60.0 + n % 100])


class PaperJournal:
    """A journal in memory, whose disk obeys the test."""

    def __init__(self, kinds: Sequence[str] = ()) -> None:
        self.clock = ManualClock()
        self.map = ClockMap("boot-1")
        self.map.observe(self.clock)
        self.epoch = "e1"
        self.disk_obeys = True
        self.failures = 0
        self.asked = 0
        self.reads: list[int] = []
        self._records: list[Record] = []
        self._cursor = self._kept = 0
        self._changed = asyncio.Event()
        self.add(*kinds)

    def add(self, *kinds: str) -> None:
        for kind in kinds:
            n = self.head + 1
            self._records.append(Record(n, "boot-1", "strap-1", item(n, kind)))
        self._wake()

    def begin_anew(self, *kinds: str) -> None:
        """A damaged file was set aside."""
        self.epoch = "e2"
        self._records.clear()
        self._cursor = self._kept = 0
        self.add(*kinds)

    @property
    def head(self) -> int:
        return self._records[-1].id if self._records else 0

    def clock_map(self, boot: str) -> ClockMap:
        assert boot == "boot-1"
        return self.map

    def cursor(self, _uplink: str) -> int:
        return self._cursor

    def kept_cursor(self, _uplink: str) -> int:
        return self._kept

    def advance(self, _uplink: str, epoch: str, record_id: int) -> None:
        if epoch == self.epoch:
            assert record_id > self._cursor, "never back"
            self._cursor = record_id

    def commit_soon(self) -> None:
        self.asked += 1
        self.commit()

    def commit(self) -> None:
        if self.disk_obeys:
            self._kept = self._cursor
            self._wake()

    async def wait_open(self) -> None:
        return

    async def wait_beyond(self, record_id: int) -> None:
        epoch = self.epoch
        while self.epoch == epoch and self.head <= record_id:
            await self._changed.wait()

    async def wait_kept(self, _uplink: str, epoch: str, record_id: int) -> None:
        while self.epoch == epoch and self._kept < record_id:
            await self._changed.wait()

    async def read(self, after: int, limit: int) -> list[Record]:
        self.reads.append(after)
        if self.failures:
            self.failures -= 1
            raise StoreUnavailable("not now")
        return [record for record in self._records if record.id > after][:limit]

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()


def bodies(payloads: Iterable[bytes]) -> list[dict[str, Any]]:
    """Return records and events, unpacked, each with its epoch; every message fits its schema."""
    told = []
    for payload in payloads:
        message = json.loads(payload)
        validate(message, "event" if "kind" in message else "record")
        told += [{"epoch": message["epoch"], **body} for body in message.get("records", [message])]
    return told


def ids(payloads: Iterable[bytes]) -> list[int]:
    return [body["id"] for body in bodies(payloads)]


def uplink_to(journal: object, clock: Any = None, **config: Any) -> Uplink:
    return Uplink("main", UplinkConfig(**config), TOPICS, cast("Journal", journal), clock or PacedClock())


async def failure(uplink: Uplink, url: str) -> pytest.ExceptionInfo[ExceptionGroup[Exception]]:
    """Deliver until that fails; return what it failed with."""
    async with connect(BrokerAddress(url, "node"), "5") as session, asyncio.timeout(10):
        with pytest.raises(ExceptionGroup) as caught:
            await uplink.serve(session)
    return caught


@asynccontextmanager
async def delivering(uplink: Uplink, url: str) -> AsyncIterator[Session]:
    async with connect(BrokerAddress(url, "node"), "5") as session:
        task = asyncio.create_task(uplink.serve(session))
        try:
            yield session
        finally:
            task.cancel()
            await asyncio.wait([task])


@pytest.fixture
async def broker() -> AsyncIterator[ScriptedBroker]:
    async with ScriptedBroker(lambda _: ACCEPTED_5) as broker:
        yield broker


async def test_everything_goes_in_order_events_in_their_place(broker: ScriptedBroker) -> None:
    journal = PaperJournal([BEAT, BEAT, EVENT, BEAT, EVENT, EVENT, BEAT, BEAT, BEAT])
    uplink = uplink_to(journal)
    assert uplink.backlog == 9
    async with delivering(uplink, broker.url):
        await until(lambda: uplink.backlog == 0)
    assert [ids([payload]) for payload in broker.published] == [[1, 2], [3], [4], [5], [6], [7, 8, 9]]
    assert [body.get("kind") for body in bodies(broker.published)][2] == "marker"
    assert (uplink.stats.published, uplink.stats.acknowledged, uplink.stats.messages) == (9, 9, 6)


async def test_hist_is_true_for_backlog_only(broker: ScriptedBroker) -> None:
    journal = PaperJournal([BEAT] * 250 + [EVENT])
    uplink = uplink_to(journal)
    async with delivering(uplink, broker.url):
        await until(lambda: uplink.backlog == 0)
        journal.add(BEAT, EVENT)
        await until(lambda: uplink.backlog == 0)
    assert [body["hist"] for body in bodies(broker.published)] == [True] * 251 + [False] * 2


async def test_what_is_committed_while_the_last_of_the_backlog_is_paced_is_not_backlog(
    broker: ScriptedBroker,
) -> None:
    journal, clock = PaperJournal([BEAT] * 10), ManualClock()
    uplink = uplink_to(journal, clock, backlog_per_s=1)
    async with delivering(uplink, broker.url):
        await until(lambda: uplink.backlog == 0)
        journal.add(BEAT)
        await clock.advance(10)
        await until(lambda: uplink.backlog == 0)
    assert [body["hist"] for body in bodies(broker.published)] == [True] * 10 + [False]


async def test_without_backlog_nothing_is_called_so(broker: ScriptedBroker) -> None:
    journal = PaperJournal()
    uplink = uplink_to(journal)
    async with delivering(uplink, broker.url):
        await until(lambda: journal.reads)
        journal.add(BEAT)
        await until(lambda: broker.published)
    assert [body["hist"] for body in bodies(broker.published)] == [False]


async def test_one_message_holds_no_more_than_so_many(broker: ScriptedBroker) -> None:
    uplink = uplink_to(PaperJournal([BEAT] * 95), batch_records=20)
    async with delivering(uplink, broker.url):
        await until(lambda: uplink.backlog == 0)
    assert [len(ids([payload])) for payload in broker.published] == [20, 20, 20, 20, 15]


async def test_one_message_is_no_larger_than_so_many_bytes(broker: ScriptedBroker) -> None:
    uplink = uplink_to(PaperJournal([BEAT] * 200), batch_bytes=1024)
    async with delivering(uplink, broker.url):
        await until(lambda: uplink.backlog == 0)
    sizes = [len(payload) for payload in broker.published]
    assert max(sizes) <= 1024 + 100, "the head comes on top"
    assert sum(size < 900 for size in sizes) <= 2, "and they are filled, but for the last of each read"


@pytest.mark.parametrize("maximum", [3000, 100_000])
async def test_one_message_is_no_larger_than_the_broker_takes(tmp_path: Path, maximum: int) -> None:
    journal = PaperJournal([BEAT] * 1000)
    uplink = uplink_to(journal, batch_bytes=262_144, batch_records=1000)
    async with (
        Mosquitto(tmp_path, extra=f"max_packet_size {maximum}\n") as broker,
        delivering(uplink, broker.url),
    ):
        await until(lambda: uplink.backlog == 0)


async def test_a_record_larger_than_the_broker_takes_is_refused_by_name(tmp_path: Path) -> None:
    journal = PaperJournal([BEAT])
    big = Chunk.of(ECG, 0, list(range(1, 2001)), [0.123456789 * i for i in range(2000)])
    journal._records.append(Record(2, "boot-1", "strap-1", big))
    uplink = uplink_to(journal)
    async with Mosquitto(tmp_path, extra="max_packet_size 3000\n") as broker:
        caught = await failure(uplink, broker.url)
        assert caught.group_contains(BrokerRefused, match="larger than the broker takes")


@pytest.mark.parametrize(
    ("maximum", "window", "expected"), [(None, 7, 7), (20, 50, 16), (20, 10, 10), (3, 50, 1)]
)
async def test_no_more_than_the_window_is_under_way(maximum: int | None, window: int, expected: int) -> None:
    connack = ACCEPTED_5
    if maximum:
        connack = bytes.fromhex("2006000003") + b"\x21" + maximum.to_bytes(2, "big")
    async with ScriptedBroker(lambda _: connack, acks=False) as broker:
        uplink = uplink_to(PaperJournal([BEAT] * 100), window=window, batch_records=1)
        async with delivering(uplink, broker.url):
            await until(lambda: len(broker.published) == expected)
            for round_ in range(2, 4):
                broker.acknowledge()
                await until(partial(lambda turn: len(broker.published) == turn * expected, round_))
        assert ids(broker.published) == list(range(1, 3 * expected + 1))


async def test_the_cursor_moves_in_order_only(broker: ScriptedBroker) -> None:
    broker.acks = False
    journal = PaperJournal([BEAT] * 30)
    uplink = uplink_to(journal, batch_records=10)
    async with delivering(uplink, broker.url):
        await until(lambda: len(broker.published) == 3)
        first = broker._unacknowledged.pop(0)
        broker.acknowledge()
        await asyncio.sleep(0.02)
        assert journal.cursor("main") == 0, "2 and 3 came through, but 1 may not have"
        broker._unacknowledged.append(first)
        broker.acknowledge()
        await until(lambda: journal.cursor("main") == 30)


async def test_what_is_acknowledged_counts_until_the_disk_knows_it(broker: ScriptedBroker) -> None:
    journal = PaperJournal([BEAT] * 100)
    journal.disk_obeys = False
    uplink = uplink_to(journal, window=5, batch_records=2)
    async with delivering(uplink, broker.url):
        await until(lambda: uplink.stats.acknowledged == 10)
        await until(lambda: journal.asked)
        assert len(broker.published) == 5
    async with delivering(uplink, broker.url):  # a new connection is no new window
        await asyncio.sleep(0.02)
        assert len(broker.published) == 5
        journal.disk_obeys = True
        journal.commit()
        await until(lambda: uplink.backlog == 0)
    assert ids(broker.published) == list(range(1, 101))


async def test_a_commit_is_asked_for_when_the_window_is_full_only(broker: ScriptedBroker) -> None:
    journal = PaperJournal([BEAT] * 1000)
    uplink = uplink_to(journal, window=10, batch_records=10)
    async with delivering(uplink, broker.url):
        await until(lambda: uplink.backlog == 0)
    assert journal.asked <= 2 * 1000 / (10 * 10), "disk wear is a budget"


async def test_after_an_outage_it_goes_on_where_it_was(broker: ScriptedBroker) -> None:
    journal = PaperJournal([BEAT] * 100)
    uplink = uplink_to(journal, window=4, batch_records=5)
    broker.acks = False
    task = asyncio.create_task(failure(uplink, broker.url))
    await until(lambda: len(broker.published) == 4)
    del broker._unacknowledged[2:]
    broker.acknowledge()
    await until(lambda: journal.cursor("main") == 10)
    broker.hang_up()
    caught = await task
    assert caught.group_contains(BrokerUnreachable)
    published = len(broker.published)
    broker.acks = True
    async with delivering(uplink, broker.url):
        await until(lambda: uplink.backlog == 0)
    assert ids(broker.published[published:]) == list(range(11, 101))


async def test_a_new_epoch_is_told_from_its_start(broker: ScriptedBroker) -> None:
    journal = PaperJournal([BEAT] * 50)
    uplink = uplink_to(journal)
    async with delivering(uplink, broker.url):
        await until(lambda: uplink.backlog == 0)
        journal.begin_anew(EVENT, BEAT)
        await until(lambda: uplink.backlog == 0)
    told = [(body["epoch"], body["id"]) for body in bodies(broker.published)]
    assert told == [*(("e1", n) for n in range(1, 51)), ("e2", 1), ("e2", 2)]


async def test_an_epoch_that_ends_while_its_records_are_under_way(broker: ScriptedBroker) -> None:
    broker.acks = False
    journal = PaperJournal([BEAT] * 50)
    uplink = uplink_to(journal, window=2, batch_records=5)
    async with delivering(uplink, broker.url):
        await until(lambda: len(broker.published) == 2)
        journal.begin_anew(EVENT)
        broker.acks = True
        broker.acknowledge()
        await until(lambda: uplink.backlog == 0)
    assert bodies(broker.published)[-1]["epoch"] == "e2"
    assert journal.cursor("main") == 1


async def test_a_journal_that_cannot_be_read_is_asked_again(broker: ScriptedBroker) -> None:
    journal, clock = PaperJournal([BEAT]), PacedClock()
    journal.failures = 3
    uplink = uplink_to(journal, clock)
    async with delivering(uplink, broker.url):
        await until(lambda: uplink.backlog == 0)
    assert journal.reads[:4] == [0, 0, 0, 0]
    assert clock.slept[:3] == [0.5] * 3


async def test_a_backlog_is_paced_and_what_is_new_is_not(broker: ScriptedBroker) -> None:
    journal, clock = PaperJournal([BEAT] * 1000), PacedClock()
    uplink = uplink_to(journal, clock, backlog_per_s=100)
    async with delivering(uplink, broker.url):
        await until(lambda: uplink.backlog == 0)
        assert sum(clock.slept) == pytest.approx(10)
        assert max(clock.slept) <= 1
        journal.add(*[BEAT] * 100)
        await until(lambda: uplink.backlog == 0)
    assert sum(clock.slept) == pytest.approx(10)


async def test_a_message_that_is_refused_is_told(tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    rules.write_text("topic readwrite other/#\n", encoding="utf-8")
    rules.chmod(0o644)
    journal = PaperJournal([BEAT])
    async with Mosquitto(tmp_path, extra=f"acl_file {rules}\n") as broker:
        caught = await failure(uplink_to(journal), broker.url)
        assert caught.group_contains(BrokerRefused, match="Not authorized")
    assert journal.cursor("main") == 0


async def test_drained_waits_for_what_is_committed_now(broker: ScriptedBroker) -> None:
    broker.acks = False
    journal = PaperJournal([BEAT])
    uplink = uplink_to(journal)
    async with delivering(uplink, broker.url):
        waiting = asyncio.create_task(uplink.drained())
        await until(lambda: broker.published)
        journal.add(BEAT)
        assert not waiting.done()
        broker.acknowledge()
        await waiting


@asynccontextmanager
async def on_disk(path: Path) -> AsyncIterator[Journal]:
    clock = SystemClock()
    known = ClockMap(clock.boot)
    step = known.observe(clock)
    assert step is not None
    journal = Journal(
        JournalConfig(path=path, commit_interval_s=0.02),
        clock,
        known,
        ["main"],
        Backoff(0.1, 1, Random(1)),
    )
    journal.add_clock_step(step)
    task = asyncio.create_task(journal.run())
    try:
        await journal.wait_open()
        yield journal
    finally:
        task.cancel()
        await asyncio.wait([task])


@pytest.mark.parametrize("seen", [1, 7, 23, 40])
async def test_after_a_crash_no_more_than_the_window_is_told_again_and_the_same(
    tmp_path: Path, broker: ScriptedBroker, seen: int
) -> None:
    """The disk as it was in one moment is what a power cut leaves."""
    window, batch, total = 4, 5, 300
    config = {"window": window, "batch_records": batch}
    before, after = tmp_path / "before.db", tmp_path / "after.db"
    async with on_disk(before) as journal:
        for n in range(1, total + 1):
            journal.append("strap-1", item(n, EVENT if n % 17 == 0 else BEAT))
        await journal.flush()
        uplink = uplink_to(journal, **config)
        async with delivering(uplink, broker.url):
            await until(lambda: len(broker.published) >= seen)
            for suffix in ("", "-wal"):
                shutil.copy(f"{before}{suffix}", f"{after}{suffix}")
            first = list(broker.published)
    broker.published.clear()
    async with on_disk(after) as journal:
        assert journal.cursor("main") < total
        uplink = uplink_to(journal, **config)
        async with delivering(uplink, broker.url):
            await until(lambda: journal.cursor("main") == total)
    told, again = ({body["id"]: body for body in bodies(some)} for some in (first, broker.published))
    repeated = set(told) & set(again)
    assert set(told) | set(again) == set(range(1, total + 1)), "nothing is lost"
    assert len(repeated) <= window * batch
    for n in repeated:
        same = [{key: body[key] for key in body if key not in {"hist", "v"}} for body in (told[n], again[n])]
        assert same[0] == same[1]
