"""What the page may do with devices: look around, look back, have one show itself."""

from collections.abc import Sequence
from typing import Protocol

from edged.model import Packet
from edged.sources.history import Phase
from edged.sources.nearby import Nearby


class Devices(Protocol):
    """The devices of a running node, and those around it."""

    @property
    def scan_left_s(self) -> float:
        """For how long it still looks around, s; 0 where it does not."""

    def start_scan(self) -> None:
        """Look around for a while; nothing where it does so already."""

    def nearby(self) -> Nearby:
        """Return what is around, as far as it was looked; who asks keeps the look going."""

    def phases(self, source: str) -> Sequence[Phase]:
        """Return what a source went through, oldest first.

        Raises:
            LookupError: there is no such source.
        """

    def packets(self, source: str) -> Sequence[Packet]:
        """Return the last packets of a source, oldest first.

        Raises:
            LookupError: there is no such source.
        """

    def identify(self, source: str) -> None:
        """Have a device show which one it is.

        Raises:
            LookupError: there is no such source.
            EdgedError: it cannot, now or ever, and the mend.
        """

    def utc_text(self, mono_ns: int) -> str:
        """Return a moment of this boot, RFC 3339 UTC by the node's clock."""
