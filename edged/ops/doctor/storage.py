"""The disks that edged writes to: room, errors, wear."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from edged.ops.doctor.disk import Disk, disk_of
from edged.ops.doctor.finding import Fact, Finding, problem, warning, well
from edged.ops.doctor.patient import Patient

CHECK: Final = "storage"
_TITLE: Final = "Disk"
_LEAST_MB: Final = 50.0
"""Less than so much, and a system begins to fail in odd places."""
_LEAST_INODES: Final = 1000
_WORN_PCT: Final = 90
_WORN_OUT_PCT: Final = 110
_REPLACE: Final = "Save what is on it (`edged verify` tells what is delivered), and replace the disk or card."


async def check_storage(patient: Patient) -> Sequence[Finding]:
    """Look at each disk that the journal, the configuration or a trace is on."""
    return await patient.threads.run(CHECK, lambda: list(_look(patient)))


def _look(patient: Patient) -> Iterator[Finding]:
    for folder, uses in _folders(patient).items():
        try:
            disk = disk_of(folder, patient.sys)
        except OSError as error:
            yield problem(
                CHECK,
                _TITLE,
                f"it cannot be looked at: {error.strerror}",
                where=str(folder),
                mend="Look whether the folder is there and its disk plugged in and mounted: `findmnt`.",
            )
            continue
        wrong = [*_room(patient, disk, folder, uses), *_health(disk, folder, uses)]
        yield from wrong or [
            well(CHECK, _TITLE, "there is room, and no error", where=str(folder), **_facts(disk))
        ]


def _folders(patient: Patient) -> Mapping[Path, tuple[str, ...]]:
    """Return one folder a disk, and what is kept on it; a folder that is not there stands for itself."""
    wanted = [("journal", patient.config.journal.path.parent)]
    if patient.file is not None:
        wanted.append(("configuration", patient.file.parent))
    wanted += [("traces", each.trace.parent) for each in patient.config.source if each.trace is not None]
    folders: dict[object, Path] = {}
    uses: dict[object, tuple[str, ...]] = {}
    for use, folder in wanted:
        key = folder.stat().st_dev if folder.exists() else folder
        folders.setdefault(key, folder)
        if use not in uses.get(key, ()):
            uses[key] = (*uses.get(key, ()), use)
    return {folders[key]: uses[key] for key in folders}


def _room(patient: Patient, disk: Disk, folder: Path, uses: Sequence[str]) -> Iterator[Finding]:
    if disk.read_only:
        return
    if disk.free_mb < _LEAST_MB:
        yield problem(
            CHECK,
            _TITLE,
            f"it is full: {disk.free_mb:.0f} MB are left",
            where=str(folder),
            mend="Make room: `sudo du -xh / | sort -h | tail` shows where. Or lower journal.max_size_mb.",
            **_facts(disk),
        )
    elif "journal" in uses:
        yield from _growth(patient, disk, folder)
    if disk.free_inodes is not None and disk.free_inodes < _LEAST_INODES:
        yield problem(
            CHECK,
            _TITLE,
            f"it has room for {disk.free_inodes} more files only",
            where=str(folder),
            mend="Something has made very many small files: "
            "`sudo du -x --inodes / | sort -n | tail` shows where; remove them.",
            **_facts(disk),
        )


def _growth(patient: Patient, disk: Disk, folder: Path) -> Iterator[Finding]:
    journal = patient.config.journal
    files = (journal.path, journal.path.with_name(f"{journal.path.name}-wal"))
    used_mb = sum(file.stat().st_size for file in files if file.exists()) / 1e6
    missing_mb = journal.max_size_mb - used_mb - (disk.free_mb - _LEAST_MB)
    if missing_mb > 0:
        most_mb = int(used_mb + disk.free_mb - _LEAST_MB)
        yield warning(
            CHECK,
            _TITLE,
            f"the journal may grow to {journal.max_size_mb:g} MB, for which {missing_mb:.0f} MB are missing",
            where=str(folder),
            mend=f"Make room, or lower journal.max_size_mb to {max(most_mb, 1)}.",
            **_facts(disk),
        )


def _health(disk: Disk, folder: Path, uses: Sequence[str]) -> Iterator[Finding]:
    if disk.read_only:
        tell = problem if "journal" in uses or "traces" in uses else warning
        yield tell(
            CHECK,
            _TITLE,
            f"it is read-only; here is: {', '.join(uses)}",
            where=str(folder),
            mend="The kernel does that when a card fails: `dmesg` tells. If it is meant to be so, move what "
            "edged writes to a partition that is not; else replace the card.",
            **_facts(disk),
        )
    if disk.errors:
        yield warning(
            CHECK,
            "Disk health",
            f"its file system has noted {disk.errors} {'error' if disk.errors == 1 else 'errors'}",
            where=disk.device,
            mend="Have it checked at the next start: fsck.mode=force on the kernel's command line. "
            "If it comes again, replace the card.",
            **_facts(disk),
        )
    yield from _wear(disk)


def _wear(disk: Disk) -> Iterator[Finding]:
    wear_pct = disk.wear_pct or 0
    if wear_pct >= _WORN_OUT_PCT or disk.spare == "urgent":
        what = "it is worn out: it has used up the life it was made for"
        yield problem(CHECK, "Disk wear", what, where=disk.device, mend=_REPLACE, **_facts(disk))
    elif wear_pct >= _WORN_PCT or disk.spare == "low":
        what = "it is nearly worn out"
        yield warning(CHECK, "Disk wear", what, where=disk.device, mend=_REPLACE, **_facts(disk))


def _facts(disk: Disk) -> dict[str, Fact]:
    facts: dict[str, Fact] = {
        "device": disk.device or None,
        "free_mb": round(disk.free_mb),
        "size_mb": round(disk.size_mb),
        "free_inodes": disk.free_inodes,
        "errors": disk.errors,
        "wear_pct": disk.wear_pct,
        "spare": disk.spare or None,
    }
    return {name: fact for name, fact in facts.items() if fact is not None}
