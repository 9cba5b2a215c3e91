"""The topics of a node (contract v1)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Topics:
    """Names every topic below ``<prefix>/<site>/<node>/``; with ``+`` for a part, patterns.

    Attributes:
        prefix: such as ``edged/v1``.
        site: where the node stands.
        node: the node.
    """

    prefix: str
    site: str
    node: str

    @property
    def base(self) -> str:
        """What all topics of the node begin with, without the last slash."""
        return f"{self.prefix}/{self.site}/{self.node}"

    @property
    def status(self) -> str:
        """Whether the node is online; also its will."""
        return f"{self.base}/status"

    @property
    def record(self) -> str:
        """The record lane's samples."""
        return f"{self.base}/record"

    @property
    def event(self) -> str:
        """The record lane's events."""
        return f"{self.base}/event"

    @property
    def clock(self) -> str:
        """How monotonic time maps to UTC."""
        return f"{self.base}/clock"

    @property
    def test(self) -> str:
        """Test messages: nobody has to listen."""
        return f"{self.base}/test"

    def live(self, subject: str) -> str:
        """Return the topic of a subject's live values."""
        return f"{self.base}/subject/{subject}/live"

    def state(self, subject: str) -> str:
        """Return the topic of a subject's state."""
        return f"{self.base}/subject/{subject}/state"

    def wave(self, subject: str, quantity: str) -> str:
        """Return the topic of a subject's display waveform."""
        return f"{self.base}/subject/{subject}/wave/{quantity}"

    def stream(self, source: str, quantity: str) -> str:
        """Return the topic of a stream's descriptor."""
        return f"{self.base}/stream/{source}/{quantity}"
