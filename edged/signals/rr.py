"""RR intervals: which of them to believe."""

from collections import deque
from statistics import median
from typing import Final

from edged.model import Chunk, Quality, StreamInfo
from edged.signals.continuity import Continuity, flag_missing
from edged.signals.fit import check_fit
from edged.signals.steps import RrClean

REFERENCE_BEATS: Final = 9
"""Good intervals whose range the next is compared with: about two breaths.

Their range, not their median: breathing alone swings a young heart at rest by a quarter, and a median
rule takes the turning points of each breath for artefacts (a third of RMSSD on pyHRV's five minutes
at 20 %; this rule at 15 % takes 6 %, and finds as many ectopic beats of the MIT-BIH records).
"""

AGREEING_BEATS: Final = 3
"""Intervals in a row that must agree with one another before they set the level, at the start and later."""


class RrCleanStep:
    """Flags ``ARTEFACT`` on RR intervals that cannot be true or stand out; removes and corrects none.

    An interval is an artefact outside ``minimum_ms`` to ``maximum_ms`` (the device's 0 and 65535 too),
    or more than ``tolerance`` shorter than the shortest, or longer than the longest, of the last
    ``REFERENCE_BEATS`` good ones. A missed beat doubles an interval, an extra one splits it, a
    premature one is often followed by a pause. One that is early by less than ``tolerance`` passes.

    A true change of rhythm looks like artefacts at first: when ``AGREEING_BEATS`` in a row stand out
    but lie within ``tolerance`` of their own median, that is the new level, the last of them is good,
    and those before keep their flag, since nothing is taken back. The first ``AGREEING_BEATS`` after a
    start or gap are judged by the limits alone. Intervals that came flagged as unusable set no level.

    What is not a number is flagged ``HELD`` and left as it is: an interval repeated in its place would
    be a beat that nobody had. No delay.

    Raises:
        ValueError: the stream is not one of intervals in ms.
    """

    def __init__(self, params: RrClean, info: StreamInfo) -> None:
        check_fit(params, info)
        self._params = params
        self._continuity = Continuity(info)
        self._forget()

    def process(self, chunk: Chunk) -> list[Chunk]:
        """Return the chunk with flags added."""
        chunk = flag_missing(self._continuity.mark(chunk))
        flags = chunk.quality.copy()
        for index, interval_ms in enumerate(chunk.values[:, 0].tolist()):
            quality = Quality(int(flags[index]))
            if quality & Quality.GAP_BEFORE:
                self._forget()
            if not quality.usable:
                self._standing_out.clear()
            elif not self._believe(interval_ms):
                flags[index] |= Quality.ARTEFACT
        return [chunk.with_values(chunk.values, flags)]

    def _forget(self) -> None:
        self._good = deque[float](maxlen=REFERENCE_BEATS)
        self._standing_out = deque[float](maxlen=AGREEING_BEATS)

    def _believe(self, interval_ms: float) -> bool:
        if not self._params.minimum_ms <= interval_ms <= self._params.maximum_ms:
            self._standing_out.clear()
            return False
        if len(self._good) < AGREEING_BEATS or self._fits(interval_ms):
            self._good.append(interval_ms)
            self._standing_out.clear()
            return True
        self._standing_out.append(interval_ms)
        if not self._standing_out_agree():
            return False
        self._good = deque(self._standing_out, maxlen=REFERENCE_BEATS)
        self._standing_out.clear()
        return True

    def _standing_out_agree(self) -> bool:
        if len(self._standing_out) < AGREEING_BEATS:
            return False
        level_ms = median(self._standing_out)
        margin_ms = self._params.tolerance * level_ms
        return all(abs(interval_ms - level_ms) <= margin_ms for interval_ms in self._standing_out)

    def _fits(self, interval_ms: float) -> bool:
        shortest_ms, longest_ms = min(self._good), max(self._good)
        too_short = shortest_ms - interval_ms > self._params.tolerance * shortest_ms
        too_long = interval_ms - longest_ms > self._params.tolerance * longest_ms
        return not (too_short or too_long)
