"""The words for every state: the same on page, API, log and command line."""

from typing import Final, Literal, NamedTuple

from edged.errors import EdgedError
from edged.ops.status import (
    BrokerStateName,
    Icon,
    JournalStateName,
    Level,
    NodeMode,
    SourceStateName,
    SubjectStateName,
    Words,
)
from edged.sources.equipment import AdapterState

_LOW_BATTERY_PCT: Final = 15
_STRONG_DBM, _FAIR_DBM = -65, -80
"""A body between strap and adapter takes some 20 dB: a weak one is lost when its wearer turns round."""

_AGAIN: Final = "It is tried again by itself."
_MEANWHILE: Final = "Meanwhile it is tried again by itself."


class _Known(NamedTuple):
    """What is said of a state: why and the mend, where no reason is known, and how it goes on, always."""

    word: str
    icon: Icon
    why: str = ""
    then: str = ""


_SUBJECT: Final[dict[SubjectStateName, _Known]] = {
    "fresh": _Known("Live", "dot"),
    "stale": _Known("Silent", "hollow", "Nothing for a moment: strap off the skin, or out of range."),
    "lost": _Known("Lost", "cross", "Nothing for long: put the strap on, or look after its source."),
    "off_air": _Known("Off air", "bar", "Taken off air."),
    "unassigned": _Known("No strap", "plus", "Assign a source to this subject in the configuration."),
}
_NOISY: Final = Words(
    word="Noisy", icon="wave", sentence="Signal is noisy: moisten the electrodes, tighten the strap."
)
_NO_CONTACT: Final = Words(
    word="No contact", icon="hollow", sentence="The strap does not touch the skin: moisten it and tighten it."
)
_SAFE: Final = "Safe mode: nothing is measured."
_NODE: Final[dict[NodeMode, _Known]] = {
    "normal": _Known("Running", "dot"),
    "refused": _Known("Not applied", "wave", then="The configuration before it goes on."),
    "safe": _Known("Safe mode", "cross", then="Nothing is measured. It is tried again by itself."),
}
_SOURCE: Final[dict[SourceStateName, _Known]] = {
    "starting": _Known("Connecting", "hollow", "Waiting for its first packet."),
    "searching": _Known("Searching", "hollow", "Not heard yet: put it on, or bring it nearer."),
    "connecting": _Known("Connecting", "hollow", "Heard; the connection is being made."),
    "subscribing": _Known("Connecting", "hollow", "Connected; waiting for its first packet."),
    "streaming": _Known("Live", "dot"),
    "silent": _Known("Silent", "hollow", then="Connected, but nothing comes: look at the device."),
    "backing_off": _Known("Lost", "cross", then=_AGAIN),
    "no_room": _Known(
        "No room",
        "cross",
        "Every adapter is full: take a device off, or plug in another adapter.",
        then="It is let in as soon as there is room.",
    ),
    "adapter_down": _Known("No Bluetooth", "cross", "Its Bluetooth adapter is down.", then=_AGAIN),
    "reboot_needed": _Known("Reboot needed", "cross", "Restart this board.", then=_MEANWHILE),
    "ended": _Known("Ended", "bar", then="The recording has been played to its end."),
    "failed": _Known("Failed", "cross", then="It cannot work as configured."),
    "stopped": _Known("Stopped", "bar", _SAFE),
}
_ADAPTER: Final[dict[AdapterState, _Known]] = {
    "ready": _Known("Ready", "dot"),
    "scanning": _Known("Searching", "dot"),
    "connecting": _Known("Connecting", "dot"),
    "recovering": _Known("Recovering", "wave", "It hung.", then="It is reset, and comes back by itself."),
    "powered_off": _Known("Switched off", "cross", then="It is switched on again by itself."),
    "blocked": _Known("Blocked", "cross", "`sudo rfkill unblock bluetooth` unblocks it."),
    "unplugged": _Known("Unplugged", "cross", "Plug it in again."),
    "waking": _Known("Waking up", "wave", "The board has slept; devices connect again in a moment."),
    "no_adapter": _Known("No adapter", "cross", "Plug in a Bluetooth adapter."),
    "no_service": _Known(
        "No Bluetooth", "cross", "bluetoothd does not run: `sudo systemctl start bluetooth`.", then=_AGAIN
    ),
    "no_bus": _Known("No D-Bus", "cross", "D-Bus does not run: `sudo systemctl start dbus`.", then=_AGAIN),
    "denied": _Known("Not allowed", "cross", "The user of edged must be in the group bluetooth."),
    "reboot_needed": _Known(
        "Reboot needed", "cross", "No reset brings it back: restart this board.", then=_MEANWHILE
    ),
}
_BROKER: Final[dict[BrokerStateName, _Known]] = {
    "connecting": _Known("Connecting", "hollow"),
    "connected": _Known("Connected", "dot"),
    "unreachable": _Known(
        "No broker", "cross", then="It is tried again by itself; nothing is lost meanwhile."
    ),
    "refused": _Known("Refused", "cross", then="Nothing is lost meanwhile."),
    "off": _Known("Off", "bar", "No broker is configured: everything stays on this board."),
}
_LEVEL: Final[dict[Level, _Known]] = {
    "problem": _Known("Problem", "cross"),
    "warning": _Known("Warning", "wave"),
    "ok": _Known("Good", "dot"),
    "not_applicable": _Known("Not looked at", "bar"),
}
_JOURNAL: Final[dict[JournalStateName, _Known]] = {
    "opening": _Known("Opening", "hollow"),
    "ready": _Known("Ready", "dot"),
    "failing": _Known("Failing", "cross", then="Live values go on, but nothing is recorded."),
    "stopped": _Known("Stopped", "bar", _SAFE),
}


def subject_words(
    state: SubjectStateName, *, poor: bool, contact: bool | None, reason: EdgedError | None
) -> Words:
    """Return the words for a subject; for a silent or lost one its source's own reason, where it has one."""
    if state == "fresh" and poor:
        return _NOISY
    if state == "stale" and contact is False:
        return _NO_CONTACT
    return _words(_SUBJECT[state], reason if state in {"stale", "lost"} else None)


def node_words(mode: NodeMode, reason: EdgedError | None) -> Words:
    """Return the words for the node as a whole."""
    return _words(_NODE[mode], reason if mode != "normal" else None)


def source_words(state: SourceStateName, reason: EdgedError | None, battery_pct: int | None = None) -> Words:
    """Return the words for a source; a low battery is said with them, since it explains much."""
    words = _words(_SOURCE[state], reason if state not in {"streaming", "ended"} else None)
    if battery_pct is None or not is_low_battery(battery_pct):
        return words
    low = f"Battery {battery_pct} %: change it soon."
    return words.model_copy(update={"sentence": f"{words.sentence} {low}".strip()})


def adapter_words(state: AdapterState, reason: EdgedError | None) -> Words:
    """Return the words for a Bluetooth adapter."""
    return _words(_ADAPTER[state], reason if state not in {"ready", "scanning", "connecting"} else None)


def broker_words(state: BrokerStateName, reason: EdgedError | None) -> Words:
    """Return the words for the connection to the broker."""
    return _words(_BROKER[state], reason if state in {"unreachable", "refused", "off"} else None)


def journal_words(state: JournalStateName, reason: EdgedError | None) -> Words:
    """Return the words for the journal."""
    return _words(_JOURNAL[state], reason if state == "failing" else None)


def level_words(level: Level, reason: EdgedError) -> Words:
    """Return the words for what a check has found."""
    return _words(_LEVEL[level], reason)


def is_low_battery(percent: int) -> bool:
    """Return whether a battery may not last the day."""
    return percent <= _LOW_BATTERY_PCT


def signal_word(rssi_dbm: int) -> Literal["strong", "fair", "weak"]:
    """Return what a received strength means for a connection that is to last."""
    if rssi_dbm >= _STRONG_DBM:
        return "strong"
    return "fair" if rssi_dbm >= _FAIR_DBM else "weak"


def _words(known: _Known, reason: EdgedError | None) -> Words:
    why = known.why if reason is None else _told(reason)
    return Words(word=known.word, icon=known.icon, sentence=f"{why} {known.then}".strip())


def _told(reason: EdgedError) -> str:
    what = reason.what[:1].upper() + reason.what[1:] + "."
    mend = reason.mend and (reason.mend if reason.mend.endswith(".") else f"{reason.mend}.")
    return f"{what} {mend}".strip()
