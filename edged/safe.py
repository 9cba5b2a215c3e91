"""Safe mode: when the daemon cannot run, the page at least is there and says why."""

import asyncio
import logging
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pydantic import ValidationError

from edged import __version__
from edged.access.opening import access_path, opened_gate
from edged.clock import Clock, ClockMap, ClockQuality, wait_for
from edged.config.file import ConfigFile, default_history
from edged.config.model import Config, WebConfig
from edged.config.toml import load
from edged.errors import ConfigError, EdgedError, PermanentError
from edged.log import log_event
from edged.messages import SAFE_MODE
from edged.model import NS_PER_S
from edged.ops import logging as log
from edged.ops.desk import Desk
from edged.ops.doctor.checkup import Checkup
from edged.ops.doctor.latest import Latest
from edged.ops.doctor.patient import Patient
from edged.ops.doctor.threads import Threads
from edged.ops.instruments import AccessStats, WebStats
from edged.ops.metric import Family
from edged.ops.metric_table import read_safe
from edged.ops.network.desk import NetworkDesk
from edged.ops.signals import Signals
from edged.ops.status import (
    BrokerStatus,
    JournalStatus,
    NodeStatus,
    SourceStatus,
    Status,
    SubjectStatus,
)
from edged.ops.summary import summary
from edged.ops.systemd import RESULTS, Notifier
from edged.ops.words import broker_words, journal_words, node_words, source_words, subject_words
from edged.publish.payload import time_text
from edged.sources.link import shown_link
from edged.tasks import end

if TYPE_CHECKING:
    from edged.configurator import Configurator

_LOG: Final = "`journalctl -u edged` tells more."
_LOOK_S: Final = 1.0
_log: Final = logging.getLogger(__name__)


def why_safe(file: Path, environment: Mapping[str, str]) -> EdgedError:
    """Return why the daemon does not run: its configuration, or how it ended.

    Args:
        file: of the configuration.
        environment: of a unit that systemd started by ``OnFailure=``.
    """
    try:
        load(file)
    except ConfigError as error:
        return ConfigError(f"{error.where}: {error.what}", mend=error.mend)
    result = environment.get("MONITOR_SERVICE_RESULT", "")
    return PermanentError(f"edged does not run: {RESULTS.get(result, 'it was asked to be safe')}", mend=_LOG)


def safe_config(file: Path) -> Config:
    """Return what can be had of a configuration: all of it, or where it is wrong, where the page is."""
    try:
        return load(file)
    except ConfigError:
        pass
    try:
        web = tomllib.loads(file.read_text(encoding="utf-8-sig")).get("web", {})
        return Config(web=WebConfig.model_validate(web))
    except (OSError, ValueError, ValidationError):
        return Config()


class SafeNode:
    """The ``NodeView`` of a node that measures nothing.

    Args:
        config: as far as it could be read.
        clock: the node's.
        reason: why.
    """

    def __init__(self, config: Config, clock: Clock, reason: EdgedError) -> None:
        self._config = config
        self._clock = clock
        self._clock_map = ClockMap(clock.boot)
        self._started_ns = clock.mono_ns()
        self._reason = reason
        self._never = asyncio.Event()
        self.web_stats = WebStats()
        self.signals = Signals(tuple)
        self.devices = None

    async def changed(self) -> None:
        """Wait a second: nothing changes but the time."""
        await wait_for(self._never, self._clock, _LOOK_S)

    def readings_after(self, mark: int) -> tuple[int, dict[str, list[tuple[int, float | None]]]]:
        """Return no readings."""
        return mark, {}

    @property
    def _up_s(self) -> float:
        return (self._clock.mono_ns() - self._started_ns) / NS_PER_S

    def metrics(self) -> list[Family]:
        """Return who it is, and that it measures nothing."""
        return read_safe(self._config, self._up_s)

    def status(self) -> Status:
        """Return the status as of now."""
        self._clock_map.observe(self._clock)
        up_s = self._up_s
        utc_ns, is_set = self._clock_map.to_utc_ns(self._clock.mono_ns())
        config = self._config
        return Status(
            node=NodeStatus(
                site=config.node.site,
                node=config.node.name,
                software=__version__,
                boot=self._clock.boot,
                up_s=up_s,
                clock=(ClockQuality.SYNCED if is_set else ClockQuality.UNSYNCED).value,
                utc=time_text(utc_ns),
                mode="safe",
                words=node_words("safe", self._reason),
            ),
            broker=BrokerStatus(
                state="off",
                words=broker_words("off", None).model_copy(
                    update={"sentence": "Safe mode: nothing is sent."}
                ),
                url=config.uplink.url if config.uplink else "",
                since_s=up_s,
                protocol="",
                backlog=0,
                published=0,
                acknowledged=0,
                connects=0,
                failures=0,
            ),
            journal=JournalStatus(
                state="stopped",
                words=journal_words("stopped", None),
                epoch="",
                head=0,
                waiting=0,
                dropped=0,
                commits=0,
                size_bytes=0,
                cap_bytes=round(config.journal.max_size_mb * 1e6),
            ),
            sources=[
                SourceStatus(
                    name=source.name,
                    link=shown_link(source.link),
                    decoder=source.decoder,
                    subject=source.subject,
                    state="stopped",
                    words=source_words("stopped", None),
                    since_s=up_s,
                    last_packet_s=None,
                    packets=0,
                    samples=0,
                    faults=0,
                    restarts=0,
                )
                for source in config.source
            ],
            adapters=[],
            subjects=[
                SubjectStatus(
                    name=subject.name,
                    title=subject.title or subject.name,
                    source=next((s.name for s in config.source if s.subject == subject.name), None),
                    state="lost",
                    words=subject_words("lost", poor=False, contact=None, reason=self._reason),
                    since_s=up_s,
                    heart_rate=None,
                    rmssd_ms=None,
                    zone=None,
                    contact=None,
                    battery_pct=None,
                    quality=None,
                    age_s=None,
                )
                for subject in config.subject
            ],
        )


async def run_safe(
    config: Config,
    reason: EdgedError,
    clock: Clock,
    stop: asyncio.Event,
    notifier: Notifier,
    *,
    file: Path | None = None,
    on_listening: Callable[[str, int], None],
) -> bool:
    """Serve the page until ``stop`` is set, or the configuration was mended there; keep systemd told.

    Args:
        config: see ``safe_config``.
        reason: see ``why_safe``.
        clock: the node's.
        stop: ends it.
        notifier: tells systemd.
        file: of the configuration, for the doctor to look at, and the page to mend.
        on_listening: called with host and port once the page answers.

    Returns:
        Whether the configuration was mended: the daemon is to be tried again.
    """
    log_event(_log, SAFE_MODE, reason=reason)
    view = SafeNode(config, clock, reason)
    mended = asyncio.Event()
    network = NetworkDesk(clock, Threads(), lambda: config.web)
    desk = Desk(network, lambda: config)

    def listens(host: str, port: int) -> None:
        network.listening = host, port
        on_listening(host, port)

    page = asyncio.ensure_future(_serve(view, config, file, clock, mended, desk, listens))
    try:
        notifier.ready()
        while not stop.is_set() and not mended.is_set():
            notifier.status(summary(view.status()))
            notifier.alive()
            log.tick()
            await wait_for(stop, clock, _LOOK_S)
    finally:
        notifier.stopping()
        await end(page)
    return mended.is_set()


def _doctor(file: Path | None, clock: Clock) -> Latest:
    """Return who looks the board over, with the configuration as it is each time: somebody mends it now."""
    threads = Threads()

    def patient() -> Patient:
        try:
            known = load(file) if file else None
        except ConfigError:
            known = None
        return Patient(clock, known, file, threads=threads)

    return Latest(Checkup(patient), clock)


def _control(config: Config, file: Path | None, clock: Clock, mended: asyncio.Event) -> "Configurator | None":
    """Return who mends the file; a good one ends safe mode."""
    from edged.configurator import Configurator  # noqa: PLC0415  loaded beside the start, not before systemd is told, as in _serve

    if file is None:
        return None
    try:
        text = file.read_bytes().decode("utf-8-sig", errors="replace")
    except OSError:  # written anew
        text = ""
    there = ConfigFile(file, default_history(file))
    return Configurator(there, text, config, clock, lambda _config: mended.set(), by="found in safe mode")


async def _serve(
    view: SafeNode,
    config: Config,
    file: Path | None,
    clock: Clock,
    mended: asyncio.Event,
    desk: Desk,
    on_listening: Callable[[str, int], None],
) -> None:
    from edged.web.page import serve_page  # noqa: PLC0415  FastAPI is loaded beside, not before systemd is told

    path = access_path(config.journal.path)
    control = _control(config, file, clock, mended)
    async with opened_gate(path, clock, AccessStats()) as gate:
        await serve_page(
            view,
            config.web,
            clock,
            control=control,
            doctor=_doctor(file, clock),
            gate=gate,
            desk=desk,
            folder=path.parent,
            on_listening=on_listening,
        )
