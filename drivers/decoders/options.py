"""Options of decoders, as text from a configuration."""

from collections.abc import Sequence

from edged.errors import DriverError


def number(option: str, text: str, *, minimum: float, maximum: float) -> float:
    """Return a number.

    Raises:
        DriverError: not a number, or out of range.
    """
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not minimum <= value <= maximum:
        raise DriverError(f"{option}={text} is not a number from {minimum:g} to {maximum:g}")
    return value


def one_of(option: str, text: str, known: Sequence[str]) -> str:
    """Return a word.

    Raises:
        DriverError: not one of those known.
    """
    if text not in known:
        raise DriverError(f"{option}={text} is not known", mend=f"Write one of: {', '.join(known)}.")
    return text
