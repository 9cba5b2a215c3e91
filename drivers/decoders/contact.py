"""Whether a sensor touches the skin, and when that changes."""

from edged.model import Event, Quality


class Contact:
    """Keeps what the sensor last said, and tells each change once.

    A ``contact_lost`` is told when contact is first missing, at the very start too, so that every
    ``contact_restored`` has one before it.
    """

    def __init__(self) -> None:
        self._detected: bool | None = None
        self._lost = False

    @property
    def quality(self) -> Quality:
        """What the last word means for a sample."""
        if self._detected is None:
            return Quality.CONTACT_UNKNOWN
        return Quality.GOOD if self._detected else Quality.NO_CONTACT

    def update(self, *, detected: bool | None, mono_ns: int) -> tuple[Event, ...]:
        """Take in what the sensor says, None where it cannot tell; return the event that this is."""
        self._detected = detected
        lost = detected is False
        if detected is None or lost == self._lost:
            return ()
        self._lost = lost
        return (Event("contact_lost" if lost else "contact_restored", mono_ns),)
