"""What the user of edged may not read or write."""

import os
from pathlib import Path
from typing import Any

import pytest

from edged.ops.doctor.account import Account
from edged.ops.doctor.patient import Patient
from tests.ops.doctor.bodies import NOBODY, looked, only, patient, write

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root may look with another user's eyes")


def owned(path: Path, mode: int) -> Path:
    path.chmod(mode)
    os.chown(path, 1234, 1234)
    return path


def nobodys(folder: Path, **more: Any) -> Patient:
    node = patient(folder, account=NOBODY, **more)
    (folder / "etc").mkdir(exist_ok=True)
    for each in (folder / "state", folder / "etc"):
        each.chmod(0o777)
    return node


async def test_all_is_well(tmp_path: Path) -> None:
    node = nobodys(tmp_path, file=write(tmp_path / "etc/edged.toml", ""))
    found = await only("permissions", node)
    assert (found.level, found.what) == ("ok", "the user nobody may read and write what it needs")


async def test_a_configuration_that_may_not_be_read(tmp_path: Path) -> None:
    file = write(tmp_path / "etc/edged.toml", "")
    node = nobodys(tmp_path, file=owned(file, 0o660))
    found = await only("permissions", node)
    assert (found.title, found.level) == ("Configuration file", "problem")
    assert found.where == str(file)
    assert found.mend == f"`chgrp nobody {file}` and `chmod 0660 {file}` let edged in."


async def test_one_that_may_not_be_read_is_told_of_though_nothing_else_can_be(tmp_path: Path) -> None:
    file = owned(write(tmp_path / "etc/edged.toml", ""), 0o660)
    found = await only("permissions", nobodys(tmp_path, file=file, known=None))
    assert (found.title, found.level) == ("Configuration file", "problem")


async def test_a_configuration_folder_that_may_not_be_written(tmp_path: Path) -> None:
    node = nobodys(tmp_path, file=write(tmp_path / "etc/edged.toml", ""))
    folder = owned(tmp_path / "etc", 0o755)
    found = await only("permissions", node)
    assert (found.title, found.level, found.where) == ("Configuration folder", "warning", str(folder))
    assert found.what.endswith("the page cannot change the configuration")
    assert found.mend == f"`chgrp nobody {folder}` and `chmod 0770 {folder}` let edged in."


async def test_no_folder_for_the_journal(tmp_path: Path) -> None:
    node = nobodys(tmp_path, config={"journal": {"path": tmp_path / "gone/edged.db"}})
    found = await only("permissions", node)
    assert (found.level, found.what) == ("problem", "there is no such folder: nothing can be recorded")
    assert found.mend == f"`install -d -o nobody {tmp_path}/gone` makes it; or change journal.path."


async def test_a_journal_folder_that_may_not_be_written(tmp_path: Path) -> None:
    node = nobodys(tmp_path)
    folder = owned(tmp_path / "state", 0o755)
    found = await only("permissions", node)
    assert (found.title, found.level, found.where) == ("Journal folder", "problem", str(folder))
    assert found.mend == f"`chown nobody {folder}` lets edged in."


@pytest.mark.parametrize("suffix", ["", "-wal", ".lock"])
async def test_a_journal_that_another_user_has_made(tmp_path: Path, suffix: str) -> None:
    node = nobodys(tmp_path)
    path = node.config.journal.path
    part = owned(write(path.with_name(path.name + suffix), ""), 0o644)
    found = await only("permissions", node)
    assert (found.title, found.level, found.where) == ("Journal file", "problem", str(part))
    assert found.mend == f"Another user has run edged here. `chown nobody {path}*` gives it back."


async def test_a_trace_that_may_not_be_written(tmp_path: Path) -> None:
    traces = [
        {"name": "a", "link": "sim:resting", "trace": str(tmp_path / "state/a.trace")},
        {"name": "b", "link": "sim:resting", "trace": str(tmp_path / "state/b.trace")},
        {"name": "c", "link": "sim:resting", "trace": str(tmp_path / "traces/c.trace")},
    ]
    node = nobodys(tmp_path, config={"source": traces})
    owned(write(tmp_path / "state/b.trace", ""), 0o644)
    (tmp_path / "traces").mkdir()
    owned(tmp_path / "traces", 0o755)
    found = await looked("permissions", node)
    assert [(each.level, each.where) for each in found] == [
        ("warning", f"{tmp_path}/state/b.trace"),
        ("warning", f"{tmp_path}/traces/c.trace"),
    ]
    assert found[0].mend == "Let that user write there, or change the trace of b."


async def test_our_own_rights_are_tried(tmp_path: Path) -> None:
    account = Account.current()
    assert account.is_current
    assert account.may(tmp_path, os.W_OK)
    assert not account.may(tmp_path / "gone", os.R_OK)
    assert not NOBODY.may(tmp_path / "gone", os.R_OK)
    assert Account("root", 0, frozenset({0})).is_in("bluetooth")
