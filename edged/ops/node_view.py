"""Puts the status together from what the parts of the running node say."""

import asyncio
from itertools import takewhile

from edged import __version__
from edged.clock import ClockQuality, wait_for
from edged.config.model import SubjectConfig
from edged.errors import EdgedError
from edged.model import NS_PER_MS, NS_PER_S
from edged.ops.instruments import WebStats
from edged.ops.metric import Family
from edged.ops.metric_table import read
from edged.ops.parts import Parts
from edged.ops.running_devices import RunningDevices
from edged.ops.signals import Feed, Signals
from edged.ops.status import (
    AdapterStatus,
    BrokerStatus,
    JournalStatus,
    NodeStatus,
    SourceStatus,
    Status,
    SubjectStatus,
)
from edged.ops.words import (
    adapter_words,
    broker_words,
    journal_words,
    node_words,
    source_words,
    subject_words,
)
from edged.publish.payload import time_text
from edged.signals.zones import zone
from edged.sources.equipment import AdapterReport
from edged.sources.link import shown_link
from edged.sources.supervisor import Source

_CHANGED_S = 1.0


class RunningNode:
    """The ``NodeView`` of a running node."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._changed = asyncio.Event()
        self._refused: EdgedError | None = None
        self.signals = Signals(self._feeds)
        self.devices = RunningDevices(lambda: self._parts)

    def refuse(self, error: EdgedError | None) -> None:
        """Show why a new configuration was not taken, until one is (None)."""
        self._refused = error
        self._parts.instruments.is_refused = error is not None
        self.touch()

    def show(self, parts: Parts) -> None:
        """Show these parts from now on: some were replaced."""
        self._parts = parts
        self.touch()

    @property
    def web_stats(self) -> WebStats:
        """Where the page counts."""
        return self._parts.instruments.web

    def metrics(self) -> list[Family]:
        """Return every metric as of now."""
        return read(self._parts)

    def touch(self) -> None:
        """Wake those who wait for a change."""
        self._changed.set()

    async def changed(self) -> None:
        """Wait until something has changed; at most a second."""
        self._changed.clear()
        await wait_for(self._changed, self._parts.clock, _CHANGED_S)

    def readings_after(self, mark: int) -> tuple[int, dict[str, list[tuple[int, float | None]]]]:
        """Return the readings told after a mark, by subject, and the mark to ask with next."""
        told: dict[str, list[tuple[int, float | None]]] = {}
        new = list(takewhile(lambda reading: reading.mark > mark, reversed(self._parts.live.readings)))
        for reading in reversed(new):
            told.setdefault(reading.subject, []).append((reading.utc_ns // NS_PER_MS, reading.heart_rate))
        return (new[0].mark if new else mark), told

    def status(self) -> Status:
        """Return the status as of now."""
        parts = self._parts
        return Status(
            node=self._node(),
            broker=self._broker(),
            journal=self._journal(),
            sources=[self._source(source) for source in parts.sources],
            adapters=[self._adapter(report) for report in parts.equipment.adapters()],
            subjects=[self._subject(subject) for subject in parts.config.subject],
        )

    def _feeds(self) -> list[Feed]:
        return [Feed(source.config, source.streams(), source.recent) for source in self._parts.sources]

    def _age_s(self, since_ns: int) -> float:
        return max(self._parts.clock.mono_ns() - since_ns, 0) / NS_PER_S

    def _node(self) -> NodeStatus:
        parts = self._parts
        utc_ns, ok = parts.clock_map.to_utc_ns(parts.clock.mono_ns())
        quality = ClockQuality.SYNCED if ok else ClockQuality.UNSYNCED
        return NodeStatus(
            site=parts.config.node.site,
            node=parts.config.node.name,
            software=__version__,
            boot=parts.clock.boot,
            up_s=self._age_s(parts.started_ns),
            clock=quality.value,
            utc=time_text(utc_ns),
            mode="refused" if self._refused else "normal",
            words=node_words("refused" if self._refused else "normal", self._refused),
        )

    def _broker(self) -> BrokerStatus:
        broker, uplink, uplink_config = self._parts.broker, self._parts.uplink, self._parts.config.uplink
        if broker is None or uplink is None or uplink_config is None:
            return BrokerStatus(
                state="off",
                words=broker_words("off", None),
                url="",
                since_s=self._age_s(self._parts.started_ns),
                protocol="",
                backlog=0,
                published=0,
                acknowledged=0,
                connects=0,
                failures=0,
            )
        version = broker.session.version if broker.session else ""
        return BrokerStatus(
            state=broker.state,
            words=broker_words(broker.state, broker.problem),
            url=uplink_config.url,
            since_s=self._age_s(broker.since_ns),
            protocol={"5": "5.0"}.get(version, version),
            backlog=uplink.backlog,
            published=uplink.stats.published,
            acknowledged=self._parts.journal.cursor(uplink.name),
            connects=broker.stats.connects,
            failures=broker.stats.failures,
        )

    def _journal(self) -> JournalStatus:
        journal = self._parts.journal
        return JournalStatus(
            state=journal.state,
            words=journal_words(journal.state, journal.problem),
            epoch=journal.epoch,
            head=journal.head,
            waiting=journal.waiting,
            dropped=journal.stats.dropped,
            commits=journal.stats.commits,
            size_bytes=journal.stats.size_bytes,
            cap_bytes=journal.cap_bytes,
        )

    def _source(self, source: Source) -> SourceStatus:
        config, stats = source.config, source.stats
        battery, rssi = (source.readings.get(quantity) for quantity in ("battery", "rssi"))
        battery_pct = None if battery is None else round(battery)
        return SourceStatus(
            name=source.name,
            link=shown_link(config.link),
            decoder=config.decoder,
            subject=config.subject,
            state=source.state,
            words=source_words(source.state, source.problem, battery_pct),
            since_s=self._age_s(source.since_ns),
            last_packet_s=None if source.last_packet_ns is None else self._age_s(source.last_packet_ns),
            packets=stats.packets,
            samples=stats.samples,
            faults=stats.faults,
            restarts=stats.restarts,
            last_fault=source.last_fault,
            battery_pct=battery_pct,
            rssi_dbm=None if rssi is None else round(rssi),
            heart_rate=self._heart_rate(source),
        )

    def _heart_rate(self, source: Source) -> float | None:
        """Return what tells people which strap it is; of whom is off air, nothing."""
        subject = source.config.subject
        if subject is not None and self._parts.live.vitals(subject).state == "off_air":
            return None
        return source.heart_rate(self._parts.config.live.stale_after_s)

    def _adapter(self, adapter: AdapterReport) -> AdapterStatus:
        return AdapterStatus(
            name=adapter.name,
            address=adapter.address,
            bus=adapter.bus,
            state=adapter.state,
            words=adapter_words(adapter.state, adapter.problem),
            since_s=self._age_s(adapter.since_ns),
            slots=adapter.slots,
            sources=list(adapter.sources),
            resets=adapter.resets,
        )

    def _subject(self, subject: SubjectConfig) -> SubjectStatus:
        vitals = self._parts.live.vitals(subject.name)
        source = next((s for s in self._parts.sources if s.config.subject == subject.name), None)
        reason: EdgedError | None = source.problem if source else None
        rate, quality = vitals.heart_rate, vitals.quality
        age_s = None if vitals.received_ns is None else self._age_s(vitals.received_ns)
        is_silent = vitals.state in {"stale", "lost"}
        return SubjectStatus(
            name=subject.name,
            title=subject.title or subject.name,
            source=source.name if source else None,
            state=vitals.state,
            words=subject_words(vitals.state, poor=quality == "poor", contact=vitals.contact, reason=reason),
            since_s=age_s if age_s is not None and is_silent else self._age_s(vitals.since_ns),
            heart_rate=rate,
            rmssd_ms=vitals.rmssd_ms,
            zone=zone(rate, subject.hr_max) if rate is not None and subject.hr_max is not None else None,
            contact=vitals.contact,
            battery_pct=vitals.battery_pct,
            quality=quality,
            age_s=age_s,
        )
