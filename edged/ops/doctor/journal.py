"""The journal's file: there, whole, and no damaged one left beside it."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from edged.ops.doctor.finding import Finding, problem, warning, well
from edged.ops.doctor.patient import Patient

CHECK: Final = "journal"
_TITLE: Final = "Journal"
_MAGIC: Final = b"SQLite format 3\0"


async def check_journal(patient: Patient) -> Sequence[Finding]:
    """Look at the file from outside; it is not opened, so that nothing of the daemon's is in the way."""
    return await patient.threads.run(CHECK, lambda: list(_look(patient)))


def _look(patient: Patient) -> Iterator[Finding]:
    path = patient.config.journal.path
    aside = sorted(each for each in path.parent.glob(f"{path.name}.corrupt-*") if each.suffix[-1].isdigit())
    for file in aside:
        yield warning(
            CHECK,
            _TITLE,
            "a damaged journal was set aside; what was not delivered of it is still in there",
            where=str(file),
            mend=f"`sqlite3 {file.name} .recover` saves what can be read. Then delete it. "
            "If it comes again, the card is failing.",
            size_mb=_size_mb(file),
        )
    try:
        with path.open("rb") as file_:
            begins = file_.read(len(_MAGIC))
    except FileNotFoundError:
        yield well(CHECK, _TITLE, "there is none yet: it is made at the first start", where=str(path))
    except OSError as error:
        yield problem(
            CHECK,
            _TITLE,
            f"it cannot be read: {error.strerror}",
            where=str(path),
            mend="`dmesg` tells if the disk fails, `edged doctor --only permissions` if it is the user.",
        )
    else:
        if begins == _MAGIC:
            cap_mb = patient.config.journal.max_size_mb
            yield well(CHECK, _TITLE, "it is there", where=str(path), size_mb=_size_mb(path), cap_mb=cap_mb)
        else:
            yield problem(
                CHECK,
                _TITLE,
                "the file is damaged, or is no journal",
                where=str(path),
                mend="edged sets it aside at the next start and begins a new one: "
                "`sudo systemctl restart edged`. If journal.path names something else, change that first.",
            )


def _size_mb(file: Path) -> float:
    return round(file.stat().st_size / 1e6, 1)
