"""How the node stands, on one screen: what is wrong first, with its mend; no reading of a person is on it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

from edged.ops.status import AdapterStatus, Icon, SourceStatus, Status, SubjectStatus, Words
from edged.scan import safe_text

WIDTH: Final = 80
HEIGHT: Final = 24
_TITLE_CELLS: Final = 40
_STATE_CELLS: Final = 19
_INDENT: Final = 2
_WRONG: Final[frozenset[Icon]] = frozenset({"cross", "hollow", "wave"})
_MARKS: Final[dict[Icon, tuple[str, str, str]]] = {
    "dot": ("●", "*", "green"),
    "wave": ("≈", "~", "yellow"),
    "hollow": ("○", "o", "yellow"),
    "cross": ("✕", "x", "red"),
    "bar": ("▬", "-", "dim"),
    "plus": ("+", "+", "dim"),
}
"""As it looks, as it looks where there are only letters, and its colour, which never stands alone."""

_CLOCK_NOT_SET: Final = Words(
    word="Not set",
    icon="hollow",
    sentence="Times are corrected once it is set: see `timedatectl status`.",
)


@dataclass(frozen=True, slots=True)
class Row:
    """One thing and how it is.

    Attributes:
        what: its name.
        words: its state.
        since_s: how long it has been so, s; None where that says nothing.
        detail: whatever else there is room for.
        is_part: it is of the board itself, and always shown.
    """

    what: str
    words: Words
    since_s: float | None = None
    detail: str = ""
    is_part: bool = False

    @property
    def is_wrong(self) -> bool:
        """Whether somebody should look after it."""
        return self.words.icon in _WRONG

    @property
    def rank(self) -> int:
        """Its place: what is wrong, what needs a look, what is off, what is well."""
        if self.words.icon == "cross":
            return 0
        if self.is_wrong:
            return 1
        if self.words.icon == "dot":
            return 2 if self.words.sentence else 4
        return 3


def rows(status: Status) -> list[Row]:
    """Return everything that has a state: the board's parts, then who is measured; what is wrong first."""
    parts = sorted(_parts(status), key=lambda row: row.rank)
    measured = sorted(_measured(status), key=lambda row: (row.rank, row.words.sentence, row.what))
    return [*parts, *measured]


def is_well(status: Status) -> bool:
    """Return whether nothing is wrong."""
    return not any(row.is_wrong for row in rows(status))


def screen(status: Status, *, width: int = WIDTH, height: int = HEIGHT, plain: bool = False) -> list[Text]:
    """Return the lines of a screen: whatever there is no room for is counted.

    Args:
        status: of the node.
        width: of a line, cells; 60 at least.
        height: how many lines there are at most, one of them left empty for what follows.
        plain: ASCII only, for terminals that know nothing else.
    """
    width = max(width, 60)
    everything = rows(status)
    lines = [_identity(status, width), _verdict(everything)]
    parts = [row for row in everything if row.is_part]
    measured = [row for row in everything if not row.is_part]
    layout = _Layout(everything, width, plain=plain)
    shown, _ = layout.fit(parts, len(parts) * height)
    lines += shown
    lines.append(Text(""))
    shown, left = layout.fit(measured, max(height - 1 - len(lines), 2))
    lines += shown
    if left:
        lines.append(Text(f"and {len(left)} more: {_counted(left)}", style="dim"))
    return [_cut(line, width, plain=plain) for line in lines]


def plain_screen(status: Status, *, plain: bool = False) -> str:
    """Return the screen as text without colours."""
    console = Console(width=WIDTH, color_system=None, force_terminal=False, highlight=False, emoji=False)
    with console.capture() as capture:
        for line in screen(status, plain=plain):
            console.print(line, soft_wrap=True)
    return "".join(f"{line.rstrip()}\n" for line in capture.get().splitlines())


class _Layout:
    """Lays rows out in columns that all of them share."""

    def __init__(self, everything: Sequence[Row], width: int, *, plain: bool) -> None:
        self._width = width
        self._plain = plain
        self._title_cells = min(
            max((cell_len(row.what) for row in everything), default=0), _TITLE_CELLS, width // 2
        )

    def fit(self, rows: Sequence[Row], room: int) -> tuple[list[Text], list[Row]]:
        """Return the lines of as many rows as fit, and the rows that do not; a line is kept for their number.

        What is said of several is said once, below them.
        """
        lines: list[Text] = []
        left = list(rows)
        for sentence, group in groupby(rows, key=lambda row: row.words.sentence):
            together = list(group)
            said = self._sentence(sentence)
            free = room - len(lines) - len(said)
            if free < len(left):
                free -= 1  # for the number of the others
            if free < 1:
                break
            lines += [self._row(row) for row in together[:free]]
            lines += said
            left = left[min(free, len(together)) :]
            if free < len(together):
                break
        return lines, left

    def _row(self, row: Row) -> Text:
        sign, letter, style = _MARKS[row.words.icon]
        span = f" {_span(row.since_s)}" if row.since_s is not None and row.words.icon in _WRONG else ""
        state = f"{row.words.word}{span}"
        line = Text(f"{letter if self._plain else sign} ", style=style)
        line.append(_padded(row.what, self._title_cells), style="default")
        line.append(" ")
        line.append(_padded(state, _STATE_CELLS), style=style)
        line.append(f" {row.detail}", style="default")
        return line

    def _sentence(self, sentence: str) -> list[Text]:
        if not sentence:
            return []
        indent = " " * (_INDENT + 2)
        wrapped = Text(safe_text(sentence, 1000)).wrap(Console(), self._width - len(indent))
        return [Text(f"{indent}{line.plain.rstrip()}") for line in wrapped]


def _parts(status: Status) -> Iterator[Row]:
    node, broker, journal = status.node, status.broker, status.journal
    if node.words.icon != "dot":
        yield Row("Node", node.words, is_part=True)
    if node.clock == "unsynced":
        yield Row("Clock", _CLOCK_NOT_SET, is_part=True)
    version = f", MQTT {broker.protocol}" if broker.protocol else ""
    detail = f"{broker.backlog} to deliver{version}, {broker.url}" if broker.state != "off" else ""
    yield Row("Broker", broker.words, broker.since_s, detail, is_part=True)
    used = f"{journal.size_bytes / 1e6:.0f} of {journal.cap_bytes / 1e6:.0f} MB"
    yield Row("Journal", journal.words, None, used if journal.epoch else "", is_part=True)
    for adapter in status.adapters:
        yield _adapter(adapter)


def _adapter(adapter: AdapterStatus) -> Row:
    name = f"Bluetooth {adapter.name or adapter.address}".strip()
    places = f"{len(adapter.sources)} of {adapter.slots} places taken" if adapter.slots else ""
    return Row(name, adapter.words, adapter.since_s, places, is_part=True)


def _measured(status: Status) -> Iterator[Row]:
    sources = {source.name: source for source in status.sources}
    for subject in status.subjects:
        yield _subject(subject, sources.get(subject.source or ""))
    for source in status.sources:
        if source.subject is None:
            yield Row(source.name, source.words, source.since_s, _battery(source))


def _subject(subject: SubjectStatus, source: SourceStatus | None) -> Row:
    words = subject.words
    if source is not None and words.icon == "dot" and source.words.sentence:
        words = words.model_copy(update={"sentence": source.words.sentence})  # such as a low battery
    detail = f"{source.name} {_battery(source)}".strip() if source is not None else ""
    return Row(safe_text(subject.title, _TITLE_CELLS), words, subject.since_s, detail)


def _battery(source: SourceStatus) -> str:
    return "" if source.battery_pct is None else f"{source.battery_pct} %"


def _identity(status: Status, width: int) -> Text:
    node = status.node
    left = f"edged {node.software}  {node.site}/{node.node}  up {_span(node.up_s)}"
    right = f"{node.utc[11:19]} UTC" if node.clock == "synced" else f"{node.utc[11:19]} UTC?"
    return Text(f"{_padded(left, width - len(right) - 1)} {right}", style="bold")


def _verdict(everything: Iterable[Row]) -> Text:
    wrong = sum(row.is_wrong for row in everything)
    if not wrong:
        return Text("All is well.", style="green")
    return Text("One thing is wrong." if wrong == 1 else f"{wrong} things are wrong.", style="red")


def _counted(left: Sequence[Row]) -> str:
    words = [row.words.word for row in left]
    return ", ".join(f"{words.count(word)} {word}" for word in dict.fromkeys(words)) + "."


def _padded(text: str, cells: int) -> str:
    if cell_len(text) <= cells:
        return set_cell_size(text, cells)
    return set_cell_size(text, cells - 1) + "…"


def _cut(line: Text, width: int, *, plain: bool) -> Text:
    line.truncate(width, overflow="ellipsis")
    if plain and not line.plain.isascii():
        line.plain = line.plain.replace("…", "~").encode("ascii", "replace").decode("ascii")
    return line


def _span(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.0f} s"
    if seconds < 3600:
        return f"{seconds // 60:.0f} min"
    return (
        f"{seconds // 3600:.0f} h {seconds % 3600 // 60:.0f} min"
        if seconds < 86_400
        else f"{seconds // 86_400:.0f} d"
    )
