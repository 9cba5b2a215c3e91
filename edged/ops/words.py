"""The words for every state: the same on page, API, log and command line."""

from typing import Final

from edged.errors import EdgedError
from edged.ops.status import (
    AdapterStateName,
    BrokerStateName,
    Icon,
    JournalStateName,
    SourceStateName,
    SubjectStateName,
    Words,
)

_SUBJECT: Final[dict[SubjectStateName, tuple[str, Icon, str]]] = {
    "fresh": ("Live", "dot", ""),
    "stale": ("Silent", "hollow", "Nothing for a moment: strap off the skin, or out of range."),
    "lost": ("Lost", "cross", "Nothing for long: put the strap on, or look after its source."),
    "off_air": ("Off air", "bar", "Taken off air."),
    "unassigned": ("No strap", "plus", "Assign a source to this subject in the configuration."),
}
_NOISY: Final = Words(
    word="Noisy", icon="wave", sentence="Signal is noisy: moisten the electrodes, tighten the strap."
)
_NO_CONTACT: Final = Words(
    word="No contact", icon="hollow", sentence="The strap does not touch the skin: moisten it and tighten it."
)
_SOURCE: Final[dict[SourceStateName, tuple[str, Icon, str]]] = {
    "starting": ("Connecting", "hollow", "Waiting for its first packet."),
    "searching": ("Searching", "hollow", "Not in the air yet: put it on, or bring it nearer."),
    "connecting": ("Connecting", "hollow", "Found; the connection is being made."),
    "subscribing": ("Connecting", "hollow", "Connected; waiting for its first packet."),
    "streaming": ("Live", "dot", ""),
    "silent": ("Silent", "hollow", "Connected, but nothing comes: look at the device."),
    "backing_off": ("Lost", "cross", "It is tried again by itself."),
    "no_room": ("No room", "cross", "It is taken as soon as there is room."),
    "adapter_down": ("No Bluetooth", "cross", "It is tried again by itself."),
    "reboot_needed": ("Restart me", "cross", "It is tried again by itself meanwhile."),
    "ended": ("Ended", "bar", "The recording has been played to its end."),
    "failed": ("Failed", "cross", "It cannot work as configured."),
}
_ADAPTER: Final[dict[AdapterStateName, tuple[str, Icon, str]]] = {
    "ready": ("Ready", "dot", ""),
    "scanning": ("Searching", "dot", ""),
    "connecting": ("Connecting", "dot", ""),
    "recovering": ("Recovering", "wave", "It comes back by itself."),
    "powered_off": ("Switched off", "cross", "It is switched on again by itself."),
    "blocked": ("Blocked", "cross", ""),
    "unplugged": ("Unplugged", "cross", ""),
    "waking": ("Waking up", "wave", ""),
    "no_adapter": ("No adapter", "cross", ""),
    "no_service": ("No Bluetooth", "cross", "It is tried again by itself."),
    "no_bus": ("No D-Bus", "cross", "It is tried again by itself."),
    "denied": ("Not allowed", "cross", ""),
    "reboot_needed": ("Restart me", "cross", "It is tried again by itself meanwhile."),
}
_LOW_BATTERY_PCT: Final = 10
_BROKER: Final[dict[BrokerStateName, tuple[str, Icon, str]]] = {
    "connecting": ("Connecting", "hollow", ""),
    "connected": ("Connected", "dot", ""),
    "unreachable": ("No broker", "cross", "It is tried again by itself; nothing is lost meanwhile."),
    "refused": ("Refused", "cross", "Nothing is lost meanwhile."),
    "off": ("Off", "bar", "No broker is configured: everything stays on this board."),
}
_JOURNAL: Final[dict[JournalStateName, tuple[str, Icon, str]]] = {
    "opening": ("Opening", "hollow", ""),
    "ready": ("Ready", "dot", ""),
    "failing": ("Failing", "cross", "Live values go on, but nothing is recorded."),
}


def subject_words(
    state: SubjectStateName, *, poor: bool, contact: bool | None, reason: EdgedError | None
) -> Words:
    """Return the words for a subject; for a silent or lost one its source's own reason, where it has one."""
    if state == "fresh" and poor:
        return _NOISY
    if state == "stale" and contact is False:
        return _NO_CONTACT
    word, icon, sentence = _SUBJECT[state]
    if reason is not None and state in {"stale", "lost"}:
        return _words((word, icon, ""), reason)
    return Words(word=word, icon=icon, sentence=sentence)


def source_words(state: SourceStateName, reason: EdgedError | None, battery_pct: int | None = None) -> Words:
    """Return the words for a source; a low battery is said with them, since it explains much."""
    words = _words(_SOURCE[state], reason if state not in {"streaming", "ended"} else None)
    if battery_pct is None or battery_pct > _LOW_BATTERY_PCT:
        return words
    return words.model_copy(update={"sentence": f"{words.sentence} Battery {battery_pct} %.".strip()})


def adapter_words(state: AdapterStateName, reason: EdgedError | None) -> Words:
    """Return the words for a Bluetooth adapter."""
    return _words(_ADAPTER[state], reason)


def broker_words(state: BrokerStateName, reason: EdgedError | None) -> Words:
    """Return the words for the connection to the broker."""
    return _words(_BROKER[state], reason if state in {"unreachable", "refused"} else None)


def journal_words(state: JournalStateName, reason: EdgedError | None) -> Words:
    """Return the words for the journal."""
    return _words(_JOURNAL[state], reason if state == "failing" else None)


def _words(known: tuple[str, Icon, str], reason: EdgedError | None) -> Words:
    word, icon, sentence = known
    if reason is None:
        return Words(word=word, icon=icon, sentence=sentence)
    told = reason.what[:1].upper() + reason.what[1:] + "."
    mend = reason.mend and (reason.mend if reason.mend.endswith(".") else f"{reason.mend}.")
    return Words(word=word, icon=icon, sentence=" ".join(part for part in (told, mend, sentence) if part))
