"""The power goes in the middle of an upgrade: the old version is there or the new one, and both are whole."""

import random
import signal
import subprocess
import time
from itertools import count

import pytest

from tests.packaging.conftest import Board, Versions
from tests.packaging.small import PYTHON, Small, home, is_whole, target, told

RANDOM_CUTS = 25


def see_whole(board: Board) -> str:
    """See that whatever is current is whole and starts; return its version."""
    version = told(board.root)
    assert is_whole(board.root)
    assert version == target(board.root)
    assert version in {"0.1.1", "0.1.2"}
    return version


def see_completed(board: Board, package: Small) -> None:
    """See that the next try completes it, and leaves nothing behind."""
    package.done("install", board.root)
    assert is_whole(board.root)
    assert (target(board.root), target(board.root, "previous")) == ("0.1.2", "0.1.1")
    there = {path.name.partition("-")[0] for path in home(board.root).iterdir()}
    assert there == {"0.1.1", "0.1.2", "current", "previous"}


def test_at_every_step_of_the_switch(kept_board: Board, versions: Versions) -> None:
    seen = []
    for step in count(1):
        kept_board.begin("made")
        for left in ("0.0.9-0badcafe/lib", "0.1.2-0badcafe.partial/lib"):
            (home(kept_board.root) / left).mkdir(parents=True)
        done = versions.new.deploy("install", kept_board.root, cut=[step])
        if done.returncode == 0:
            break
        assert done.returncode == -signal.SIGKILL, done.stderr
        seen.append(see_whole(kept_board))
        see_completed(kept_board, versions.new)
    assert seen == sorted(seen), "from the old one to the new one, once"
    assert set(seen) == {"0.1.1", "0.1.2"}
    assert len(seen) > 10


@pytest.mark.field
def test_at_every_step_of_an_upgrade(kept_board: Board, versions: Versions) -> None:
    seen = []
    for step in count(1):
        kept_board.begin("old")
        done = versions.new.deploy("install", kept_board.root, cut=[step])
        if done.returncode == 0:
            break
        assert done.returncode == -signal.SIGKILL, done.stderr
        seen.append(see_whole(kept_board))
        see_completed(kept_board, versions.new)
    assert seen == sorted(seen)
    assert set(seen) == {"0.1.1", "0.1.2"}


@pytest.mark.field
def test_at_any_time_of_an_upgrade(kept_board: Board, versions: Versions) -> None:
    dice = random.Random(20261125)
    program = versions.new.tree / "usr/lib/edged/deploy.py"
    command = [PYTHON, "-EsB", str(program), "install", "--root", str(kept_board.root)]
    kept_board.begin("old")
    began = time.monotonic()
    versions.new.done("install", kept_board.root)
    takes_s = time.monotonic() - began
    cuts = 0
    for _ in range(RANDOM_CUTS):
        kept_board.begin("old")
        upgrade = subprocess.Popen(command, start_new_session=True)
        try:
            upgrade.wait(dice.uniform(0, takes_s))
        except subprocess.TimeoutExpired:
            subprocess.run(["kill", "-KILL", "--", f"-{upgrade.pid}"], check=True)
            upgrade.wait()
            cuts += 1
        see_whole(kept_board)
        see_completed(kept_board, versions.new)
    assert cuts > RANDOM_CUTS / 2
