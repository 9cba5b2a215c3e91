"""What the node says of itself: one document for the page, the API and the command line.

The models are the API's contract (OpenAPI is generated from them); who fills them is ``edged.daemon``.
"""

from collections.abc import Sequence
from typing import Annotated, Literal, Protocol

from pydantic import Field

from edged.ops.devices import Devices
from edged.ops.document import Document
from edged.ops.instruments import WebStats
from edged.ops.metric import Family
from edged.ops.signals import Signals
from edged.sources.equipment import AdapterState
from edged.sources.history import SourceState

SubjectStateName = Literal["fresh", "stale", "lost", "off_air", "unassigned"]
BrokerStateName = Literal["connecting", "connected", "unreachable", "refused", "off"]
JournalStateName = Literal["opening", "ready", "failing", "stopped"]
SourceStateName = SourceState | Literal["stopped"]
NodeMode = Literal["normal", "refused", "safe"]
"""``refused``: a new configuration was not taken, the one before goes on. ``safe``: nothing is measured."""
Level = Literal["problem", "warning", "ok", "not_applicable"]
"""How something is that was looked at, the worst first: a ``warning`` works, for now."""
Icon = Literal["dot", "wave", "hollow", "cross", "bar", "plus"]

Seconds = Annotated[float, Field(ge=0, description="Seconds.")]


class Words(Document):
    """A state as a person reads it; the same words on page, API, log and command line."""

    word: str = Field(description="One or two words: Live, Noisy, Silent, Lost, Off air, No strap.")
    icon: Icon = Field(description="Goes with the word; colour never stands alone.")
    sentence: str = Field("", description="What is the matter and the mend; empty where all is well.")


class NodeStatus(Document):
    """The board."""

    site: str
    node: str
    software: str = Field(description="Version of edged.")
    boot: str = Field(description="Boot identity.")
    up_s: Seconds
    clock: Literal["synced", "unsynced"]
    utc: str = Field(description="Wall time, RFC 3339 UTC.")
    mode: NodeMode = "normal"
    words: Words = Words(word="Running", icon="dot")


class BrokerStatus(Document):
    """The connection to the broker, and what waits to be delivered over it."""

    state: BrokerStateName
    words: Words
    url: str = Field(description="Without user and password.")
    since_s: Seconds = Field(description="How long it has been in this state.")
    protocol: str = Field(description="MQTT version in use: 5.0 or 3.1.1; empty while not connected.")
    backlog: int = Field(ge=0, description="Committed records not acknowledged yet.")
    published: int = Field(ge=0, description="Records sent, repeats included.")
    acknowledged: int = Field(ge=0, description="Highest id that the broker has taken.")
    connects: int = Field(ge=0)
    failures: int = Field(ge=0, description="Connection attempts that failed, and connections lost.")


class JournalStatus(Document):
    """The local store."""

    state: JournalStateName
    words: Words
    epoch: str = Field(description="The life of this journal file.")
    head: int = Field(ge=0, description="Highest committed id.")
    waiting: int = Field(ge=0, description="Chunks and events not committed yet.")
    dropped: int = Field(ge=0, description="Samples lost because the queue was full.")
    commits: int = Field(ge=0)
    size_bytes: int = Field(ge=0, description="File and WAL.")
    cap_bytes: int = Field(ge=0)


class SourceStatus(Document):
    """One configured device."""

    name: str
    link: str = Field(description="The link's URL without secrets.")
    decoder: str
    subject: str | None
    state: SourceStateName
    words: Words
    since_s: Seconds = Field(description="How long it has been in this state.")
    last_packet_s: Seconds | None = Field(description="Since the last packet; null before the first.")
    packets: int = Field(ge=0)
    samples: int = Field(ge=0)
    faults: int = Field(ge=0, description="Packets, or parts of them, that could not be understood.")
    restarts: int = Field(ge=0)
    last_fault: str = ""
    battery_pct: int | None = Field(None, description="As it last said.")
    rssi_dbm: int | None = Field(None, description="How strong the radio last received it.")
    heart_rate: float | None = Field(
        None, description="Beats a minute, to tell straps apart; null unless fresh, or where off air."
    )


class AdapterStatus(Document):
    """One Bluetooth adapter."""

    name: str = Field(description="As the system calls it now, such as hci0; empty while it is not there.")
    address: str = Field(description="By which it is known; empty where there is none.")
    bus: str = Field(description="usb, uart, ...; empty where that is not known.")
    state: AdapterState
    words: Words
    since_s: Seconds = Field(description="How long it has been in this state.")
    slots: int = Field(ge=0, description="Most devices it serves at once.")
    sources: list[str] = Field(description="Those that it serves, or connects to.")
    resets: int = Field(ge=0, description="How often it was switched off and on, or out and in.")


class SubjectStatus(Document):
    """Who is measured, and what is known of them now. Nothing here outlives its truth."""

    name: str
    title: str = Field(description="As it is shown: Ada Lovelace.")
    source: str | None
    state: SubjectStateName
    words: Words
    since_s: Seconds = Field(
        description="How long it has been in this state; while silent or lost, since the last reading."
    )
    heart_rate: float | None = Field(description="Beats a minute; null unless fresh.")
    rmssd_ms: float | None
    zone: int | None = Field(description="1 to 5, of the configured maximum; null where none is.")
    contact: bool | None = Field(description="Null where the sensor cannot tell.")
    battery_pct: int | None
    quality: Literal["good", "poor"] | None = Field(description="Null while nothing is measured.")
    age_s: Seconds | None = Field(description="Since the last reading was received; null before the first.")


class Status(Document):
    """Everything at a glance."""

    v: Literal[1] = 1
    node: NodeStatus
    broker: BrokerStatus
    journal: JournalStatus
    sources: list[SourceStatus]
    adapters: list[AdapterStatus] = Field([], description="Empty where no source needs one.")
    subjects: list[SubjectStatus]


class LiveUpdate(Document):
    """What the page's WebSocket sends: the status, and the readings since the last message.

    ``readings`` maps a subject to ``[t_ms, heart_rate]`` pairs, ``t_ms`` in milliseconds of UTC by
    the node's clock; a null heart rate is a gap in the chart.
    """

    status: Status
    readings: dict[str, list[tuple[int, float | None]]]


class NodeView(Protocol):
    """What the page may see of the running node."""

    @property
    def devices(self) -> Devices | None:
        """What it may do with devices; None where nothing is measured."""

    @property
    def web_stats(self) -> WebStats:
        """Where the page counts."""

    @property
    def signals(self) -> Signals:
        """The streams as they come, and what chains would make of them."""

    def metrics(self) -> Sequence[Family]:
        """Return every metric as of now."""

    def status(self) -> Status:
        """Return the status as of now."""

    def readings_after(self, mark: int) -> tuple[int, dict[str, list[tuple[int, float | None]]]]:
        """Return the kept readings told after a mark, by subject, and the mark to ask with next.

        A mark of 0 gives all that is kept, the last minute or so. Pairs are as in ``LiveUpdate``.
        """

    async def changed(self) -> None:
        """Wait until the status or a reading has changed; at most a second."""
