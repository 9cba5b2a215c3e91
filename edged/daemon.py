"""The composition root: puts the parts together and runs them in one TaskGroup."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from random import Random
from typing import Final

from edged.backoff import Backoff
from edged.clock import Clock, ClockMap, ClockStep
from edged.config.model import Config, SourceConfig, UplinkConfig
from edged.errors import PortInUse, TraceError
from edged.model import DEVICE_IDENTIFIED, Chunk, Event
from edged.ops.node_view import Parts, RunningNode
from edged.publish.address import BrokerAddress
from edged.publish.broker import Broker
from edged.publish.live import LiveLane
from edged.publish.presence import Presence
from edged.publish.retained import Retained
from edged.publish.topics import Topics
from edged.publish.uplink import Uplink
from edged.sources.equipment import Equipment
from edged.sources.link import Link, LinkContext, shown_link
from edged.sources.recording import RecordingLink
from edged.sources.supervisor import Source
from edged.store.journal import Journal
from edged.tasks import end
from edged.trace import TraceWriter

UPLINK: Final = "main"
_CLOCK_WATCH_S: Final = 1.0
_EPOCH_WATCH_S: Final = 0.5
_PORT_RETRY_S: Final = 5.0
_GOODBYE_S: Final = 3.0
_STORE_RETRY_S: Final = (0.5, 10.0)
_log: Final = logging.getLogger(__name__)


class Node:
    """One running ``edged``: made from a configuration, run once.

    Args:
        config: of the node.
        clock: the node's.
        random: jitters every retry.
        equipment: radios that are there already.

    Raises:
        DriverError: a source names a link or decoder that there is not.
    """

    def __init__(
        self, config: Config, clock: Clock, random: Random, equipment: Equipment | None = None
    ) -> None:
        self._config = config
        self._clock = clock
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
            {source.subject: source.name for source in config.source if source.subject},
            self._topics,
            self._retained,
            clock,
            self._clock_map,
        )
        self.broker = (
            Broker(lambda: self._address(uplink), uplink.protocol, clock, random) if uplink else None
        )
        self.uplink = Uplink(UPLINK, uplink, self._topics, self.journal, clock) if uplink else None
        self._equipment = equipment or Equipment()
        context = LinkContext(clock, self.journal.room, equipment=self._equipment, ble=config.ble)
        self.sources = [Source(source, context, self, self._wrapped, random) for source in config.source]
        self._decoders = {source.name: source.decoder for source in config.source}
        self.view = RunningNode(
            Parts(
                config,
                clock,
                self._clock_map,
                self._started_ns,
                self.sources,
                self.journal,
                self.live,
                self.broker,
                self.uplink,
                self._equipment,
            )
        )

    @property
    def committed(self) -> int:
        """How many records and events this run has committed."""
        return self.journal.stats.chunks + self.journal.stats.events

    def take(self, source: str, chunks: Sequence[Chunk], events: Sequence[Event], arrived_ns: int) -> None:
        """Send what one packet meant both ways: live first, then the record lane."""
        self.live.take(source, chunks, arrived_ns)
        for chunk in chunks:
            self._presence.tell_stream(source, chunk.info, self._decoders[source])
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
        on_listening: Callable[[str, int], None] = lambda _host, _port: None,
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

    async def _run(self, stop: asyncio.Event, on_listening: Callable[[str, int], None]) -> None:
        async with asyncio.TaskGroup() as group:
            journal = group.create_task(self.journal.run(), name="journal")
            broker = self._start_broker(group)
            beside = [
                group.create_task(self.live.run(), name="live"),
                group.create_task(self._watch_clock(), name="clock"),
                group.create_task(self._announce(), name="presence"),
            ]
            if self._config.web.enabled:
                beside.append(group.create_task(self._serve_page(on_listening), name="web"))
            sources = [group.create_task(s.run(), name=f"source {s.name}") for s in self.sources]
            await stop.wait()
            await end(*sources, *beside)
            await self._take_leave()
            await end(*([broker] if broker else []), journal)

    def _start_broker(self, group: asyncio.TaskGroup) -> asyncio.Task[None] | None:
        if self.broker is None or self.uplink is None:
            return None
        jobs = (self.live.serve, self._presence.serve, self._retained.serve, self.uplink.serve)
        return group.create_task(self.broker.run(*jobs), name="broker")

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
            _log.warning(
                "not everything was delivered before the stop; the rest goes out after the next start"
            )

    def _address(self, uplink: UplinkConfig) -> BrokerAddress:
        return BrokerAddress(
            url=uplink.url,
            client_id=f"edged-{self._config.node.site}-{self._config.node.name}",
            username=uplink.username,
            password=uplink.password.get_secret_value() if uplink.password else None,
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
            _log.error("source %s: its trace is not recorded: %s", source.name, error)
            return link
        self._resources.callback(writer.close)
        return RecordingLink(
            link,
            writer,
            lambda error: _log.error("source %s: its trace ends here: %s", source.name, error.strerror),
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

    async def _serve_page(self, on_listening: Callable[[str, int], None]) -> None:
        """Serve the page; a taken port is said once, and tried again."""
        from edged.web.server import serve  # noqa: PLC0415  a node without a page does without FastAPI

        web, said = self._config.web, False
        while True:
            try:
                await serve(self.view, web.host, web.port, on_listening=on_listening)
            except PortInUse as error:
                if not said:
                    _log.error("%s Everything else runs on.", error)
                    said = True
            await self._clock.sleep(_PORT_RETRY_S)
