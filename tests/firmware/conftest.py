"""The C library, built once for all tests of it."""

import pytest

from tests.firmware.shared_object import SharedObject, make, need


@pytest.fixture(scope="session")
def shared_object(tmp_path_factory: pytest.TempPathFactory) -> SharedObject:
    need("gcc", "make")
    build = tmp_path_factory.mktemp("firmware")
    make("host", build)
    return SharedObject(build / "libboard.so")
