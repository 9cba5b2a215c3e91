import shutil
from pathlib import Path

import pytest
from hypothesis import settings

from tests.rigs import debian

# How long an example takes is the machine's affair: time is measured by `make bench`. How many are tried is
# a matter of patience: `make test-field` has more of it.
settings.register_profile("daily", deadline=None, max_examples=25)
settings.register_profile("thorough", deadline=None, max_examples=200)
settings.load_profile("daily")


@pytest.fixture(scope="session")
def deb(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Debian package of this tree, for this machine's architecture."""
    if shutil.which("dpkg-deb") is None:
        pytest.skip("needs dpkg-deb: a Debian, or its package dpkg")
    return debian.build(tmp_path_factory.mktemp("deb"))
