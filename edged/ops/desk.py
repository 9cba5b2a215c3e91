"""Whom the page asks for more than the status."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from edged.config.model import Config
from edged.ops.delivery import DeliveryStatus
from edged.ops.network.status import NetworkStatus
from edged.publish.probe import Receipt


class Delivery(Protocol):
    """Knows how delivery to the broker goes."""

    def status(self) -> DeliveryStatus:
        """Return how it goes now."""

    async def test(self, by: str) -> Receipt:
        """Publish a test message; see ``Probe.publish``."""


class Network(Protocol):
    """Knows where the board stands in the network, and what time it has."""

    async def status(self) -> NetworkStatus:
        """Return what is known now.

        Raises:
            TransientError: the last look still hangs.
        """


@dataclass(frozen=True, slots=True)
class Desk:
    """Everybody who can be asked.

    Attributes:
        network: of network and time.
        config: returns what the node runs.
        delivery: of delivery to the broker; None where nothing is delivered, as in safe mode.
    """

    network: Network
    config: Callable[[], Config]
    delivery: Delivery | None = None
