"""The power goes while the board is upgraded: the old version is there or the new one, whole, and streams.

One upgrade runs, on disks with a write cache. At each of its moments the board is frozen, and what the disks
hold without their caches is copied: it is what a power cut leaves then. Each copy is booted.
"""

import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from edged import __version__
from tests.field.board import Board, powered, short_folder
from tests.field.journal import JournalView, read_journal
from tests.field.node import CONFIG
from tests.field.report import publish
from tests.field.upgrade import LINKED, MOMENTS, NEWER, Cut, Upgrade
from tests.field.vm.board_image import CACHE, BoardImage
from tests.field.vm.machine import Disks, require_qemu
from tests.field.vm.payload import make_payload, make_state
from tests.field.vm.volatile_disk import require_nbdkit
from tests.rigs import debian

pytestmark = pytest.mark.field

STREAMING_S = 180.0
CUTS = CACHE / "cuts"
BLOCK_BYTES = 4096

WRITE = f"""
set -e
head -c {BLOCK_BYTES} /dev/zero >/flushed
cp /flushed /written
sync
tr '\\0' x </flushed >/tmp/x
dd if=/tmp/x of=/flushed oflag=direct conv=notrunc,fsync
dd if=/tmp/x of=/written oflag=direct conv=notrunc
"""
"""Past the guest's own cache, onto the disk; one is flushed, and the other is not."""


@dataclass(frozen=True, slots=True)
class Upgraded:
    """An upgrade that has passed all its moments.

    Attributes:
        image: of the board.
        newer: the package that was installed.
        cuts: by moment.
        told: what came of them, in lines.
    """

    image: BoardImage
    newer: Path
    cuts: Mapping[str, Cut]
    told: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def upgraded(package: Path, request: pytest.FixtureRequest) -> Iterator[Upgraded]:
    require_qemu()
    require_nbdkit()
    image, newer = BoardImage.get(package), debian.variant(package, NEWER, {})
    shutil.rmtree(CUTS, ignore_errors=True)
    with short_folder() as folder:
        original = Disks(image.disk, make_payload(folder, [newer]), make_state(folder, CONFIG))
        try:
            disks = original.copied(CUTS / "running")
            with powered("upgrade", image, disks, forgets=False) as board:
                board.node.until_all_stream(STREAMING_S)
                result = Upgraded(image, newer, cuts_of(board, disks, newer))
            yield result
            publish(request, CACHE / "power-cuts.txt", "\n".join(result.told))
        finally:
            shutil.rmtree(CUTS, ignore_errors=True)


def cuts_of(board: Board, disks: Disks, newer: Path) -> dict[str, Cut]:
    """Upgrade; return what a power cut at each moment would have left."""
    upgrade, cuts = Upgrade(board), {}
    began_s = board.machine.on_s
    upgrade.install(newer)
    for n, moment in enumerate(MOMENTS):
        kept = read_journal(board.machine)
        upgrade.until(moment)
        after_s = board.machine.on_s - began_s
        with board.machine.frozen():
            cuts[moment] = Cut(disks.copied(CUTS / str(n)), kept, after_s)
    return cuts


@contextmanager
def after_cut(upgraded: Upgraded, name: str, disks: Disks, *, forgets: bool = False) -> Iterator[Board]:
    """Boot what a power cut has left; yield the board once all straps stream."""
    with powered(name, upgraded.image, disks, forgets=forgets) as board:
        board.node.until_all_stream(STREAMING_S)
        yield board


@pytest.mark.parametrize("moment", MOMENTS)
def test_the_old_version_streams_or_the_new_one_and_the_journal_goes_on(
    upgraded: Upgraded, moment: str
) -> None:
    cut = upgraded.cuts[moment]
    with after_cut(upgraded, "cut", cut.disks, forgets=True) as board:
        streams_s = board.machine.on_s
        version = version_of(board)
        assert version in versions_at(moment)
        assert_kept(cut.kept, board)
    upgraded.told.append(
        f"Power cut after {cut.after_s:3.0f} s, when {moment}: "
        f"{version} streams {streams_s:.0f} s after power on"
    )


def test_unpacked_in_part_it_is_installed_again(upgraded: Upgraded) -> None:
    cut = upgraded.cuts["dpkg unpacks"]
    with after_cut(upgraded, "installed-again", cut.disks) as board:
        upgrade = Upgrade(board)
        upgrade.install(upgraded.newer)
        upgrade.until("dpkg is done")
        assert_newer_and_kept(board, cut.kept)
    upgraded.told.append("Installed again, after it was unpacked in part: done")


def test_the_power_goes_again_while_it_is_configured_and_then_it_is_done(upgraded: Upgraded) -> None:
    cut = upgraded.cuts["it is compiled"]
    with after_cut(upgraded, "configured", cut.disks) as board:
        upgrade = Upgrade(board)
        upgrade.configure()
        upgrade.until("wheels are installed")
        board.machine.cut_power()
    with after_cut(upgraded, "configured-again", cut.disks) as board:
        assert version_of(board) == __version__
        upgrade = Upgrade(board)
        upgrade.configure()
        upgrade.until("dpkg is done")
        assert_newer_and_kept(board, cut.kept)
    upgraded.told.append("Configured, cut again in the midst of it, and configured again: done")


def test_what_was_not_flushed_is_gone_with_the_power(upgraded: Upgraded) -> None:
    """Otherwise the cuts would show little: of a QEMU that is killed, all that it was given survives."""
    disks = upgraded.cuts["dpkg is done"].disks
    with powered("flushed", upgraded.image, disks, forgets=False) as board:
        board.machine.run("mount", "-o", "remount,rw", "/")
        board.machine.run("sh", "-c", WRITE)
        board.machine.cut_power()
    subprocess.run(["/sbin/e2fsck", "-p", disks.root], check=False, stdout=subprocess.DEVNULL)
    held = {
        name: subprocess.check_output(
            ["/sbin/debugfs", "-R", f"cat /{name}", disks.root], stderr=subprocess.DEVNULL
        )
        for name in ("flushed", "written")
    }
    assert held == {"flushed": b"x" * BLOCK_BYTES, "written": bytes(BLOCK_BYTES)}


def versions_at(moment: str) -> set[str]:
    """Return which versions may run after a power cut."""
    order = list(MOMENTS)
    later = order.index(moment) - order.index(LINKED)
    return {__version__} if later < 0 else {NEWER} if later > 0 else {__version__, NEWER}


def version_of(board: Board) -> str:
    """Return the version that is linked, having seen that it is whole, runs, and is the one that serves."""
    board.machine.run(
        "sh", "-c", "cd /opt/edged/current/ && exec sha256sum --check --quiet manifest.sha256", timeout_s=180
    )
    linked = board.machine.run("readlink", "/opt/edged/current").partition("-")[0]
    assert board.machine.run("edged", "--version").split()[-1] == linked
    view = board.node.look()
    assert view is not None
    assert view.software == linked
    return linked


def assert_newer_and_kept(board: Board, kept: JournalView) -> None:
    """The upgrade has been completed, and recording goes on."""
    assert version_of(board) == NEWER
    board.node.until_all_stream(STREAMING_S)
    assert_kept(kept, board)


def assert_kept(before: JournalView, board: Board) -> None:
    """Every record that was committed before a power cut is there, in the same journal, which goes on."""
    after = read_journal(board.machine, before.head)
    assert after.check == "ok"
    assert (after.epoch, after.digest) == (before.epoch, before.digest)
    assert after.head > before.head > 0
