"""Runs the sources: each in its own task, restarted when it fails, none touching another."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Final, Protocol

from edged.backoff import Backoff
from edged.clock import wait_for
from edged.config.model import SourceConfig
from edged.errors import DriverError, EdgedError, PermanentError, SourceLost, StepError
from edged.log import log_event
from edged.messages import (
    SOURCE_BACK,
    SOURCE_DEFECT,
    SOURCE_ENDED,
    SOURCE_FAILED,
    SOURCE_FAULTS,
    SOURCE_LIVE,
    SOURCE_LOST,
)
from edged.model import NS_PER_S, Chunk, Event, Packet, Quality, StreamInfo
from edged.signals.chain import Chain, preload
from edged.sources.decoder import Decoded, ShowingDecoder, TimedDecoder, make_decoder
from edged.sources.gaps import Gaps
from edged.sources.history import History, SourceState
from edged.sources.link import Link, LinkContext, LinkPhase, open_link
from edged.sources.recent import Recent
from edged.tasks import end

_RESTART_S: Final = (0.5, 5.0)
_WATCH_S: Final = 0.5
_SILENT_NS: Final = 4 * NS_PER_S
_QUEUED_COMMANDS: Final = 64
_WAKE_PAUSE_S: Final = 0.01
_CONDITION: Final = frozenset({"battery", "rssi"})
_REASON_LOG_NS: Final = 600 * NS_PER_S
_REASONS: Final = 16
_SHOWN_BYTES: Final = 64
_FAULT_LOG_NS: Final = 60 * NS_PER_S
_log: Final = logging.getLogger(__name__)


class Sink(Protocol):
    """Where the samples of all sources go."""

    def take(self, source: str, chunks: Sequence[Chunk], events: Sequence[Event], arrived_ns: int) -> None:
        """Take what one packet meant; must not wait."""


@dataclass(slots=True)
class SourceStats:
    """Counters since the start."""

    packets: int = 0
    samples: int = 0
    faults: int = 0
    restarts: int = 0


WrapLink = Callable[[Link, SourceConfig], Link]


class Source:
    """One device: link, decoder and chains, and how they are doing.

    Args:
        config: of the source.
        context: what its link may use.
        sink: where its samples go.
        wrap: what is put around its link, such as a recording; may return it as it is.
        random: jitters restarts.
    """

    def __init__(
        self, config: SourceConfig, context: LinkContext, sink: Sink, wrap: WrapLink, random: Random
    ) -> None:
        self.name = config.name
        self.config = config
        self.stats = SourceStats()
        self.gaps = Gaps()
        self.recent = Recent()
        self.history = History()
        self.problem: EdgedError | None = None
        self.last_fault = ""
        self.last_packet_ns: int | None = None
        self._clock = context.clock
        self._sink = sink
        self._backoff = Backoff(*_RESTART_S, random)
        self.readings: dict[str, float] = {}
        self._rate: tuple[int, float | None] | None = None
        self._decoder = make_decoder(config.decoder)
        channels = self._decoder.channels()
        self._needed = {channel.name for channel in channels if not channel.optional}
        self._quiet_s = max((c.quiet_s for c in channels if not c.optional), default=0.0)
        self._silent_after_ns = max(_SILENT_NS, round(self._quiet_s * NS_PER_S))
        context = replace(context, source=config.name, channels=channels, report=self._on_phase)
        self._link = wrap(open_link(config.link, context), config)
        self._chains: dict[str, Chain] = {}
        _preload(config)
        self._phase: SourceState = "starting"
        self._phase_ns = self._clock.mono_ns()
        self.history.note(self._phase_ns, self._phase, None)
        self._heard_ns: int | None = self._phase_ns
        self._fault_logged_ns: int | None = None
        self._commands: asyncio.Queue[Packet] = asyncio.Queue(_QUEUED_COMMANDS)
        self._harm: asyncio.Future[None] | None = None
        self._fed = asyncio.Event()
        self._is_lost = self._is_reported = False
        self._lost_ns = 0
        self._has_streamed = False
        self._logged_ns: dict[str, int] = {}

    @property
    def state(self) -> SourceState:
        """How it is doing now."""
        if self._phase == "streaming" and self._silent_ns > self._silent_after_ns:
            return "silent"
        return self._phase

    def heart_rate(self, within_s: float) -> float | None:
        """Return the heart rate that it told last, beats a minute; None where it is older, or no good one."""
        if self._rate is None or self._clock.mono_ns() - self._rate[0] > within_s * NS_PER_S:
            return None
        return self._rate[1]

    @property
    def since_ns(self) -> int:
        """Since when it is in that state, monotonic."""
        return self._clock.mono_ns() - self._silent_ns if self.state == "silent" else self._phase_ns

    @property
    def _silent_ns(self) -> int:
        """How long it could have spoken and did not; 0 while its link still takes its time."""
        return 0 if self._heard_ns is None else self._clock.mono_ns() - self._heard_ns

    def streams(self) -> tuple[StreamInfo, ...]:
        """Return what it measures, as its decoder knows by now; without what chains add."""
        seen = {info.quantity: info for info in (*self._decoder.streams(), *self.recent.streams())}
        return tuple(seen.values())

    def check(self, config: SourceConfig) -> None:
        """See whether other settings fit the streams that there are.

        Raises:
            ConfigError: a step does not, such as a cut-off above half the rate of its stream.
        """
        for quantity, chain in self._chains.items():
            try:
                Chain(chain.info, config.steps_for(quantity))
            except StepError as error:
                raise error.under(f"source[{config.name}].chain[{quantity}].steps") from error

    def adjust(self, config: SourceConfig) -> None:
        """Go on under other settings of the same device: not a packet is missed.

        Chains that differ begin anew with the next chunk; see ``Numbering`` for what they count.
        """
        _preload(config)
        for quantity in list(self._chains):
            if self.config.steps_for(quantity) != config.steps_for(quantity):
                del self._chains[quantity]
        self.config = config

    def identify(self) -> None:
        """Have the device show which one it is: its light blinks for some seconds.

        Raises:
            SourceLost: it is not connected now.
            DriverError: it has nothing to show itself by.
        """
        if not isinstance(self._decoder, ShowingDecoder):
            raise DriverError(
                "this device has no light that could blink",
                where=self.name,
                mend="Tap a strap's electrodes, and watch whose number moves; unplug another device, "
                "and watch which one falls silent.",
            )
        if self.state != "streaming" or not self._decoder.show(self._clock.mono_ns()):
            raise SourceLost(
                "it is not connected now",
                where=self.name,
                mend="Look after its connection first, then try again.",
            )
        self._fed.set()

    async def run(self) -> None:
        """Keep the link running until cancelled, its trace ends, or it cannot work as configured."""
        while True:
            try:
                await self._run_link()
            except SourceLost as error:
                self._lose(error)
            except PermanentError as error:
                self.problem = error
                self._move("failed")
                self._tell("source_failed", {"reason": error.what})
                log_event(_log, SOURCE_FAILED, source=self.name, subject=self.config.subject, reason=error)
                return
            except Exception as error:  # noqa: BLE001  the wall between sources: a defect in one driver stops here
                what = f"its driver failed: {type(error).__name__}"
                self._lose(SourceLost(what, mend="Report this with the log."), defect=error)
            else:
                self._move("ended")
                self._tell("source_ended", {})
                log_event(_log, SOURCE_ENDED, source=self.name, subject=self.config.subject)
                return
            await self._clock.sleep(self._backoff.next_delay_s())
            self.stats.restarts += 1
            self._move("starting")

    def _lose(self, error: SourceLost, defect: Exception | None = None) -> None:
        """Note a loss: told once until the source is back, logged again where the reason is another one."""
        self._note_problem(error, defect)
        self._move("backing_off")

    def _note_problem(self, problem: EdgedError, defect: Exception | None = None) -> None:
        now_ns = self._clock.mono_ns()
        if not self._is_lost:
            self._is_lost, self._lost_ns = True, now_ns
            self._tell("source_lost", {"reason": problem.what})
        if now_ns - self._logged_ns.get(problem.what, -_REASON_LOG_NS) >= _REASON_LOG_NS:
            self._log_problem(problem, defect)
            self._logged_ns[problem.what] = now_ns
            while len(self._logged_ns) > _REASONS:
                del self._logged_ns[next(iter(self._logged_ns))]
        self.problem = problem

    def _log_problem(self, problem: EdgedError, defect: Exception | None) -> None:
        if defect is None:
            log_event(_log, SOURCE_LOST, source=self.name, subject=self.config.subject, reason=problem)
            return
        # What an exception says may quote what was measured; where it was does not.
        where = SourceLost(type(defect).__name__).with_traceback(defect.__traceback__)
        log_event(
            _log, SOURCE_DEFECT, error=where, source=self.name, subject=self.config.subject, reason=problem
        )
        _log.debug("source %s", self.name, exc_info=defect)

    async def _run_link(self) -> None:
        """Run the link once, watched.

        Raises:
            SourceLost: it ended, or fell silent.
            PermanentError: it cannot work as configured: a driver, a trace, a step of a chain.
        """
        self._heard_ns = self._clock.mono_ns()
        while not self._commands.empty():
            self._commands.get_nowait()
        self._queue(self._decoder.start())
        link = asyncio.create_task(self._link.run(self._deliver), name=f"link {self.name}")
        self._harm = asyncio.get_running_loop().create_future()
        tasks: list[asyncio.Future[None]] = [
            link,
            self._harm,
            asyncio.create_task(self._send_commands(), name=f"commands {self.name}"),
            asyncio.create_task(self._watch(), name=f"watch {self.name}"),
        ]
        if isinstance(self._decoder, TimedDecoder):
            tasks.append(asyncio.create_task(self._wake(self._decoder), name=f"wake {self.name}"))
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await end(*tasks)
        for task in sorted(done, key=tasks.index):
            if task.cancelled():  # by itself: nobody else had done so yet
                raise SourceLost("its driver gave up", where=self.name, mend="Report this with the log.")
            task.result()

    async def _watch(self) -> None:
        while True:
            await self._clock.sleep(_WATCH_S)
            self._note_silence()
            silent_s = self._silent_ns / NS_PER_S
            if silent_s >= max(self.config.silence_s, self._quiet_s):
                raise SourceLost(
                    f"nothing came for {silent_s:.0f} s",
                    mend="Check that the device is on, worn and in range.",
                )

    def _note_silence(self) -> None:
        """Keep that it fell silent, and that it speaks again: nothing but a look tells that."""
        state = self.state
        if state == "silent" or (state == "streaming" and self.history.phases[-1].state == "silent"):
            self.history.note(self.since_ns if state == "silent" else self._clock.mono_ns(), state, None)

    async def _wake(self, decoder: TimedDecoder) -> None:
        """Wake a decoder when it is due; packets may change when that is."""
        while True:
            self._fed.clear()
            due_ns = decoder.due_ns()
            if due_ns is None or self._heard_ns is None:  # nothing to do, or nobody there yet to do it with
                await self._fed.wait()
                continue
            wait_s = (due_ns - self._clock.mono_ns()) / NS_PER_S
            if wait_s > 0 and await wait_for(self._fed, self._clock, wait_s):
                continue
            now_ns = self._clock.mono_ns()
            self._pass_on(decoder.wake(now_ns), now_ns)
            await self._clock.sleep(_WAKE_PAUSE_S)

    async def _send_commands(self) -> None:
        while True:
            await self._link.send(await self._commands.get())

    def _deliver(self, packet: Packet) -> None:
        """Take a packet all the way to the sink; the link never sees what goes wrong above it."""
        harm = self._harm
        if harm is None or harm.done():
            return
        try:
            self._take(packet)
        except Exception as error:  # noqa: BLE001  kept, and raised by run(), which waits for it beside the link
            harm.set_exception(error)

    def _take(self, packet: Packet) -> None:
        arrived_ns = self._clock.mono_ns()
        self.last_packet_ns = arrived_ns
        is_needed = not self._needed or packet.channel in self._needed
        if is_needed:
            self._heard_ns = arrived_ns
        self.stats.packets += 1
        self.history.packets.append(packet)
        decoded = self._decoder.feed(packet)
        if decoded.faults and _log.isEnabledFor(logging.DEBUG):
            _log.debug("source %s: %r: %s", self.name, packet.channel, packet.data[:_SHOWN_BYTES].hex(" "))
        self._fed.set()
        if is_needed:
            self._note_stream()
        self._pass_on(decoded, arrived_ns)

    def _pass_on(self, decoded: Decoded, arrived_ns: int) -> None:
        """Send what was decoded through the chains to the sink, and commands to the device."""
        self._queue(decoded.commands)
        self._note_faults(decoded.faults, arrived_ns)
        chunks = [out for chunk in decoded.chunks for out in self._chain(chunk).process(chunk)]
        self._note_readings(decoded.chunks)
        for chunk in decoded.chunks:
            self.gaps.note(chunk)
            self.recent.take(chunk)
        self.stats.samples += sum(len(chunk) for chunk in chunks)
        events = [event.of_source(self.name) for event in decoded.events]
        if chunks or events:
            self._sink.take(self.name, chunks, events, arrived_ns)

    def _note_stream(self) -> None:
        """Note that a packet went through: only that proves that the source is back."""
        if self._phase == "streaming":
            return
        self.problem = None
        self._move("streaming")
        self._backoff.reset()
        self._is_reported = False
        if self._is_lost:
            self._is_lost = False
            self._logged_ns.clear()
            self._tell("source_back", {})
            away_s = round((self._clock.mono_ns() - self._lost_ns) / NS_PER_S, 1)
            log_event(_log, SOURCE_BACK, source=self.name, subject=self.config.subject, away_s=away_s)
        elif not self._has_streamed:
            log_event(_log, SOURCE_LIVE, source=self.name, subject=self.config.subject)
        self._has_streamed = True

    def _note_readings(self, chunks: Sequence[Chunk]) -> None:
        """Keep what tells how the device itself is, and what tells people which one it is."""
        for chunk in chunks:
            if chunk.info.quantity in _CONDITION:
                self.readings[chunk.info.quantity] = float(chunk.values[-1, 0])
            elif chunk.info.quantity == "heart_rate":
                is_good = Quality(int(chunk.quality[-1])).usable
                self._rate = (self._clock.mono_ns(), float(chunk.values[-1, 0]) if is_good else None)

    def _on_phase(self, phase: LinkPhase, problem: EdgedError | None) -> None:
        """Take what the link says of itself; from ``streaming`` on the device is expected to speak."""
        self._heard_ns = self._clock.mono_ns() if phase == "streaming" else None
        self._fed.set()
        if problem is not None:
            self._note_problem(problem)
        elif self._is_reported:
            self.problem = None  # what was in the way is not any more
        self._is_reported = problem is not None
        if phase == "streaming" and self._phase == "streaming":
            return  # a packet was faster than the report
        self._move("subscribing" if phase == "streaming" else phase)

    def _chain(self, chunk: Chunk) -> Chain:
        quantity = chunk.info.quantity
        chain = self._chains.get(quantity)
        if chain is None or chain.info != chunk.info:
            chain = self._chains[quantity] = Chain(chunk.info, self.config.steps_for(quantity))
        return chain

    def _queue(self, commands: Sequence[Packet]) -> None:
        for command in commands:
            try:
                self._commands.put_nowait(command)
            except asyncio.QueueFull:
                what = "commands are not taken by the device; one was dropped"
                self._note_faults([what], self._clock.mono_ns())

    def _note_faults(self, faults: Sequence[str], now_ns: int) -> None:
        if not faults:
            return
        self.stats.faults += len(faults)
        self.last_fault = faults[-1]
        if self._fault_logged_ns is None or now_ns - self._fault_logged_ns >= _FAULT_LOG_NS:
            self._fault_logged_ns = now_ns
            log_event(
                _log,
                SOURCE_FAULTS,
                source=self.name,
                subject=self.config.subject,
                reason=self.last_fault,
                faults=self.stats.faults,
            )

    def _tell(self, kind: str, detail: dict[str, object]) -> None:
        now_ns = self._clock.mono_ns()
        self._sink.take(self.name, (), (Event(kind, now_ns, self.name, detail),), now_ns)

    def _move(self, phase: SourceState) -> None:
        if phase != self._phase:
            self._phase, self._phase_ns = phase, self._clock.mono_ns()
        self.history.note(self._clock.mono_ns(), phase, self.problem)


def _preload(config: SourceConfig) -> None:
    for quantity in {"rr_interval", *(chain.stream for chain in config.chain)}:
        preload(config.steps_for(quantity))


def as_it_is(link: Link, _config: SourceConfig) -> Link:
    """Put nothing around a link."""
    return link
