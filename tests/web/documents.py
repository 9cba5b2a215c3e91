"""Status documents of imaginary nodes, built from the models."""

from typing import Any, Final, Literal

from edged.ops.status import (
    AdapterStatus,
    BrokerStatus,
    JournalStatus,
    NodeStatus,
    SourceStatus,
    Status,
    SubjectStateName,
    SubjectStatus,
    Words,
)
from edged.ops.words import adapter_words
from edged.sources.equipment import AdapterState

UTC: Final = "2025-11-21T14:03:22.000Z"
UTC_MS: Final = 1_763_733_802_000

LIVE: Final = Words(word="Live", icon="dot", sentence="")
NOISY: Final = Words(
    word="Noisy", icon="wave", sentence="Signal is noisy: moisten the electrodes, tighten the strap."
)
SILENT: Final = Words(
    word="Silent", icon="hollow", sentence="Nothing is heard: strap off the skin, or out of range."
)
LOST: Final = Words(
    word="Lost", icon="cross", sentence="Connection reset by the device. Is the strap's battery empty?"
)
OFF_AIR: Final = Words(word="Off air", icon="bar", sentence="Taken off the air by the director.")
NO_STRAP: Final = Words(word="No strap", icon="plus", sentence="Give it a source in the configuration.")

_WORDS: Final[dict[str, Words]] = {
    "fresh": LIVE,
    "stale": SILENT,
    "lost": LOST,
    "off_air": OFF_AIR,
    "unassigned": NO_STRAP,
}


def node(**changes: Any) -> NodeStatus:
    """A board that has run for two hours with a good clock."""
    fields: dict[str, Any] = {
        "site": "arena",
        "node": "node-1",
        "software": "0.1.0",
        "boot": "8c2b6f0e-5a1d-4f3e-9d27-0c6f6a1b2c3d",
        "up_s": 7384.0,
        "clock": "synced",
        "utc": UTC,
    }
    return NodeStatus(**(fields | changes))


def broker(**changes: Any) -> BrokerStatus:
    """A broker that takes what it is sent."""
    fields: dict[str, Any] = {
        "state": "connected",
        "words": Words(word="Connected", icon="dot", sentence=""),
        "url": "mqtt://broker.arena:1883",
        "since_s": 7380.0,
        "protocol": "5.0",
        "backlog": 0,
        "published": 184_320,
        "acknowledged": 184_320,
        "connects": 1,
        "failures": 0,
    }
    return BrokerStatus(**(fields | changes))


def journal(**changes: Any) -> JournalStatus:
    """A journal with room."""
    fields: dict[str, Any] = {
        "state": "ready",
        "words": Words(word="Ready", icon="dot", sentence=""),
        "epoch": "0d0f6f1a7c2b4b7a",
        "head": 184_320,
        "waiting": 12,
        "dropped": 0,
        "commits": 7380,
        "size_bytes": 41_200_000,
        "cap_bytes": 512_000_000,
    }
    return JournalStatus(**(fields | changes))


def source(name: str, **changes: Any) -> SourceStatus:
    """A strap that streams."""
    fields: dict[str, Any] = {
        "name": name,
        "link": "sim:resting?seed=1",
        "decoder": "heart_rate",
        "subject": None,
        "state": "streaming",
        "words": LIVE,
        "since_s": 3605.0,
        "last_packet_s": 0.4,
        "packets": 3605,
        "samples": 7820,
        "faults": 0,
        "restarts": 0,
    }
    return SourceStatus(**(fields | changes))


def adapter(name: str = "hci0", state: AdapterState = "ready", **changes: Any) -> AdapterStatus:
    """A USB adapter in one of the states, with two straps of the five that it can serve."""
    fields: dict[str, Any] = {
        "name": name,
        "address": "00:1A:7D:DA:71:13",
        "bus": "usb",
        "state": state,
        "words": adapter_words(state, None),
        "since_s": 42.0,
        "slots": 5,
        "sources": ["strap-ada", "strap-max"],
        "resets": 0,
    }
    return AdapterStatus(**(fields | changes))


def subject(
    name: str,
    title: str = "",
    state: SubjectStateName = "fresh",
    *,
    quality: Literal["good", "poor"] = "good",
    **changes: Any,
) -> SubjectStatus:
    """A subject in one of the states, with what belongs to it."""
    fresh = state == "fresh"
    poor = fresh and quality == "poor"
    fields: dict[str, Any] = {
        "name": name,
        "title": title or name,
        "source": None if state == "unassigned" else f"strap-{name}",
        "state": state,
        "words": NOISY if poor else _WORDS[state],
        "since_s": 7.0,
        "heart_rate": 72.0 if fresh else None,
        "rmssd_ms": 38.5 if fresh else None,
        "zone": 1 if fresh else None,
        "contact": True if fresh else None,
        "battery_pct": 85,
        "quality": quality if fresh else None,
        "age_s": 0.4 if fresh else 7.0,
    }
    return SubjectStatus(**(fields | changes))


def status(**changes: Any) -> Status:
    """A node with two subjects, both well."""
    fields: dict[str, Any] = {
        "node": node(),
        "broker": broker(),
        "journal": journal(),
        "sources": [source("strap-ada", subject="ada"), source("strap-max", subject="max")],
        "subjects": [subject("ada", "Ada Lovelace"), subject("max", "Max Euwe", heart_rate=99.0)],
    }
    return Status(**(fields | changes))
