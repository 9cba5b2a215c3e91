"""The frames of firmware/vectors, which the C library's tests read too."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from drivers.decoders.board.frame import Damage, DamageReason, Frame

FIRMWARE: Final = Path(__file__).parents[3] / "firmware"

_REASONS: Final = {
    "cut": DamageReason.CUT,
    "too long": DamageReason.TOO_LONG,
    "too short": DamageReason.TOO_SHORT,
    "bad crc": DamageReason.BAD_CRC,
}


@dataclass(frozen=True, slots=True)
class Vector:
    """A line of the file.

    Attributes:
        name: what it shows.
        wire: the bytes that come.
        outcome: what they are.
        written: whether the frame is also written as these bytes.
    """

    name: str
    wire: bytes
    outcome: tuple[Frame | DamageReason, ...]
    written: bool


def _item(text: str) -> Frame | DamageReason:
    if text in _REASONS:
        return _REASONS[text]
    kind, stream, sequence, payload = text.split()
    return Frame(int(kind, 16), int(stream, 16), int(sequence, 16), bytes.fromhex(payload.strip("-")))


def _vector(line: str) -> Vector:
    direction, name, wire, outcome = line.split(" | ")
    items = () if outcome == "nothing" else tuple(_item(text) for text in outcome.split(", "))
    return Vector(name, bytes.fromhex(wire), items, direction == "both")


VECTORS: Final = {
    vector.name: vector
    for vector in (
        _vector(line)
        for line in (FIRMWARE / "vectors" / "frames.txt").read_text().splitlines()
        if not line.startswith("#")
    )
}


def without_sizes(found: list[Frame | Damage]) -> tuple[Frame | DamageReason, ...]:
    """Return what a framer found as the vectors have it."""
    return tuple(item.reason if isinstance(item, Damage) else item for item in found)


def frame(name: str) -> Frame:
    """Return the one frame of a vector."""
    (item,) = VECTORS[name].outcome
    assert isinstance(item, Frame)
    return item
