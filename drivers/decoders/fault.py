"""How a decoder tells what it could not understand."""

from edged.model import Packet
from edged.sources.decoder import Decoded


class MalformedPacket(ValueError):
    """The bytes are not what the specification says, in words for a fault. It never leaves a decoder."""


def fault(packet: Packet, what: str) -> Decoded:
    """Return the fault that a packet is, named by its characteristic; its bytes may be what was measured."""
    return Decoded(faults=(f"{packet.channel[:40]!r}: {what}",))
