"""SD cards die of writes: what a minute of eight straps costs the disk is a budget."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MAX_SYNCS_A_MINUTE = 70
MAX_BYTES_A_SAMPLE = 430
"""Measured 342; a sample alone in a commit would cost some 5,000."""


@pytest.fixture
def preloaded(tmp_path: Path) -> Path:
    gcc = shutil.which("gcc")
    if gcc is None:
        pytest.skip("needs gcc: apt-get install gcc")
    library = tmp_path / "wear.so"
    source = Path(__file__).with_name("wear.c")
    command = [
        gcc,
        "-std=c99",
        "-Wall",
        "-Wextra",
        "-Werror",
        "-shared",
        "-fPIC",
        "-o",
        str(library),
        str(source),
        "-ldl",
    ]
    subprocess.run(command, check=True)
    return library


def test_a_minute_of_eight_straps_stays_within_its_budget(preloaded: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.store.wearer", str(tmp_path / "edged.db")]
    environment = {**os.environ, "LD_PRELOAD": str(preloaded)}
    done = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
    cost = json.loads(done.stdout)
    assert cost["samples"] == 8 * 60 * 2
    assert 60 <= cost["commits"] <= 61
    assert 60 <= cost["syncs"] <= MAX_SYNCS_A_MINUTE, cost
    assert cost["bytes"] / cost["samples"] <= MAX_BYTES_A_SAMPLE, cost
