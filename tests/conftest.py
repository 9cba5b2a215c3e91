import shutil
from pathlib import Path

import pytest
from hypothesis import settings

from tests.rigs import debian

# How long an example takes is the machine's affair: time is measured by `make bench`.
settings.register_profile("edged", deadline=None)
settings.load_profile("edged")


@pytest.fixture(scope="session")
def deb(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Debian package of this tree, for this machine's architecture."""
    if shutil.which("dpkg-deb") is None:
        pytest.skip("needs dpkg-deb: a Debian, or its package dpkg")
    return debian.build(tmp_path_factory.mktemp("deb"))
