"""Whether a change of the configuration was for the worse. Pure: two statuses in, a verdict out."""

from collections.abc import Iterable
from typing import Final

from edged.config.change import Change
from edged.errors import ConfigError
from edged.ops.status import Status

TRIAL_S: Final = 30.0
"""For so long a change is watched."""


class Trial:
    """What was well before a change, and has to be well again after it.

    Only what the change touches counts: a strap that walks out of the hall meanwhile is nobody's fault.

    Args:
        change: that is made.
        before: the status just before.
    """

    def __init__(self, change: Change, before: Status) -> None:
        touched = {source.name for source in (*change.started, *change.adjusted)}
        kept = {source.name for source in change.after.source}
        is_whole = bool(change.whole)
        self._sources = {
            source.name
            for source in before.sources
            if source.state == "streaming" and source.name in kept and (is_whole or source.name in touched)
        }
        self._touched = kept if is_whole else touched
        self._broker = before.broker.state == "connected" and ("uplink" in change.sections or is_whole)
        self._broker = self._broker and change.after.uplink is not None
        self._journal = before.journal.state == "ready" and is_whole
        self._failed = {source.name for source in before.sources if source.state == "failed"}

    def failed_for_good(self, now: Status) -> ConfigError | None:
        """Return what can never work as configured now, and did not fail before."""
        for source in now.sources:
            if source.state == "failed" and source.name in self._touched - self._failed:
                return _error(f"source {source.name}: {source.words.sentence}")
        return None

    def verdict(self, now: Status) -> ConfigError | None:
        """Return what is not well at the end of the trial; None where all is."""
        return next(iter(self._complaints(now)), None) or self.failed_for_good(now)

    def _complaints(self, now: Status) -> Iterable[ConfigError]:
        states = {source.name: source for source in now.sources}
        for name in sorted(self._sources):
            if states[name].state != "streaming":
                yield _error(f"source {name} has not come back within {TRIAL_S:g} s")
        if self._broker and now.broker.state != "connected":
            yield _error(f"the broker is not connected: {now.broker.words.sentence}")
        if self._journal and now.journal.state != "ready":
            yield _error(f"the journal is not ready: {now.journal.words.sentence}")


def _error(what: str) -> ConfigError:
    return ConfigError(what.rstrip("."), mend="The change was taken back.")
