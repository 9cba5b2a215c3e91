"""The one road by which a configuration comes to hold: from the page, the API, or a file edited by hand."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from edged.check import check_config
from edged.clock import Clock, ClockMap
from edged.config.change import Change
from edged.config.edit import Edit, edited, masked, unmasked
from edged.config.file import ConfigFile, Version, difference, etag_of
from edged.config.merge import merged
from edged.config.model import Config
from edged.config.toml import mistakes, parse
from edged.daemon import Node
from edged.errors import ConfigError
from edged.log import log_event
from edged.messages import CONFIGURATION_APPLIED, CONFIGURATION_NOT_KEPT, CONFIGURATION_TAKEN_BACK
from edged.model import NS_PER_S, Event
from edged.ops import logging as log
from edged.ops.control import Configuration, Draft, Plan, StaleError
from edged.ops.trial import TRIAL_S, Trial
from edged.publish.payload import time_text

_LOOK_S = 1.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Next:
    """A configuration that has been found good."""

    text: str
    config: Config
    change: Change


class Configurator:
    """The ``Control`` of a service: checks, saves, applies, watches, and takes back.

    A change that leaves worse what it touches is taken back after ``TRIAL_S``, or as soon as it is known that
    it can never work.

    Args:
        file: of the configuration.
        text: what it says now.
        config: the same, understood.
        clock: the node's.
        renew: has a new node made of a configuration; for what cannot be changed under a running one.
        by: who brought what it says now.
    """

    def __init__(
        self,
        file: ConfigFile,
        text: str,
        config: Config,
        clock: Clock,
        renew: Callable[[Config], None],
        by: str = "the start",
    ) -> None:
        self.node: Node | None = None
        self._file = file
        self._text = text
        self._config = config
        self._clock = clock
        self._clock_map = ClockMap(clock.boot)
        self._renew = renew
        self._lock = asyncio.Lock()
        self._trial_task: asyncio.Task[None] | None = None
        self._trial_ends_ns: int | None = None
        self._taken_back = ""
        self._keep(text, by, ())

    def configuration(self) -> Configuration:
        """Return what holds."""
        left = None
        if self._trial_ends_ns is not None:
            left = max(self._trial_ends_ns - self._clock.mono_ns(), 0) / NS_PER_S
        return Configuration(masked(self._text), etag_of(self._text), left, self._taken_back)

    def plan(self, text: str) -> Plan:
        """Return what a text would change; see ``Control``."""
        return self._plan(self._next(unmasked(text, self._text)))

    def planned(self, edits: Sequence[Edit]) -> Plan:
        """Return what edits would change; see ``Control``."""
        return self._plan(self._next(edited(self._text, edits)))

    def draft(self, text: str, edits: Sequence[Edit], base: str | None) -> Draft:
        """Make edits to a text, and say what there is to say of it; see ``Control``."""
        now = masked(self._text)
        text = text if base is None else merged(base, text, now)
        text = edited(text, edits) if edits else text
        differs = difference(now, masked(text))
        try:
            whole = unmasked(text, self._text)
            wrong = tuple(mistakes(whole, self._file.path))
            return Draft(text, wrong, differs, None if wrong else self._plan(self._next(whole)))
        except ConfigError as error:  # secrets that there are not, drivers
            return Draft(text, (error,), differs, None)

    async def apply(self, text: str, *, etag: str, by: str) -> Plan:
        """Save a text and go on under it; see ``Control``."""
        async with self._lock:
            self._demand(etag)
            return await self._take(unmasked(text, self._text), by)

    async def edit(self, edits: Sequence[Edit], *, etag: str, by: str) -> Plan:
        """Make edits, save them and go on under them; see ``Control``."""
        async with self._lock:
            if etag:
                self._demand(etag)
            return await self._take(edited(self._text, edits), by)

    def versions(self) -> list[Version]:
        """Return the versions that are kept, newest first."""
        return list(self._file.versions())[::-1]

    def version_text(self, number: int) -> str:
        """Return a version as it may be shown; see ``Control``."""
        return masked(self._file.text_of(number))

    async def restore(self, number: int, *, etag: str, by: str) -> Plan:
        """Go back to a version; see ``Control``."""
        async with self._lock:
            self._demand(etag)
            return await self._take(self._file.text_of(number), by)

    def mark(self, text: str, *, by: str) -> None:
        """Record a marker."""
        if self.node is not None:
            detail: dict[str, object] = {"text": text, "by": by}
            self.node.journal.append("", Event("marker", self._clock.mono_ns(), "", detail))

    async def read_anew(self) -> None:
        """Go on under what the file says now.

        Raises:
            ConfigError: it is wrong; nothing has changed.
        """
        async with self._lock:
            text = self._file.read()
            await self._go(self._next(text), f"{self._file.path} read anew")

    async def end(self) -> None:
        """End the trial of the last change, as passed."""
        if self._trial_task is not None:
            self._trial_task.cancel()
            await asyncio.gather(self._trial_task, return_exceptions=True)
        self._trial_task = self._trial_ends_ns = None

    def _demand(self, etag: str) -> None:
        if etag != etag_of(self._text):
            raise StaleError(etag_of(self._text))

    def _next(self, text: str) -> _Next:
        config = parse(text, self._file.path)
        check_config(config, self._file.path)
        node = self._running
        return _Next(text, config, Change(self._config, config) if node is None else node.check(config))

    @property
    def _running(self) -> Node | None:
        """The node, unless it is ending: what comes then is for the next one."""
        return self.node if self.node is not None and not self.node.is_ending else None

    def _plan(self, after: _Next) -> Plan:
        before, shown = masked(self._text), masked(after.text)
        restarts = tuple(source.name for source in after.change.started)
        if after.change.whole:
            restarts = tuple(source.name for source in after.config.source)
        return Plan(shown, after.change.lines, difference(before, shown), after.change.whole, restarts)

    async def _take(self, text: str, by: str) -> Plan:
        """Save a text, and go on under it."""
        after = self._next(text)
        plan = self._plan(after)
        with suppress(ConfigError):  # a file that is gone is written anew
            by_hand = self._file.read()
            if by_hand != self._text:  # somebody has edited it and not had it read: kept, not lost
                self._keep(by_hand, "a hand, never applied", ())
        self._file.write(text)
        await self._go(after, by)
        return plan

    async def _go(self, after: _Next, by: str) -> None:
        node, before_text = self.node, self._text
        await self.end()
        self._taken_back = ""
        before = None if node is None else node.view.status()
        self._text, self._config = after.text, after.config
        log.adjust(after.config)
        if after.change.lines:
            log_event(_log, CONFIGURATION_APPLIED, by=by, changes="; ".join(after.change.lines))
        self._keep(after.text, by, after.change.lines)
        await self._bring(after, by, None)
        if before is not None and after.change.lines:
            trial = Trial(after.change, before)
            self._trial_ends_ns = self._clock.mono_ns() + round(TRIAL_S * NS_PER_S)
            self._trial_task = asyncio.create_task(
                self._watch(trial, self._trial_ends_ns, before_text), name="trial"
            )

    async def _watch(self, trial: Trial, ends_ns: int, before: str) -> None:
        """Watch a change, and take it back where it was for the worse."""
        error, is_over = None, False
        while error is None and not is_over:
            await self._clock.sleep(_LOOK_S)
            if self._running is not None:
                status = self._running.view.status()
                is_over = self._clock.mono_ns() >= ends_ns
                error = trial.verdict(status) if is_over else trial.failed_for_good(status)
        self._trial_task = self._trial_ends_ns = None
        if error is not None:
            await self._take_back(before, error)

    async def _take_back(self, text: str, error: ConfigError) -> None:
        log_event(_log, CONFIGURATION_TAKEN_BACK, reason=error)
        async with self._lock:
            self._taken_back = error.what
            after = self._next(text)
            self._file.write(text)
            self._text, self._config = text, after.config
            self._keep(text, f"taken back: {error.what}", after.change.lines)
            log.adjust(after.config)
            await self._bring(after, "taken back", error)

    async def _bring(self, after: _Next, by: str, refused: ConfigError | None) -> None:
        """Have the node that runs go on under what comes next, or a new one begin with it."""
        node = self._running
        if node is None or after.change.whole:
            self._renew(after.config)
        else:
            await node.apply(after.config, by=by)
            node.view.refuse(refused)

    def _keep(self, text: str, by: str, changes: Sequence[str]) -> None:
        self._clock_map.observe(self._clock)
        at = time_text(self._clock_map.to_utc_ns(self._clock.mono_ns())[0])
        if self._file.keep(text, at=at, by=by, changes=changes) is None:
            log_event(_log, CONFIGURATION_NOT_KEPT)
