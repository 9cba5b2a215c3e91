"""Sends the metrics to an OpenTelemetry collector, again and again, where one is configured."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from edged import __version__
from edged.clock import Clock, ClockMap
from edged.config.model import Config
from edged.errors import ConfigError
from edged.log import log_event
from edged.messages import COLLECTOR_BACK, COLLECTOR_FAILED, COLLECTOR_IMPOSSIBLE
from edged.ops.instruments import TelemetryStats
from edged.ops.metric import Family

if TYPE_CHECKING:  # an extra, and slow to import
    from edged.ops.otlp import OtlpExporter

_TIMEOUT_S: Final = 3.0
_log: Final = logging.getLogger(__name__)


def require(file: Path | None = None) -> "type[OtlpExporter]":
    """Return what exports; importing it takes a second on a small board.

    Args:
        file: the configuration that wants it, for the message.

    Raises:
        ConfigError: the package it comes in is not installed.
    """
    try:
        from edged.ops.otlp import OtlpExporter  # noqa: PLC0415  an optional package: without it everything else has to run
    except ImportError as error:
        raise ConfigError(
            "OpenTelemetry is not installed",
            file=file,
            key="telemetry.otlp_url",
            mend='Install it with: pip install "edged[otel]"; or remove telemetry.otlp_url.',
        ) from error
    return OtlpExporter


class Telemetry:
    """Exports every metric in an interval.

    Metrics are read on the event loop and sent in a thread. A collector that does not take them is told of
    once, until it takes them again; counters are sums since the start, so that nothing is missing then.

    Args:
        config: of the node: who it is, and where to.
        clock: paces exports.
        clock_map: of this boot.
        started_ns: since when is counted, monotonic.
        read: reads every metric.
        stats: counted up here.
    """

    def __init__(
        self,
        config: Config,
        clock: Clock,
        clock_map: ClockMap,
        started_ns: int,
        read: Callable[[], Sequence[Family]],
        stats: TelemetryStats,
    ) -> None:
        self._config = config
        self._clock = clock
        self._clock_map = clock_map
        self._started_ns = started_ns
        self._read = read
        self._stats = stats
        self._is_failing = False

    async def run(self) -> None:
        """Export until cancelled; return at once where no collector is configured, or nothing can export."""
        config = self._config.telemetry
        if config.otlp_url is None:
            return
        try:
            exporter = await asyncio.to_thread(self._make, config.otlp_url)
        except ConfigError as error:
            log_event(_log, COLLECTOR_IMPOSSIBLE, reason=error)
            return
        try:
            while True:
                await self._clock.sleep(config.interval_s)
                await self._export(exporter, config.otlp_url)
        finally:
            exporter.close()

    def _make(self, url: str) -> "OtlpExporter":
        node = self._config.node
        resource = {
            "service.name": "edged",
            "service.version": __version__,
            "service.instance.id": f"{node.site}/{node.name}",
            "edged.site": node.site,
            "edged.node": node.name,
        }
        return require()(url, _TIMEOUT_S, resource)

    async def _export(self, exporter: "OtlpExporter", url: str) -> None:
        began_ns, _ = self._clock_map.to_utc_ns(self._started_ns)
        now_ns, _ = self._clock_map.to_utc_ns(self._clock.mono_ns())
        problem = await asyncio.to_thread(exporter.export, self._read(), began_ns, now_ns)
        if problem is None:
            self._stats.exported += 1
            if self._is_failing:
                log_event(_log, COLLECTOR_BACK, collector=url)
        else:
            self._stats.failed += 1
            if not self._is_failing:
                log_event(_log, COLLECTOR_FAILED, collector=url, reason=problem)
        self._is_failing = problem is not None
