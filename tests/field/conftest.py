from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def package(deb: Path) -> Path:
    """The Debian package of this tree."""
    return deb
