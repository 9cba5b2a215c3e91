"""What the user of edged may write and read: its configuration, its journal, its traces."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from edged.ops.doctor.finding import Finding, problem, warning, well
from edged.ops.doctor.patient import Patient

CHECK: Final = "permissions"


async def check_permissions(patient: Patient) -> Sequence[Finding]:
    """Look at every file and folder that edged reads or writes; of another user than ours by their modes."""
    return await patient.threads.run(CHECK, lambda: _look(patient))


def _look(patient: Patient) -> list[Finding]:
    found = list(_configuration(patient))
    if not found or patient.known is not None:
        found += [*_journal(patient), *_traces(patient)]
    user = patient.account.name
    return found or [
        well(CHECK, "Permissions", f"the user {user} may read and write what it needs", user=user)
    ]


def _configuration(patient: Patient) -> Iterator[Finding]:
    file, account = patient.file, patient.account
    if file is None or not file.exists():
        return
    if not account.may(file, os.R_OK):
        yield problem(
            CHECK,
            "Configuration file",
            f"the user {account.name} may not read it",
            where=str(file),
            mend=f"`chgrp {account.name} {file}` and `chmod 0660 {file}` let edged in.",
        )
    if not account.may(file.parent, os.W_OK | os.X_OK):
        yield warning(
            CHECK,
            "Configuration folder",
            f"the user {account.name} may not write into it: the page cannot change the configuration",
            where=str(file.parent),
            mend=f"`chgrp {account.name} {file.parent}` and `chmod 0770 {file.parent}` let edged in.",
        )


def _journal(patient: Patient) -> Iterator[Finding]:
    path, account = patient.config.journal.path, patient.account
    folder = path.parent
    if not folder.is_dir():
        yield problem(
            CHECK,
            "Journal folder",
            "there is no such folder: nothing can be recorded",
            where=str(folder),
            mend=f"`install -d -o {account.name} {folder}` makes it; or change journal.path.",
        )
    elif not account.may(folder, os.W_OK | os.X_OK):
        yield problem(
            CHECK,
            "Journal folder",
            f"the user {account.name} may not write into it: nothing can be recorded",
            where=str(folder),
            mend=f"`chown {account.name} {folder}` lets edged in.",
        )
    for part in (path.with_name(path.name + suffix) for suffix in ("", "-wal", "-shm", ".lock")):
        if part.exists() and not account.may(part, os.R_OK | os.W_OK):
            yield problem(
                CHECK,
                "Journal file",
                f"the user {account.name} may not write it: nothing can be recorded",
                where=str(part),
                mend=f"Another user has run edged here. `chown {account.name} {path}*` gives it back.",
            )


def _traces(patient: Patient) -> Iterator[Finding]:
    for source in patient.config.source:
        if source.trace is not None and not _may_write(patient, source.trace):
            yield warning(
                CHECK,
                "Trace",
                f"the user {patient.account.name} may not write it: {source.name} is measured without",
                where=str(source.trace),
                mend=f"Let that user write there, or change the trace of {source.name}.",
            )


def _may_write(patient: Patient, file: Path) -> bool:
    if file.exists():
        return patient.account.may(file, os.W_OK)
    return patient.account.may(file.parent, os.W_OK | os.X_OK)
