"""Where the streams of a source have holes, counted as they come from its decoder."""

from collections import Counter
from typing import Final, Literal

import numpy as np

from edged.model import Chunk, Quality

GapReason = Literal["missing", "interrupted"]
"""``missing``: the numbering jumps, so that it is known how many samples never came. ``interrupted``: the
decoder flags a gap, and cannot say how many."""

_FLAG: Final = np.uint16(Quality.GAP_BEFORE)


class Gaps:
    """Counts the gaps of one source.

    Attributes:
        by_reason: how many, over all streams.
        missing_samples: that never came.
    """

    def __init__(self) -> None:
        self.by_reason = Counter[GapReason]()
        self.missing_samples = 0
        self._next_seq: dict[str, int] = {}

    def note(self, chunk: Chunk) -> None:
        """Look at the next chunk of its stream."""
        quantity = chunk.info.quantity
        jump = chunk.seq - self._next_seq.get(quantity, chunk.seq)
        self._next_seq[quantity] = chunk.seq + len(chunk)
        flagged = int(np.count_nonzero(chunk.quality & _FLAG))
        if jump > 0:
            self.by_reason["missing"] += 1
            self.missing_samples += jump
            flagged -= bool(chunk.quality[0] & _FLAG)
        if flagged:
            self.by_reason["interrupted"] += flagged
