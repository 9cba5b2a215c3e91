"""The composition root: puts the parts together and runs them in one TaskGroup."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from random import Random
from typing import Final

from edged.access.opening import access_path, opened_gate
from edged.backoff import Backoff
from edged.clock import Clock, ClockMap, ClockQuality, ClockStep
from edged.config.change import Change
from edged.config.model import Config, SourceConfig, UplinkConfig
from edged.errors import TraceError
from edged.log import log_event
from edged.messages import (
    CLOCK_NOT_SET,
    CLOCK_SET,
    CLOCK_STEPPED,
    NOT_ALL_DELIVERED,
    TRACE_ENDED,
    TRACE_NOT_RECORDED,
)
from edged.model import DEVICE_IDENTIFIED, NS_PER_S, Chunk, Event
from edged.ops.certificate_watch import CertificateWatch
from edged.ops.control import Control
from edged.ops.delivery import DeliveryDesk
from edged.ops.delivery_watch import DeliveryWatch, Moment
from edged.ops.desk import Desk
from edged.ops.doctor.checkup import Checkup
from edged.ops.doctor.latest import Latest
from edged.ops.doctor.patient import Patient
from edged.ops.doctor.threads import Threads
from edged.ops.instruments import Instruments
from edged.ops.loop_lag import LoopLag
from edged.ops.network.desk import NetworkDesk
from edged.ops.node_view import RunningNode
from edged.ops.parts import Parts
from edged.ops.telemetry import Telemetry
from edged.publish.address import BrokerAddress
from edged.publish.broker import Broker
from edged.publish.live import LiveLane
from edged.publish.password import broker_password
from edged.publish.presence import Presence
from edged.publish.probe import Probe
from edged.publish.retained import Retained
from edged.publish.topics import Topics
from edged.publish.troubles import Troubles
from edged.publish.uplink import Uplink
from edged.sources.equipment import Equipment
from edged.sources.link import Link, LinkContext, shown_link
from edged.sources.numbering import Numbering
from edged.sources.recording import RecordingLink
from edged.sources.roster import Roster
from edged.sources.supervisor import Source
from edged.store.journal import Journal
from edged.tasks import end
from edged.trace import TraceWriter

UPLINK: Final = "main"
_CLOCK_WATCH_S: Final = 1.0
_EPOCH_WATCH_S: Final = 0.5
_PAGE_MOVES_S: Final = 0.5
_GOODBYE_S: Final = 3.0
_STORE_RETRY_S: Final = (0.5, 10.0)
_log: Final = logging.getLogger(__name__)


def _unheard(_host: str, _port: int) -> None:
    return


class Node:
    """One running ``edged``: made from a configuration, run once.

    Args:
        config: of the node.
        clock: the node's.
        random: jitters every retry.
        equipment: radios that are there already.
        control: what the page may change this node by; None, and it only shows.
        file: that the configuration comes from; None where it comes from none.

    Raises:
        DriverError: a source names a link or decoder that there is not.
    """

    def __init__(
        self,
        config: Config,
        clock: Clock,
        random: Random,
        equipment: Equipment | None = None,
        control: Control | None = None,
        file: Path | None = None,
    ) -> None:
        self._config = config
        self._file = file
        self._clock = clock
        self._random = random
        self._control = control
        self._clock_map = ClockMap(clock.boot)
        self._clock_map.observe(clock)
        self._started_ns = clock.mono_ns()
        self._resources = ExitStack()
        uplink = config.uplink
        self._topics = Topics(uplink.prefix if uplink else "edged/v1", config.node.site, config.node.name)
        self._retained = Retained()
        self.journal = Journal(
            config.journal,
            clock,
            self._clock_map,
            [UPLINK] if uplink else [],
            Backoff(*_STORE_RETRY_S, random),
        )
        self._presence = Presence(self._topics, self._retained, clock, self._clock_map)
        self.live = LiveLane(
            config.live,
            config.subject,
            _measured_by(config),
            self._topics,
            self._retained,
            clock,
            self._clock_map,
        )
        self._troubles = Troubles(clock)
        self.broker = self._new_broker(uplink)
        self.uplink = Uplink(UPLINK, uplink, self._topics, self.journal, clock) if uplink else None
        self._equipment = equipment or Equipment()
        context = LinkContext(clock, self.journal.room, equipment=self._equipment, ble=config.ble)
        self._numbering = Numbering()
        self.sources = Roster(
            config.source,
            lambda source: Source(source, context, self, self._wrapped, random),
            self._numbering,
            self._forget,
        )
        self._applying = asyncio.Lock()
        self._is_ending = False
        self._group: asyncio.TaskGroup | None = None
        self._broker_task: asyncio.Task[None] | None = None
        self._page_task: asyncio.Task[None] | None = None
        self._telemetry_task: asyncio.Task[None] | None = None
        self.instruments = Instruments(LoopLag(clock))
        self._on_listening: Callable[[str, int], None] = _unheard
        self.view = RunningNode(self._parts())
        self._threads = Threads()
        self._watch = DeliveryWatch(clock, self._moment)
        self._certificates = CertificateWatch(clock, self._threads, self._where, lambda: self.broker)
        self._network = NetworkDesk(clock, self._threads, lambda: self._config.web)
        self.desk = self._desk()
        self._doctor = Latest(Checkup(self._patient), clock)

    @property
    def committed(self) -> int:
        """How many records and events this run has committed."""
        return self.journal.stats.chunks + self.journal.stats.events

    @property
    def is_answering(self) -> bool:
        """Whether the page has begun to answer, or none is to."""
        return self._network.listening is not None or not self._config.web.enabled

    @property
    def is_ending(self) -> bool:
        """Whether it takes leave, or has: nothing can be applied to it any more; its silence is no fault."""
        return self._is_ending

    def take(self, source: str, chunks: Sequence[Chunk], events: Sequence[Event], arrived_ns: int) -> None:
        """Send what one packet meant both ways: live first, then the record lane."""
        chunks = self._numbering.number(source, chunks)
        self.live.take(source, chunks, arrived_ns)
        for chunk in chunks:
            self._presence.tell_stream(source, chunk.info, self.sources[source].config.decoder)
            self.journal.append(source, chunk)
        for event in events:
            if event.kind == DEVICE_IDENTIFIED:
                self._presence.tell_device(source, event.detail)
            self.journal.append(source, event)
        self.view.touch()

    async def run(
        self,
        stop: asyncio.Event,
        *,
        on_listening: Callable[[str, int], None] = _unheard,
    ) -> None:
        """Run until ``stop`` is set; then take leave in order: sources, disk, broker.

        Args:
            stop: ends the node.
            on_listening: called with host and port once the page answers.
        """
        self._note_step(self._clock_map.steps[0])
        self.live.tell_states()
        with self._resources:
            await self._run(stop, on_listening)

    def check(self, config: Config) -> Change:
        """Return the step to another configuration, having seen that it can be taken.

        Raises:
            ConfigError: a step of a chain does not fit its stream.
        """
        change = Change(self._config, config)
        if not change.whole:
            self.sources.check(change)
        return change

    async def apply(self, config: Config, *, by: str) -> Change:
        """Go on under another configuration; sources and connections that it does not touch do not notice.

        The caller has seen to it that links and decoders exist (``check_config``), and builds a new node
        where ``Change.whole`` says so.

        Args:
            config: that holds from now on.
            by: who wants it, for the record.

        Raises:
            ConfigError: a step of a chain does not fit its stream; nothing has been changed.
            ValueError: the change takes a new node.
        """
        async with self._applying:
            change = self.check(config)
            if change.whole:
                raise ValueError(f"a new node is needed for another {', '.join(change.whole)}")
            self._config = config
            await self.sources.apply(change)
            self.live.configure(config.live, config.subject, _measured_by(config))
            self.view.show(self._parts())
            sections = set(change.sections)
            if "uplink" in sections:
                await self._change_uplink(config)
            if "telemetry" in sections:
                await self._change_telemetry()
            self.view.show(self._parts())
            if "web" in sections and self._group is not None:
                self._group.create_task(self._change_page(), name="web changes")
            if change.lines:
                detail: dict[str, object] = {"by": by, "changes": list(change.lines)}
                self.journal.append("", Event("configuration_applied", self._clock.mono_ns(), "", detail))
            return change

    async def _run(self, stop: asyncio.Event, on_listening: Callable[[str, int], None]) -> None:
        self._on_listening = on_listening
        async with asyncio.TaskGroup() as group:
            self._group = group
            journal = group.create_task(self.journal.run(), name="journal")
            self._start_broker()
            beside = [
                group.create_task(self.live.run(), name="live"),
                group.create_task(self._watch_clock(), name="clock"),
                group.create_task(self._announce(), name="presence"),
                group.create_task(self._watch.run(), name="delivery watch"),
                group.create_task(self._certificates.run(), name="certificate watch"),
                group.create_task(self.instruments.loop_lag.run(), name="loop lag"),
                group.create_task(self.view.devices.survey.run(), name="survey"),
            ]
            self._start_page()
            self._start_telemetry()
            self.sources.start(group)
            await stop.wait()
            self._is_ending = True
            async with self._applying:
                self._group = None
                await self.sources.stop()
                await end(*beside, *filter(None, (self._page_task, self._telemetry_task)))
                await self._take_leave()
                await end(*([self._broker_task] if self._broker_task else []), journal)

    def _new_broker(self, uplink: UplinkConfig | None) -> Broker | None:
        if uplink is None:
            return None
        return Broker(
            lambda: self._address(uplink), uplink.protocol, self._clock, self._random, self._troubles
        )

    def _start_broker(self) -> None:
        if self.broker is None or self.uplink is None or self._group is None:
            return
        jobs = (self.live.serve, self._presence.serve, self._retained.serve, self.uplink.serve)
        self._broker_task = self._group.create_task(self.broker.run(*jobs), name="broker")

    async def _change_uplink(self, config: Config) -> None:
        """Leave the broker for another one, or for the same one under other terms."""
        if self._broker_task is not None:
            await end(self._broker_task)
        self.broker = self._new_broker(config.uplink)
        if self.uplink is not None and config.uplink is not None:
            self.uplink.configure(config.uplink)
        self._start_broker()

    def _start_page(self) -> None:
        if self._config.web.enabled and self._group is not None:
            self._page_task = self._group.create_task(self._serve_page(), name="web")

    async def _change_page(self) -> None:
        """Serve the page where it is to be from now on; who asked for that there gets an answer first."""
        await self._clock.sleep(_PAGE_MOVES_S)
        if self._page_task is not None:
            await end(self._page_task)
            self._page_task = None
        self._start_page()

    def _start_telemetry(self) -> None:
        if self._group is not None:
            telemetry = Telemetry(
                self._config,
                self._clock,
                self._clock_map,
                self._started_ns,
                self.view.metrics,
                self.instruments.telemetry,
            )
            self._telemetry_task = self._group.create_task(telemetry.run(), name="telemetry")

    async def _change_telemetry(self) -> None:
        if self._telemetry_task is not None:
            await end(self._telemetry_task)
        self._start_telemetry()

    def _forget(self, source: str) -> None:
        """Let go of a source that is no more: its descriptors, its place at a radio."""
        self._presence.forget(source)
        self._equipment.forget(source)

    def _parts(self) -> Parts:
        return Parts(
            self._config,
            self._clock,
            self._clock_map,
            self._started_ns,
            self.sources,
            self.journal,
            self.live,
            self.broker,
            self.uplink,
            self._equipment,
            self._presence,
            self.instruments,
        )

    def _patient(self) -> Patient:
        return Patient(self._clock, self._config, self._file, is_running=True, threads=self._threads)

    def _desk(self) -> Desk:
        probe = Probe(self._topics, self._clock, self._clock_map, lambda: self.broker, self.instruments.tests)
        return Desk(
            delivery=DeliveryDesk(self._parts, self._watch, self._certificates, probe),
            network=self._network,
            config=lambda: self._config,
        )

    def _moment(self) -> Moment | None:
        if self.uplink is None or self.broker is None:
            return None
        stats = self.uplink.stats
        return Moment(self._clock.mono_ns(), stats.published, stats.acknowledged, self.uplink.backlog)

    def _where(self) -> BrokerAddress | None:
        """Return where the broker is, without who we are: enough to look at its certificate."""
        uplink = self._config.uplink
        return BrokerAddress(uplink.url, "", ca_file=uplink.ca_file) if uplink else None

    async def _take_leave(self) -> None:
        """Say that nothing is measured any more, and deliver what is committed, while it is possible."""
        self.live.withdraw_all()
        try:
            async with asyncio.timeout(_GOODBYE_S):
                if self.journal.ready:
                    await self.journal.flush()
                if self.uplink and self.broker and self.broker.session:
                    await self.uplink.drained()
                    self._presence.farewell()
                    await self._retained.all_said()
        except TimeoutError:
            log_event(_log, NOT_ALL_DELIVERED)

    def _address(self, uplink: UplinkConfig) -> BrokerAddress:
        return BrokerAddress(
            url=uplink.url,
            client_id=f"edged-{self._config.node.site}-{self._config.node.name}",
            username=uplink.username,
            password=broker_password(uplink),
            ca_file=uplink.ca_file,
            keepalive_s=uplink.keepalive_s,
            will=self._presence.will(),
        )

    def _wrapped(self, link: Link, source: SourceConfig) -> Link:
        """Put a recording around a link where one is wanted; without it where it cannot be written."""
        if source.trace is None:
            return link
        try:
            writer = TraceWriter(
                source.trace, clock=self._clock, decoder=source.decoder, link=shown_link(source.link)
            )
        except (OSError, TraceError) as error:
            log_event(_log, TRACE_NOT_RECORDED, source=source.name, reason=error)
            return link
        self._resources.callback(writer.close)
        return RecordingLink(
            link,
            writer,
            lambda error: log_event(_log, TRACE_ENDED, source=source.name, reason=error.strerror),
        )

    async def _announce(self) -> None:
        """Say that the node is online, at once, and keep the journal's epoch in that status right."""
        while True:
            self._presence.announce(self.journal.epoch)
            await self._clock.sleep(_EPOCH_WATCH_S)

    async def _watch_clock(self) -> None:
        while True:
            await self._clock.sleep(_CLOCK_WATCH_S)
            step = self._clock_map.observe(self._clock)
            if step is not None:
                self._note_step(step)

    def _note_step(self, step: ClockStep) -> None:
        self.journal.add_clock_step(step)
        self._presence.tell_clock()
        steps = self._clock_map.steps
        self._log_step(steps[-2] if len(steps) > 1 else step, step)

    def _log_step(self, before: ClockStep, step: ClockStep) -> None:
        step_s = ((step.utc_ns - before.utc_ns) - (step.mono_ns - before.mono_ns)) / NS_PER_S
        if step.quality is ClockQuality.UNSYNCED:
            log_event(_log, CLOCK_NOT_SET)
        elif before.quality is ClockQuality.UNSYNCED:
            log_event(_log, CLOCK_SET, step_s=step_s)
        elif before is not step:
            log_event(_log, CLOCK_STEPPED, step_s=step_s)

    async def _serve_page(self) -> None:
        await asyncio.to_thread(import_module, "edged.web.page")  # takes long, and no sample waits for it
        from edged.web.page import serve_page  # noqa: PLC0415  a node without a page does without FastAPI

        path = access_path(self._config.journal.path)
        async with opened_gate(path, self._clock, self.instruments.access) as gate:
            await serve_page(
                self.view,
                self._config.web,
                self._clock,
                control=self._control,
                doctor=self._doctor,
                gate=gate,
                desk=self.desk,
                folder=path.parent,
                on_listening=self._listens,
            )

    def _listens(self, host: str, port: int) -> None:
        self._network.listening = host, port
        self._on_listening(host, port)


def _measured_by(config: Config) -> dict[str, str]:
    """Return who measures each subject that is measured."""
    return {source.subject: source.name for source in config.source if source.subject}
