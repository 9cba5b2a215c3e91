"""The devices of the running node."""

from collections.abc import Callable, Sequence

from edged.model import Packet
from edged.ops.parts import Parts
from edged.publish.payload import time_text
from edged.sources.history import Phase
from edged.sources.nearby import Nearby
from edged.sources.supervisor import Source
from edged.sources.survey import Survey


class RunningDevices:
    """The ``Devices`` of a running node.

    Args:
        parts: returns the node's parts as they are now.
    """

    def __init__(self, parts: Callable[[], Parts]) -> None:
        self._parts = parts
        first = parts()
        self.survey = Survey(lambda: parts().config, first.clock, first.equipment)

    @property
    def scan_left_s(self) -> float:
        """For how long it still looks around, s; 0 where it does not."""
        return self.survey.left_s

    def start_scan(self) -> None:
        """Look around for a while; nothing where it does so already."""
        self.survey.start()

    def nearby(self) -> Nearby:
        """Return what is around, as far as it was looked."""
        return self.survey.nearby()

    def phases(self, source: str) -> Sequence[Phase]:
        """Return what a source went through, oldest first; see ``Devices``."""
        return list(self._source(source).history.phases)

    def packets(self, source: str) -> Sequence[Packet]:
        """Return the last packets of a source, oldest first; see ``Devices``."""
        return list(self._source(source).history.packets)

    def identify(self, source: str) -> None:
        """Have a device show which one it is; see ``Devices``."""
        self._source(source).identify()

    def utc_text(self, mono_ns: int) -> str:
        """Return a moment of this boot, RFC 3339 UTC by the node's clock."""
        return time_text(self._parts().clock_map.to_utc_ns(mono_ns)[0])

    def _source(self, name: str) -> Source:
        for source in self._parts().sources:
            if source.name == name:
                return source
        raise LookupError(f"there is no source {name}")
