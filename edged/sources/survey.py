"""A look around beside the running node: begun by hand, ended by itself, careful of what streams."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Final

from edged.clock import Clock, wait_for
from edged.config.model import Config
from edged.errors import EdgedError, SourceLost
from edged.log import log_event
from edged.messages import SCAN_DEFECT
from edged.model import NS_PER_S
from edged.sources.equipment import Equipment
from edged.sources.link import LinkContext, scheme_of
from edged.sources.nearby import Nearby, Owner
from edged.sources.scanner import find_scanner, known_scanners
from edged.tasks import end

LASTS_S: Final = 30.0
UNASKED_S: Final = 6.0
"""Nobody has asked for so long what there is: nobody looks any more."""
_RETRY_S: Final = 3.0
_SETTLED_S: Final = 1.0
"""A scanner that has run for so long can look around."""
_LOOK_S: Final = 0.5
_log: Final = logging.getLogger(__name__)


def owners_of(config: Config) -> dict[str, Owner]:
    """Return the sources that scanning can find, by name, with whom they measure."""
    titles = {subject.name: subject.title or subject.name for subject in config.subject}
    kinds = known_scanners()
    return {
        source.name: Owner(source.name, source.subject, titles[source.subject] if source.subject else "")
        for source in config.source
        if scheme_of(source.link) in kinds
    }


def links_of(config: Config, kind: str) -> dict[str, str]:
    """Return source to link, of the sources that a scanner of this kind can find."""
    return {source.name: source.link for source in config.source if scheme_of(source.link) == kind}


class Survey:
    """Looks around for ``LASTS_S`` when it is told to, with what the links of the node share.

    What was found stays until it is begun anew. A kind of scanner that cannot look around says why, and is
    tried again while the look lasts.

    Args:
        config: returns the configuration as it holds.
        clock: the node's.
        equipment: of the node: a radio is shared with the straps that stream over it.
    """

    def __init__(self, config: Callable[[], Config], clock: Clock, equipment: Equipment) -> None:
        self._config = config
        self._clock = clock
        self._equipment = equipment
        self._nearby = Nearby(clock, {})
        self._problems: dict[str, EdgedError] = {}
        self._begin = asyncio.Event()
        self._ends_ns = 0
        self._asked_ns = 0

    @property
    def is_running(self) -> bool:
        """Whether it looks around now."""
        return self._begin.is_set()

    @property
    def left_s(self) -> float:
        """For how long it goes on; 0 where it does not run."""
        return max(self._ends_ns - self._clock.mono_ns(), 0) / NS_PER_S if self.is_running else 0.0

    def start(self) -> None:
        """Begin; nothing where it runs."""
        self._asked_ns = self._clock.mono_ns()
        if not self.is_running:
            self._ends_ns = self._asked_ns + round(LASTS_S * NS_PER_S)
            self._problems.clear()
            self._nearby = Nearby(self._clock, {})
            self._begin.set()

    def nearby(self) -> Nearby:
        """Return what is around by now, and what is in the way; who asks keeps it going."""
        self._asked_ns = self._clock.mono_ns()
        self._nearby.problems = list(self._problems.values())
        return self._nearby

    async def run(self) -> None:
        """Look around whenever it is begun, until cancelled."""
        while True:
            await self._begin.wait()
            try:
                await self._look()
            finally:
                self._begin.clear()

    async def _look(self) -> None:
        """Look around until the time is over, or nobody asks; anew where the configuration changes."""
        while self._is_wanted():
            config = self._config()
            self._nearby.own(owners_of(config))
            scans = [
                asyncio.create_task(self._scan(kind, config), name=f"scan {kind}")
                for kind in known_scanners()
            ]
            try:
                while self._is_wanted() and self._config() is config:
                    await self._clock.sleep(_LOOK_S)
            finally:
                await end(*scans)

    def _is_wanted(self) -> bool:
        now_ns = self._clock.mono_ns()
        return now_ns < self._ends_ns and now_ns - self._asked_ns < UNASKED_S * NS_PER_S

    async def _scan(self, kind: str, config: Config) -> None:
        """Look around in one way, again and again where it fails."""
        while True:
            try:
                await self._scan_once(
                    kind,
                    links_of(config, kind),
                    LinkContext(self._clock, equipment=self._equipment, ble=config.ble),
                )
            except EdgedError as error:
                self._problems[kind] = error
            except Exception as error:  # noqa: BLE001  the wall: who streams does not go down with it
                what = f"its scanner failed: {type(error).__name__}"
                self._problems[kind] = problem = SourceLost(
                    what, where=kind, mend="Report this with the log."
                )
                log_event(_log, SCAN_DEFECT, error=error, kind=kind, reason=problem.what)
            await self._clock.sleep(_RETRY_S)

    async def _scan_once(self, kind: str, links: Mapping[str, str], context: LinkContext) -> None:
        over = asyncio.Event()
        scanning = asyncio.ensure_future(find_scanner(kind)(context, links, self._nearby.take))
        scanning.add_done_callback(lambda _: over.set())
        try:
            if not await wait_for(over, self._clock, _SETTLED_S):
                self._problems.pop(kind, None)
            await scanning
        finally:
            await end(scanning)
