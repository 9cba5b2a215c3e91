"""Prometheus' own checker of rules and metrics."""

import shutil
import subprocess
from pathlib import Path

import pytest


def promtool(*arguments: str, stdin: str = "", folder: Path | None = None) -> str:
    """Run it, and return what it says, good or bad; skip the test where it is not installed."""
    program = shutil.which("promtool")
    if program is None:
        pytest.skip("needs promtool: scripts/install-test-tools.sh")
    done = subprocess.run(
        [program, *arguments],
        input=stdin,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=60,
    )
    return done.stdout
