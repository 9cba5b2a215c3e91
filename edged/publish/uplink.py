"""The record lane: everything in the journal to the broker, in order, at least once."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from edged.clock import Clock
from edged.config.model import UplinkConfig
from edged.errors import StoreUnavailable
from edged.histogram import Histogram
from edged.model import Event
from edged.publish.address import Message
from edged.publish.mqtt import Session
from edged.publish.payload import dump, event_payload, record_body
from edged.publish.topics import Topics
from edged.store.journal import Journal
from edged.store.record import Record

_RESERVED_SLOTS: Final = 4
"""Left of what the broker takes at once for states and descriptors."""
_PACKET_OVERHEAD_BYTES: Final = 512
_READ_RETRY_S: Final = 0.5
_DELIVERY_BOUNDS_S: Final = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 14_400, 86_400)


@dataclass(slots=True)
class UplinkStats:
    """Counters since the start; records, not messages, but for ``messages``.

    Attributes:
        acknowledged_ns: when the broker last acknowledged, monotonic; None before the first time.
        delivery: from the newest measurement in a message to its acknowledgement, of this boot's.
    """

    published: int = 0
    acknowledged: int = 0
    messages: int = 0
    acknowledged_ns: int | None = None
    delivery: Histogram = field(default_factory=lambda: Histogram(_DELIVERY_BOUNDS_S))


@dataclass(frozen=True, slots=True)
class _Parcel:
    """One message, and the last record in it.

    Attributes:
        measured_ns: when the last sample in it was measured, monotonic; None where that was in another boot.
    """

    message: Message
    epoch: str
    last_id: int
    records: int
    measured_ns: int | None


class Uplink:
    """Delivers one journal to one broker.

    No more than the window is ever under way or delivered without the cursor on disk saying so: that
    much, with the same ids, is told again after a crash.

    Args:
        name: of the cursor.
        config: window, batch size, rate while catching up.
        topics: of this node.
        journal: what is delivered.
        clock: paces catching up, and times deliveries.
    """

    def __init__(
        self, name: str, config: UplinkConfig, topics: Topics, journal: Journal, clock: Clock
    ) -> None:
        self.stats = UplinkStats()
        self.name = name
        self._config = config
        self._topics = topics
        self._journal = journal
        self._clock = clock

    @property
    def backlog(self) -> int:
        """Committed records that the broker has not acknowledged."""
        return max(self._journal.head - self._journal.cursor(self.name), 0)

    def configure(self, config: UplinkConfig) -> None:
        """Deliver under other terms from the next connection on."""
        self._config = config

    async def serve(self, session: Session) -> None:
        """Deliver over one connection, until it ends.

        Raises:
            BrokerUnreachable: it has ended.
            BrokerRefused: the broker does not take a message.
        """
        await self._journal.wait_open()
        await self._keep_cursor()
        delivery = _Delivery(self.name, self._journal, self.stats, self._window(session), self._clock)
        async with asyncio.TaskGroup() as group:
            group.create_task(delivery.follow_acks(), name="uplink acks")
            group.create_task(delivery.follow_cursor(), name="uplink cursor")
            await self._send(session, delivery)

    async def drained(self) -> None:
        """Wait until the broker has acknowledged everything that is committed now."""
        head = self._journal.head
        while self._journal.cursor(self.name) < head:
            await self._clock.sleep(0.01)

    async def _keep_cursor(self) -> None:
        """Have the cursor on disk catch up: the window counts from what a crash cannot take back."""
        epoch, cursor = self._journal.epoch, self._journal.cursor(self.name)
        if self._journal.kept_cursor(self.name) < cursor:
            self._journal.commit_soon()
            await self._journal.wait_kept(self.name, epoch, cursor)

    def _window(self, session: Session) -> int:
        return max(min(self._config.window, session.receive_maximum - _RESERVED_SLOTS), 1)

    async def _send(self, session: Session, delivery: "_Delivery") -> None:
        epoch, position, caught_up = self._journal.epoch, self._journal.cursor(self.name), False
        limit = min(self._config.batch_bytes, session.maximum_packet - _PACKET_OVERHEAD_BYTES)
        while True:
            if self._journal.epoch != epoch:  # a damaged journal was set aside: a new one, from its start
                epoch, position = self._journal.epoch, self._journal.cursor(self.name)
            try:
                records = await self._journal.read(position, self._config.batch_records)
            except StoreUnavailable:  # the journal tells of it; what it has comes when it is back
                await self._clock.sleep(_READ_RETRY_S)
                continue
            if not records:
                caught_up = True
                if self._journal.epoch == epoch:
                    await self._journal.wait_beyond(position)
                continue
            for parcel in self._parcels(records, epoch, limit, hist=not caught_up):
                await delivery.post(session, parcel)
                position = parcel.last_id
                if not caught_up:
                    caught_up = position >= self._journal.head
                    await self._clock.sleep(parcel.records / self._config.backlog_per_s)

    def _parcels(self, records: Sequence[Record], epoch: str, limit: int, *, hist: bool) -> Iterator[_Parcel]:
        """Put consecutive chunks together up to a size; events go by themselves, in their place."""
        bodies: list[bytes] = []
        size = 0
        last = records[-1]
        for record in records:
            clock_map = self._journal.clock_map(record.boot)
            if isinstance(record.item, Event):
                if bodies:
                    yield self._parcel(epoch, bodies, last)
                    bodies, size = [], 0
                event = event_payload(epoch, record.id, record.item, clock_map, hist=hist)
                message = Message(self._topics.event, dump(event))
                yield _Parcel(message, epoch, record.id, 1, self._measured_ns(record))
                continue
            body = dump(record_body(record.id, record.source, record.item, clock_map, hist=hist))
            if bodies and size + len(body) > limit:
                yield self._parcel(epoch, bodies, last)
                bodies, size = [], 0
            bodies.append(body)
            size += len(body) + 1
            last = record
        if bodies:
            yield self._parcel(epoch, bodies, last)

    def _measured_ns(self, record: Record) -> int | None:
        if record.boot != self._clock.boot:
            return None
        item = record.item
        return item.mono_ns if isinstance(item, Event) else int(item.times_ns[-1])

    def _parcel(self, epoch: str, bodies: list[bytes], last: Record) -> _Parcel:
        head = dump({"v": 1, "epoch": epoch})[:-1]
        payload = head + (
            b"," + bodies[0][1:] if len(bodies) == 1 else b',"records":[' + b",".join(bodies) + b"]}"
        )
        message = Message(self._topics.record, payload)
        return _Parcel(message, epoch, last.id, len(bodies), self._measured_ns(last))


class _Delivery:
    """What is under way over one connection."""

    def __init__(self, name: str, journal: Journal, stats: UplinkStats, window: int, clock: Clock) -> None:
        self._name = name
        self._clock = clock
        self._journal = journal
        self._stats = stats
        self._slots = asyncio.Semaphore(window)
        self._posted: asyncio.Queue[tuple[_Parcel, asyncio.Future[None]]] = asyncio.Queue()
        self._acknowledged: asyncio.Queue[_Parcel] = asyncio.Queue()

    async def post(self, session: Session, parcel: _Parcel) -> None:
        """Publish as soon as the window allows."""
        if self._slots.locked() and self._posted.empty():
            self._journal.commit_soon()
        await self._slots.acquire()
        ack = await session.post(parcel.message)
        self._stats.messages += 1
        self._stats.published += parcel.records
        self._posted.put_nowait((parcel, ack))

    async def follow_acks(self) -> None:
        """Move the cursor as PUBACKs come in, in order."""
        while True:
            parcel, ack = await self._posted.get()
            await ack
            self._stats.acknowledged += parcel.records
            self._stats.acknowledged_ns = self._clock.mono_ns()
            if parcel.measured_ns is not None:
                self._stats.delivery.note(self._clock.mono_ns() - parcel.measured_ns)
            self._journal.advance(self._name, parcel.epoch, parcel.last_id)
            if self._slots.locked() and self._posted.empty():
                self._journal.commit_soon()
            self._acknowledged.put_nowait(parcel)

    async def follow_cursor(self) -> None:
        """Free a slot once the cursor on disk has passed a message."""
        while True:
            parcel = await self._acknowledged.get()
            await self._journal.wait_kept(self._name, parcel.epoch, parcel.last_id)
            self._slots.release()
