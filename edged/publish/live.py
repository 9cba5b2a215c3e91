"""The live lane: the newest reading of every subject, never late, never stale."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from edged.clock import Clock, ClockMap
from edged.config.model import LiveConfig, SubjectConfig
from edged.histogram import Histogram
from edged.model import NS_PER_MS, NS_PER_S, Chunk
from edged.publish.address import Message
from edged.publish.freshness import Limits, State, Vitals
from edged.publish.mqtt import Session
from edged.publish.payload import Live, SubjectState, dump, time_text
from edged.publish.retained import Retained
from edged.publish.topics import Topics
from edged.publish.wave import WaveLane
from edged.signals.zones import zone

EXPIRY_S: Final = 5
_TICK_S: Final = 0.25
_REPEAT_NS: Final = NS_PER_S
_KEPT_READINGS: Final = 4096
_KEPT_LATENCIES: Final = 4096
_LATENCY_BOUNDS_S: Final = (
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5
)  # fmt: skip


@dataclass(slots=True)
class LiveStats:
    """Counters since the start.

    Attributes:
        sent: live messages given to the socket.
        superseded: readings that were overtaken by a newer one before the socket took them.
        unsent: readings for which there was no connection.
    """

    sent: int = 0
    superseded: int = 0
    unsent: int = 0


@dataclass(frozen=True, slots=True)
class Reading:
    """What the page's charts show.

    Attributes:
        mark: counts up over all subjects.
        subject: whose.
        utc_ns: when it was received, by the node's clock.
        heart_rate: beats a minute; None where the line breaks off.
    """

    mark: int
    subject: str
    utc_ns: int
    heart_rate: float | None


@dataclass(slots=True)
class _Lane:
    """One subject on air."""

    config: SubjectConfig
    source: str | None
    vitals: Vitals
    n: int
    sent_ns: int = 0
    is_due: bool = False
    arrived_ns: int | None = None


class LiveLane:
    """Publishes live values and states.

    A value is given to the socket when it comes, or not at all: while the socket is full only the
    newest of each subject waits. When readings stop, a null goes out within 5 s of the last. Waveforms of
    who is fresh go behind the values.

    Attributes:
        latencies_ns: from receipt to the socket, of the last readings.
        latency: the same of all readings.
        progress_ns: when it last let time tell, monotonic.

    Args:
        config: when a reading is stale, and when a subject is lost.
        subjects: who is measured.
        sources: subject to the source that measures it.
        topics: of this node.
        retained: where the states go.
        clock: the node's.
        clock_map: of this boot.
    """

    def __init__(
        self,
        config: LiveConfig,
        subjects: Sequence[SubjectConfig],
        sources: dict[str, str],
        topics: Topics,
        retained: Retained,
        clock: Clock,
        clock_map: ClockMap,
    ) -> None:
        self.stats = LiveStats()
        self.waves = WaveLane(config, topics, clock, clock_map)
        self.latencies_ns: deque[int] = deque(maxlen=_KEPT_LATENCIES)
        self.latency = Histogram(_LATENCY_BOUNDS_S)
        self.readings: deque[Reading] = deque(maxlen=_KEPT_READINGS)
        self._topics = topics
        self._retained = retained
        self._clock = clock
        self._clock_map = clock_map
        self._session: Session | None = None
        self._mark = 0
        self._steps_told = 0
        self.progress_ns = clock.mono_ns()
        self._lanes = {
            subject.name: self._new_lane(config, subject, sources.get(subject.name)) for subject in subjects
        }
        self._by_source = {lane.source: lane for lane in self._lanes.values() if lane.source}

    def vitals(self, subject: str) -> Vitals:
        """Return what is known of a subject."""
        return self._lanes[subject].vitals

    def configure(
        self, config: LiveConfig, subjects: Sequence[SubjectConfig], sources: dict[str, str]
    ) -> None:
        """Go on with other subjects, sources or limits.

        Who keeps their source keeps their reading. A reading of another source is withdrawn at once, before
        the new one can say a word; of who is gone, nothing stays at the broker.
        """
        self.waves.configure(config)
        before, self._lanes = self._lanes, {}
        for name, lane in before.items():
            if sources.get(name) != lane.source or all(subject.name != name for subject in subjects):
                if lane.vitals.state == "fresh" and lane.vitals.withdraw(self._clock.mono_ns(), "stale"):
                    self._withdraw(lane)
                self.waves.cut(name)
                self._retained.clear(self._topics.state(name))
        for subject in subjects:
            source = sources.get(subject.name)
            lane = self._new_lane(config, subject, source)
            known = before.get(subject.name)
            if known is not None:
                lane.n = known.n
                if known.source == source:
                    lane = known
                    lane.config = subject
                    lane.vitals.limits = _limits(config)
                    lane.vitals.waveforms = frozenset(config.wave_streams)
            self._lanes[subject.name] = lane
        self._by_source = {lane.source: lane for lane in self._lanes.values() if lane.source}
        self.tell_states()

    def take(self, source: str, chunks: Sequence[Chunk], arrived_ns: int) -> None:
        """Take what one packet of a source meant, and publish what is new."""
        lane = self._by_source.get(source)
        if lane is None:
            return
        before = self._public(lane)
        if lane.vitals.take(chunks, arrived_ns):
            self._note_reading(lane)
            self._send(lane, arrived_ns)
        if self._public(lane) != before:
            self._tell_state(lane)
        if lane.vitals.state == "fresh":
            self.waves.take(lane.config.name, chunks, arrived_ns)
            self._flush_waves()
        else:
            self.waves.cut(lane.config.name)

    def tell_states(self) -> None:
        """Publish every subject's state as it is."""
        self._steps_told = len(self._clock_map.steps)
        for lane in self._lanes.values():
            self._tell_state(lane)

    def withdraw_all(self) -> None:
        """Take every reading back: the node stops."""
        now_ns = self._clock.mono_ns()
        for lane in self._lanes.values():
            if lane.source and lane.vitals.withdraw(now_ns, "lost"):
                self._withdraw(lane)

    async def run(self) -> None:
        """Let readings grow stale, until cancelled."""
        while True:
            await self._clock.sleep(_TICK_S)
            self.tick()

    def tick(self) -> None:
        """Withdraw what has grown stale; say again what is fresh, once a second."""
        now_ns = self.progress_ns = self._clock.mono_ns()
        for lane in self._lanes.values():
            if lane.vitals.tick(now_ns):
                self._withdraw(lane)
            elif lane.vitals.heart_rate is not None and now_ns - lane.sent_ns >= _REPEAT_NS:
                self._send(lane)
        self._flush_waves()
        if len(self._clock_map.steps) != self._steps_told:  # since when, by the clock as it is right now
            self.tell_states()

    async def serve(self, session: Session) -> None:
        """Publish over one connection, until it ends.

        Raises:
            BrokerUnreachable: it has ended.
        """
        self._session = session
        self.waves.connect(session)
        session.has_drained = self._flush
        for lane in self._lanes.values():
            lane.is_due = False
        try:
            await session.wait_ended()
        finally:
            self._session = None
            self.waves.connect(None)

    def _new_lane(self, config: LiveConfig, subject: SubjectConfig, source: str | None) -> _Lane:
        now_ns = self._clock.mono_ns()
        state: State = "stale" if source else "unassigned"
        vitals = Vitals(_limits(config), now_ns, state, frozenset(config.wave_streams))
        # n goes on where an earlier run of this boot cannot have come to
        return _Lane(subject, source, vitals, now_ns // NS_PER_MS)

    def _withdraw(self, lane: _Lane) -> None:
        self.waves.cut(lane.config.name)
        self._note_reading(lane)
        self._send(lane)
        self._tell_state(lane)

    def _send(self, lane: _Lane, arrived_ns: int | None = None) -> None:
        """Send what is known now; ``arrived_ns`` is when it came, None for what is no new reading."""
        lane.sent_ns = self._clock.mono_ns()
        if self._session is None:
            self.stats.unsent += 1
            return
        if arrived_ns is not None:
            self.stats.superseded += lane.is_due
        if arrived_ns is not None or not lane.is_due:
            lane.arrived_ns = arrived_ns
        lane.is_due = True
        self._flush_lane(lane, self._session)

    def _flush(self) -> None:
        """Send what waited for the socket."""
        for lane in self._lanes.values():
            if lane.is_due and self._session is not None:
                self._flush_lane(lane, self._session)
        self._flush_waves()

    def _flush_waves(self) -> None:
        """Let waveforms go, unless a value waits."""
        if not any(lane.is_due for lane in self._lanes.values()):
            self.waves.flush()

    def _flush_lane(self, lane: _Lane, session: Session) -> None:
        if not session.writable:
            return
        lane.is_due = False
        lane.n += 1
        if session.send(
            Message(self._topics.live(lane.config.name), dump(self._live(lane))), expiry_s=EXPIRY_S
        ):
            self.stats.sent += 1
            if lane.arrived_ns is not None and lane.vitals.heart_rate is not None:
                latency_ns = self._clock.mono_ns() - lane.arrived_ns
                self.latencies_ns.append(latency_ns)
                self.latency.note(latency_ns)

    def _live(self, lane: _Lane) -> Live:
        vitals = lane.vitals
        utc_ns, clock_ok = self._clock_map.to_utc_ns(vitals.measured_ns or self._clock.mono_ns())
        rate, hr_max = vitals.heart_rate, lane.config.hr_max
        return {
            "v": 1,
            "boot": self._clock.boot,
            "n": lane.n,
            "t": time_text(utc_ns),
            "t_ok": clock_ok,
            "hr": rate,
            "rr_ms": vitals.take_intervals(),
            "rmssd_ms": None if vitals.rmssd_ms is None else round(vitals.rmssd_ms, 2),
            "zone": zone(rate, hr_max) if rate is not None and hr_max is not None else None,
            "quality": vitals.quality,
            "delay_s": 0.0,
        }

    def _public(self, lane: _Lane) -> SubjectState:
        vitals = lane.vitals
        return {
            "v": 1,
            "state": vitals.state,
            "since": time_text(self._clock_map.to_utc_ns(vitals.since_ns)[0]),
            "name": lane.config.title or lane.config.name,
            "source": lane.source,
            "contact": vitals.contact,
            "battery_pct": vitals.battery_pct,
            "quality": vitals.quality,
        }

    def _tell_state(self, lane: _Lane) -> None:
        self._retained.put(self._topics.state(lane.config.name), dump(self._public(lane)))

    def _note_reading(self, lane: _Lane) -> None:
        self._mark += 1
        utc_ns, _ = self._clock_map.to_utc_ns(self._clock.mono_ns())
        self.readings.append(Reading(self._mark, lane.config.name, utc_ns, lane.vitals.heart_rate))


def _limits(config: LiveConfig) -> Limits:
    return Limits(config.stale_after_s, config.lost_after_s)
