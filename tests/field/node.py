"""The node in the guest, as its page tells of it."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

CONFIG: Final = """\
[node]
site = "field"
name = "board"

[journal]
path = "/var/lib/edged/edged.db"

[[source]]
name = "strap-1"
link = "ble:C0:00:00:00:00:01"

[[source]]
name = "strap-2"
link = "ble:edged-strap-2"

[[source]]
name = "strap-3"
link = "ble:edged-strap-3*"
"""
"""One strap by its address, one by its name, one by the beginning of it."""

SOURCES: Final = ("strap-1", "strap-2", "strap-3")

_LOOK_S: Final = 0.5
_ANSWER_S: Final = 5.0
_FRESH_S: Final = 2.5
_STREAMING_PACKETS: Final = 3


@dataclass(frozen=True, slots=True)
class SourceView:
    """One source at one moment.

    Attributes:
        state: as the node calls it.
        words: what a person reads: word and sentence.
        packets: since the start of the node.
        restarts: of its link, since then.
        last_packet_s: age of the latest; None before the first.
    """

    state: str
    words: str
    packets: int
    restarts: int
    last_packet_s: float | None

    @property
    def is_fresh(self) -> bool:
        """Whether it streams now."""
        return self.state == "streaming" and self.last_packet_s is not None and self.last_packet_s < _FRESH_S


@dataclass(frozen=True, slots=True)
class NodeView:
    """The node at one moment.

    Attributes:
        software: version that answers.
        up_s: since its start, by the guest's clock.
        epoch: of its journal.
        sources: by name.
    """

    software: str
    up_s: float
    epoch: str
    sources: Mapping[str, SourceView]


class Node:
    """Watches a node.

    Args:
        port: of its page, on loopback.
    """

    def __init__(self, port: int) -> None:
        self._url = f"http://127.0.0.1:{port}/api/v1/status"

    def look(self) -> NodeView | None:
        """Return how it is; None while it does not answer."""
        try:
            with urllib.request.urlopen(self._url, timeout=_ANSWER_S) as answer:  # noqa: S310  an http address that this class has made itself
                status = cast("dict[str, Any]", json.load(answer))
        except (OSError, urllib.error.URLError):
            return None
        return NodeView(
            status["node"]["software"],
            status["node"]["up_s"],
            status["journal"]["epoch"],
            {source["name"]: _source_view(source) for source in status["sources"]},
        )

    def until(self, holds: Callable[[NodeView | None], bool], timeout_s: float, what: str) -> float:
        """Look until a condition holds; return how long that took, in seconds.

        Raises:
            TimeoutError: it did not; says how the node was last.
        """
        began_s = time.monotonic()
        while True:
            view = self.look()
            took_s = time.monotonic() - began_s
            if holds(view):
                return took_s
            if took_s > timeout_s:
                raise TimeoutError(f"not within {timeout_s:g} s: {what}; last seen: {view}")
            time.sleep(_LOOK_S)

    def until_all_stream(self, timeout_s: float) -> float:
        """Return how long it took until each source had streamed some packets from now on, in seconds.

        Raises:
            TimeoutError: one did not.
        """
        before = self.look()

        def all_stream(view: NodeView | None) -> bool:
            return view is not None and all(
                source.is_fresh and gained(before, view, name) >= _STREAMING_PACKETS
                for name, source in view.sources.items()
            )

        return self.until(all_stream, timeout_s, "all stream")


def gained(before: NodeView | None, after: NodeView, name: str) -> int:
    """Return how many packets of a source came between two looks; a node counts from its start."""
    is_same_run = before is not None and before.up_s < after.up_s
    had = before.sources[name].packets if before is not None and is_same_run else 0
    return after.sources[name].packets - had


def _source_view(source: Mapping[str, Any]) -> SourceView:
    words = source["words"]
    return SourceView(
        source["state"],
        f"{words['word']}. {words['sentence']}".strip(),
        source["packets"],
        source["restarts"],
        source["last_packet_s"],
    )
