"""Where the real recordings are that this project did not make."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def recordings() -> Path:
    beside = Path(__file__).resolve().parents[3] / "shared" / "recordings"
    folder = Path(os.environ.get("EDGED_RECORDINGS", beside))
    if not folder.is_dir():
        pytest.skip(f"no recordings at {folder}; set EDGED_RECORDINGS to the folder that has them")
    return folder
