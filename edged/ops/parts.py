"""The parts of the running node, for whoever tells of them."""

from collections.abc import Iterable
from dataclasses import dataclass

from edged.clock import Clock, ClockMap
from edged.config.model import Config
from edged.ops.instruments import Instruments
from edged.publish.broker import Broker
from edged.publish.live import LiveLane
from edged.publish.presence import Presence
from edged.publish.uplink import Uplink
from edged.sources.equipment import Equipment
from edged.sources.supervisor import Source
from edged.store.journal import Journal


@dataclass(frozen=True, slots=True)
class Parts:
    """The running node."""

    config: Config
    clock: Clock
    clock_map: ClockMap
    started_ns: int
    sources: Iterable[Source]
    journal: Journal
    live: LiveLane
    broker: Broker | None
    uplink: Uplink | None
    equipment: Equipment
    presence: Presence
    instruments: Instruments
