"""Everything on one machine: simulated straps, a broker, the page, the overlays, and a proof."""

import asyncio
import socket
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from random import SystemRandom
from statistics import quantiles
from tempfile import TemporaryDirectory
from typing import Final
from urllib.parse import urlencode

from edged.clock import Clock
from edged.config.edit import Edit, edited
from edged.config.file import ConfigFile, default_history
from edged.config.model import (
    Config,
    JournalConfig,
    NodeConfig,
    SourceConfig,
    SubjectConfig,
    UplinkConfig,
    WebConfig,
)
from edged.configurator import Configurator
from edged.daemon import Node
from edged.model import NS_PER_MS
from edged.ops import process
from edged.publish.address import BrokerAddress
from edged.publish.completeness import Report
from edged.publish.topics import Topics
from edged.sim.broker import embedded_broker
from edged.tasks import end
from edged.verify import Verifier

_LOOPBACK: Final = "127.0.0.1"
_SITE, _NODE = "demo", "table-1"
_STRAP, _ECG_STRAP = "heart_rate", "polar?streams=ecg"
_PLAYERS: Final = (
    ("ada", "Ada Lovelace", "sim:resting?seed=1&device=h10", _ECG_STRAP),
    ("blaise", "Blaise Pascal", "sim:stress?seed=2", _STRAP),
    ("emmy", "Emmy Noether", "sim:exercise?seed=3&ectopic=0.02", _STRAP),
    ("sofia", "Sofia Kovalevskaya", "sim:recovery?seed=4", _STRAP),
)


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the demo listens.

    Attributes:
        web: the page and the overlays.
        mqtt: the broker, over TCP.
        websocket: the broker, for overlays.
        replaced: for each port that was in use, a sentence that names it and what stands in for it.
    """

    web: int
    mqtt: int
    websocket: int
    replaced: tuple[str, ...]

    @property
    def page_url(self) -> str:
        """The status page."""
        return f"http://{_LOOPBACK}:{self.web}/"

    @property
    def broker_url(self) -> str:
        """The broker, for programs."""
        return f"mqtt://{_LOOPBACK}:{self.mqtt}"

    def overlay_url(self, subject: str, overlay: str) -> str:
        """Return an overlay of a subject."""
        query = urlencode(
            {"subject": subject, "broker": f"ws://{_LOOPBACK}:{self.websocket}", "site": _SITE}, safe=":/"
        )
        return f"http://{_LOOPBACK}:{self.web}/overlay/{overlay}?{query}"


@dataclass(frozen=True, slots=True)
class DemoReport:
    """What one run of the demo did; ``live`` times are from receipt to socket write."""

    sources: int
    chunks: int
    recorded: int
    published: int
    acknowledged: int
    lost: int
    duplicates: int
    live_p50_ms: float
    live_p99_ms: float
    rss_mb: float
    start_s: float
    scipy_loaded: bool


def choose_ports(web: int, mqtt: int, websocket: int) -> Ports:
    """Return the wanted ports, each replaced by a free one where another program has it."""
    chosen: dict[str, int] = {}
    replaced = []
    wanted = {"page": web, "broker": mqtt, "broker's WebSocket": websocket}
    for what, port in wanted.items():
        chosen[what] = port
        if port in list(chosen.values())[:-1] or not _is_free(port):
            chosen[what] = _free_port()
            replaced.append(f"Port {port} for the {what} is in use; {chosen[what]} stands in for it.")
    return Ports(chosen["page"], chosen["broker"], chosen["broker's WebSocket"], tuple(replaced))


def overlays(ports: Ports) -> list[tuple[str, str]]:
    """Return address and content of every overlay: everyone's heart rate, and who has one, an ECG."""
    rates = [(ports.overlay_url(name, "heart-rate"), title) for name, title, _, _ in _PLAYERS]
    waves = [
        (ports.overlay_url(name, "waveform"), f"{title}, ECG")
        for name, title, _, decoder in _PLAYERS
        if decoder == _ECG_STRAP
    ]
    return rates + waves


async def run_demo(
    ports: Ports, clock: Clock, stop: asyncio.Event, *, on_ready: Callable[[float], None]
) -> DemoReport:
    """Run until ``stop`` is set; return what was done, as an independent consumer saw it.

    Args:
        ports: where to listen; free ones.
        clock: the node's.
        stop: ends it.
        on_ready: called once the page answers, with the seconds since the process began.

    Raises:
        DriverError: the demo's broker is not installed.
    """
    with TemporaryDirectory(prefix="edged-demo-") as folder:
        async with embedded_broker(ports.mqtt, ports.websocket):
            return await _run(Path(folder), ports, clock, stop, on_ready)


class _Stage:
    """Runs the demo's node, under a configuration that the page may change as that of any other.

    Args:
        config: to begin with.
        folder: where its file is, and its versions.
        clock: the node's.
    """

    def __init__(self, config: Config, folder: Path, clock: Clock) -> None:
        self._config = config
        self._file = folder / "edged.toml"
        self._clock = clock
        self._over = asyncio.Event()
        text = _text(config)
        self._file.write_text(text, encoding="utf-8")
        history = ConfigFile(self._file, default_history(self._file, {}))
        self._configurator = Configurator(history, text, config, clock, self._renew)

    async def run(self, stop: asyncio.Event, on_listening: Callable[[str, int], None]) -> Node:
        """Run until ``stop`` is set; return the last node."""

        async def pass_on() -> None:
            await stop.wait()
            self._over.set()

        passing = asyncio.create_task(pass_on(), name="stop")
        try:
            while True:
                self._over.clear()
                node = Node(
                    self._config,
                    self._clock,
                    SystemRandom(),
                    control=self._configurator,
                    file=self._file,
                )
                self._configurator.node = node
                await node.run(self._over, on_listening=on_listening)
                if stop.is_set():
                    return node
        finally:
            await end(passing)
            await self._configurator.end()

    def _renew(self, config: Config) -> None:
        self._config = config
        self._over.set()


def _text(config: Config) -> str:
    """Return a configuration as a file says it."""
    edits = [
        Edit("add", (key,), entry) if isinstance(value, list) else Edit("set", (key,), value)
        for key, value in config.model_dump(mode="json", exclude_unset=True).items()
        for entry in (value if isinstance(value, list) else (value,))
    ]
    return edited("", edits)


async def _run(
    folder: Path, ports: Ports, clock: Clock, stop: asyncio.Event, on_ready: Callable[[float], None]
) -> DemoReport:
    verifier = Verifier(
        BrokerAddress(ports.broker_url, "edged-demo-verify"),
        Topics("edged/v1", _SITE, _NODE),
        clock,
        from_start=True,
        protocol="3.1.1",
    )
    heard_enough = asyncio.Event()
    listening = asyncio.create_task(verifier.run(stop=heard_enough), name="verify")
    start_s: list[float] = []
    stage = _Stage(_config(ports, folder), folder, clock)

    def listens(_host: str, _port: int) -> None:
        if not start_s:
            start_s.append(process.age_s())
            on_ready(start_s[0])

    try:
        await verifier.listening.wait()
        node = await stage.run(stop, listens)
    finally:
        heard_enough.set()
        seen = await listening
    return _report(node, seen, start_s[0] if start_s else 0.0)


def _config(ports: Ports, folder: Path) -> Config:
    return Config(
        node=NodeConfig(site=_SITE, name=_NODE),
        uplink=UplinkConfig(url=ports.broker_url, protocol="3.1.1"),
        journal=JournalConfig(path=folder / "edged.db"),
        web=WebConfig(port=ports.web),
        subject=tuple(SubjectConfig(name=name, title=title, hr_max=190) for name, title, _, _ in _PLAYERS),
        source=tuple(
            SourceConfig(name=f"strap-{name}", link=link, decoder=decoder, subject=name)
            for name, _, link, decoder in _PLAYERS
        ),
    )


def _report(node: Node, seen: Report, start_s: float) -> DemoReport:
    p50, p99 = _percentiles([ns / NS_PER_MS for ns in node.live.latencies_ns])
    committed = node.committed
    return DemoReport(
        sources=len(node.sources),
        chunks=node.journal.stats.chunks,
        recorded=committed,
        published=node.uplink.stats.published if node.uplink else 0,
        acknowledged=node.uplink.stats.acknowledged if node.uplink else 0,
        lost=committed - seen.received,
        duplicates=seen.duplicates,
        live_p50_ms=round(p50, 3),
        live_p99_ms=round(p99, 3),
        rss_mb=round(process.rss_mb(), 1),
        start_s=round(start_s, 2),
        scipy_loaded="scipy" in sys.modules,
    )


def _percentiles(values: list[float]) -> tuple[float, float]:
    if len(values) < 2:
        return 0.0, 0.0
    cuts = quantiles(values, n=100, method="inclusive")
    return cuts[49], cuts[98]


def _is_free(port: int) -> bool:
    with closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_LOOPBACK, port))
        except OSError:
            return False
    return True


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind((_LOOPBACK, 0))
        return int(probe.getsockname()[1])
