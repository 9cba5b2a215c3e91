"""Disks that are full, read-only, or at the end of their life: real mounts where root may make them."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from edged.ops.doctor.patient import Patient
from tests.ops.doctor.bodies import looked, only, patient, write

DISK: Final = "sys/devices/platform/soc/fe340000.mmc/mmc_host/mmc0/mmc0:0001/block/mmcblk0"
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount")


@contextmanager
def mounted(folder: Path, options: str) -> Iterator[None]:
    folder.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", folder], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", folder], check=True)


def remount_read_only(folder: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", folder], check=True)


def emmc(folder: Path, *, life_time: str = "0x01 0x02", spare: str = "0x01", errors: str = "0") -> Patient:
    """Return a node whose journal is on an eMMC's second partition, as the kernel tells of it."""
    node = patient(folder, config={"journal": {"path": folder / "state/edged.db", "max_size_mb": 1}})
    write(folder / DISK / "mmcblk0p2/partition", "2")
    write(folder / DISK.partition("/block/")[0] / "life_time", life_time)
    write(folder / DISK.partition("/block/")[0] / "pre_eol_info", spare)
    device = folder / DISK / "device"
    if not device.is_symlink():
        device.symlink_to("../..")
    write(folder / "sys/fs/ext4/mmcblk0p2/errors_count", errors)
    number = (folder / "state").stat().st_dev
    link = folder / f"sys/dev/block/{os.major(number)}:{os.minor(number)}"
    link.parent.mkdir(parents=True, exist_ok=True)
    if not link.is_symlink():
        link.symlink_to(folder / DISK / "mmcblk0p2")
    return node


@as_root
async def test_a_disk_with_room(tmp_path: Path) -> None:
    with mounted(tmp_path / "state", "size=80m"):
        node = patient(tmp_path, config={"journal": {"path": tmp_path / "state/edged.db", "max_size_mb": 20}})
        found = await only("storage", node)
    assert (found.level, found.what, found.where) == (
        "ok",
        "there is room, and no error",
        f"{tmp_path}/state",
    )
    assert found.facts["size_mb"] == 84
    assert found.facts["free_mb"] == 84


@as_root
async def test_a_full_disk(tmp_path: Path) -> None:
    with mounted(tmp_path / "state", "size=60m"):
        node = patient(tmp_path, config={"journal": {"path": tmp_path / "state/edged.db", "max_size_mb": 1}})
        (tmp_path / "state/film").write_bytes(bytes(40_000_000))
        found = await only("storage", node)
    assert (found.level, found.what) == ("problem", "it is full: 23 MB are left")
    assert found.mend == (
        "Make room: `sudo du -xh / | sort -h | tail` shows where. Or lower journal.max_size_mb."
    )


@as_root
async def test_a_journal_that_may_outgrow_its_disk(tmp_path: Path) -> None:
    with mounted(tmp_path / "state", "size=100m"):
        node = patient(tmp_path, config={"journal": {"path": tmp_path / "state/edged.db", "max_size_mb": 80}})
        (tmp_path / "state/edged.db").write_bytes(bytes(10_000_000))
        (tmp_path / "state/edged.db-wal").write_bytes(bytes(4_000_000))
        found = await only("storage", node)
        assert found.level == "warning"
        assert found.what == "the journal may grow to 80 MB, for which 25 MB are missing"
        assert found.mend == "Make room, or lower journal.max_size_mb to 54."
        smaller = {"journal": {"path": tmp_path / "state/edged.db", "max_size_mb": 54}}
        assert (await only("storage", patient(tmp_path, config=smaller))).level == "ok"


@as_root
async def test_a_disk_without_inodes(tmp_path: Path) -> None:
    with mounted(tmp_path / "state", "size=80m,nr_inodes=500"):
        node = patient(tmp_path, config={"journal": {"path": tmp_path / "state/edged.db", "max_size_mb": 1}})
        found = await only("storage", node)
    assert (found.level, found.what) == ("problem", "it has room for 499 more files only")
    assert "`sudo du -x --inodes / | sort -n | tail` shows where" in found.mend


@as_root
async def test_a_disk_that_became_read_only(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    with mounted(tmp_path / "state", "size=80m,ro"):
        node = patient(tmp_path, config={"journal": {"path": tmp_path / "state/edged.db", "max_size_mb": 1}})
        found = await only("storage", node)
    assert (found.level, found.what) == ("problem", "it is read-only; here is: journal")
    assert found.mend.startswith("The kernel does that when a card fails: `dmesg` tells.")


@as_root
async def test_a_read_only_configuration_is_a_warning(tmp_path: Path) -> None:
    with mounted(tmp_path / "etc", "size=80m"):
        file = write(tmp_path / "etc/edged.toml", "")
        remount_read_only(tmp_path / "etc")
        small = {"journal": {"path": tmp_path / "state/edged.db", "max_size_mb": 1}}
        found = await looked("storage", patient(tmp_path, config=small, file=file))
    assert [(each.level, each.where) for each in found] == [
        ("ok", f"{tmp_path}/state"),
        ("warning", f"{tmp_path}/etc"),
    ]
    assert found[1].what == "it is read-only; here is: configuration"


async def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    node = patient(tmp_path, config={"journal": {"path": tmp_path / "gone/edged.db"}})
    found = await only("storage", node)
    assert (found.level, found.where) == ("problem", f"{tmp_path}/gone")
    assert found.what == "it cannot be looked at: No such file or directory"
    assert found.mend.startswith("Look whether the folder is there and its disk plugged in and mounted")


async def test_folders_on_one_disk_are_looked_at_once(tmp_path: Path) -> None:
    source = {"name": "a", "link": "sim:resting", "trace": str(tmp_path / "state/a.trace")}
    journal = {"path": tmp_path / "state/edged.db", "max_size_mb": 1}
    file = write(tmp_path / "edged.toml", "")
    await only("storage", patient(tmp_path, config={"journal": journal, "source": [source]}, file=file))


async def test_an_emmc_that_is_well(tmp_path: Path) -> None:
    found = await only("storage", emmc(tmp_path))
    assert found.level == "ok"
    assert {name: found.facts[name] for name in ("device", "errors", "wear_pct", "spare")} == {
        "device": "mmcblk0p2",
        "errors": 0,
        "wear_pct": 20,
        "spare": "normal",
    }


@pytest.mark.parametrize(("errors", "words"), [("1", "1 error"), ("7", "7 errors")])
async def test_errors_that_the_file_system_has_noted(tmp_path: Path, errors: str, words: str) -> None:
    found = await only("storage", emmc(tmp_path, errors=errors))
    assert (found.level, found.title, found.where) == ("warning", "Disk health", "mmcblk0p2")
    assert found.what == f"its file system has noted {words}"
    assert found.mend.startswith("Have it checked at the next start: fsck.mode=force")


@pytest.mark.parametrize(
    ("life_time", "spare", "level", "what"),
    [
        ("0x08 0x09", "0x01", "warning", "it is nearly worn out"),
        ("0x01 0x01", "0x02", "warning", "it is nearly worn out"),
        ("0x0b 0x01", "0x01", "problem", "it is worn out: it has used up the life it was made for"),
        ("0x01 0x01", "0x03", "problem", "it is worn out: it has used up the life it was made for"),
    ],
)
async def test_an_emmc_at_the_end_of_its_life(
    tmp_path: Path, life_time: str, spare: str, level: str, what: str
) -> None:
    found = await only("storage", emmc(tmp_path, life_time=life_time, spare=spare))
    assert (found.level, found.what, found.where) == (level, what, "mmcblk0p2")
    assert found.mend.endswith("replace the disk or card.")


async def test_a_card_that_does_not_tell(tmp_path: Path) -> None:
    found = await only("storage", emmc(tmp_path, life_time="0x00 0x00", spare="0x00"))
    assert found.level == "ok"
    assert found.facts.keys().isdisjoint({"wear_pct", "spare"})
