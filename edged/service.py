"""The daemon's life: a node made of a configuration file, the file read anew, and what systemd is told."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Final

from edged import __version__
from edged.clock import Clock
from edged.config.file import ConfigFile, default_history
from edged.config.model import Config
from edged.config.toml import parse
from edged.configurator import Configurator
from edged.daemon import Node
from edged.errors import ConfigError
from edged.log import log_event
from edged.messages import (
    CONFIGURATION_REFUSED,
    NODE_READY,
    NODE_STARTING,
    NODE_STOPPED,
    NODE_STOPPING,
    WATCHDOG_FED,
    WATCHDOG_WITHHELD,
)
from edged.model import NS_PER_S
from edged.ops import logging as log
from edged.ops.instruments import WatchdogStats
from edged.ops.progress import Progress
from edged.ops.summary import summary
from edged.ops.systemd import Notifier

READY_AFTER_S: Final = 10.0
"""So long the first source and the page are waited for before the service is called ready without them."""
_LOOK_S: Final = 1.0
_FEEDS: Final = 4
"""So often in its time the watchdog is fed."""
_log: Final = logging.getLogger(__name__)


class Service:
    """Runs one node after the other, each of the newest configuration that could be taken.

    Most of a new configuration is applied to the node that runs; what everything stands on (``Change.whole``)
    takes a new one. A file that is wrong changes nothing; the page, the log and systemd are told of it.

    Args:
        file: of the configuration.
        text: what it says now.
        clock: the node's.
        random: jitters retries.
        notifier: tells systemd.

    Raises:
        ConfigError: the configuration is wrong.
    """

    def __init__(self, file: Path, text: str, clock: Clock, random: Random, notifier: Notifier) -> None:
        self._config = parse(text, file)
        self._file = file
        self._configurator = Configurator(
            ConfigFile(file, default_history(file)), text, self._config, clock, self._renew
        )
        self._clock = clock
        self._random = random
        self._notifier = notifier
        self._node: Node | None = None
        self._node_over = asyncio.Event()
        self._reload_asked = asyncio.Event()
        self._is_ready = False
        self._stalled = ""
        self._watchdog = WatchdogStats() if notifier.watchdog_s is not None else None

    def reload(self) -> None:
        """Have the file read anew, as soon as may be."""
        self._reload_asked.set()

    async def run(self, stop: asyncio.Event, *, on_listening: Callable[[str, int], None]) -> None:
        """Run until ``stop`` is set.

        Args:
            stop: ends it.
            on_listening: called with host and port whenever the page begins to answer.

        Raises:
            DriverError: a source names a link or decoder that there is not.
        """
        async with asyncio.TaskGroup() as group:
            beside = [
                group.create_task(self._report(), name="report"),
                group.create_task(self._reload(), name="reload"),
                group.create_task(self._pass_on(stop), name="stop"),
            ]
            while not stop.is_set():
                self._node_over.clear()
                config = self._config
                log_event(
                    _log,
                    NODE_STARTING,
                    version=__version__,
                    node=log.node_name(config),
                    sources=len(config.source),
                    subjects=len(config.subject),
                )
                self._node = node = Node(
                    config, self._clock, self._random, control=self._configurator, file=self._file
                )
                node.instruments.watchdog = self._watchdog
                self._configurator.node = node
                await node.run(self._node_over, on_listening=on_listening)
                log_event(
                    _log,
                    NODE_STOPPED,
                    node=log.node_name(config),
                    committed=node.committed,
                    backlog=node.view.status().broker.backlog,
                )
            await self._configurator.end()
            for task in beside:
                task.cancel()

    def _renew(self, config: Config) -> None:
        self._config = config
        self._node_over.set()

    async def _pass_on(self, stop: asyncio.Event) -> None:
        await stop.wait()
        log_event(_log, NODE_STOPPING, node=log.node_name(self._config))
        self._notifier.stopping()
        self._node_over.set()

    async def _reload(self) -> None:
        while True:
            await self._reload_asked.wait()
            self._reload_asked.clear()
            self._notifier.reloading()
            try:
                await self._configurator.read_anew()
            except ConfigError as error:
                log_event(_log, CONFIGURATION_REFUSED, reason=error)
                if self._node is not None:
                    self._node.view.refuse(error)
            self._notifier.ready()

    async def _report(self) -> None:
        """Tell systemd how it stands, and feed its watchdog while the data's way moves."""
        watchdog_s = self._notifier.watchdog_s
        period_s = min(_LOOK_S, watchdog_s / _FEEDS) if watchdog_s else _LOOK_S
        ready_ns = self._clock.mono_ns() + round(READY_AFTER_S * NS_PER_S)
        while True:
            if self._node is not None:
                log.tick()
                self._tell(self._node, is_due=self._clock.mono_ns() >= ready_ns)
                if watchdog_s is not None and self._watchdog is not None:
                    self._feed(self._node, watchdog_s, self._watchdog)
            await self._clock.sleep(period_s)

    def _tell(self, node: Node, *, is_due: bool) -> None:
        status = node.view.status()
        self._notifier.status(summary(status))
        is_live = not status.sources or any(source.state == "streaming" for source in status.sources)
        if not self._is_ready and ((is_live and node.is_answering) or is_due):
            self._is_ready = True
            log_event(_log, NODE_READY, node=log.node_name(self._config), status=summary(status))
            self._notifier.ready()

    def _feed(self, node: Node, watchdog_s: float, stats: WatchdogStats) -> None:
        progress = Progress(node.journal.progress_ns, node.live.progress_ns, node.journal.is_opening)
        stalled = progress.stalled(self._clock.mono_ns(), watchdog_s)
        if not stalled:
            stats.fed += 1
            self._notifier.alive()
            if self._stalled:
                log_event(_log, WATCHDOG_FED, part=self._stalled)
        else:
            stats.withheld += 1
            if not self._stalled:
                log_event(_log, WATCHDOG_WITHHELD, part=stalled, patience_s=watchdog_s)
        self._stalled = stalled
