"""The built page, as the sources are now."""

import subprocess
import sys
from pathlib import Path

import pytest


def build_page() -> None:
    """Build the page where it is not up to date; skip the test where that cannot be done here."""
    script = Path(__file__).parents[2] / "scripts" / "build_ui.py"
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"needs the built page (make ui): {done.stderr.strip()}")
