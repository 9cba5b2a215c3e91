"""The Unix socket: whose it is, what is left of it, what may lie in its way."""

import socket
import stat
from contextlib import closing
from pathlib import Path

import pytest

from edged.errors import ConfigError, SocketInUse
from edged.web.listeners import on_socket


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "edged.sock"


def left_behind(path: Path) -> None:
    with closing(socket.socket(socket.AF_UNIX)) as owner:
        owner.bind(str(path))


def test_it_is_for_user_and_group_and_gone_at_the_end(path: Path) -> None:
    with on_socket(path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o660
        with closing(socket.socket(socket.AF_UNIX)) as client:
            client.connect(str(path))
    assert not path.exists()


def test_one_that_was_left_behind_is_replaced(path: Path) -> None:
    left_behind(path)
    with on_socket(path), closing(socket.socket(socket.AF_UNIX)) as client:
        client.connect(str(path))


@pytest.mark.parametrize("waiting", [0, 5])
def test_one_that_somebody_listens_on_is_left_alone(path: Path, waiting: int) -> None:
    with closing(socket.socket(socket.AF_UNIX)) as owner:
        owner.bind(str(path))
        owner.listen(1)
        clients = [socket.socket(socket.AF_UNIX) for _ in range(waiting)]
        for client in clients:  # more than there is room for
            client.settimeout(0)
            client.connect_ex(str(path))
        with pytest.raises(SocketInUse, match="another program listens on") as error, on_socket(path):
            pytest.fail("it took it")
        assert error.value.path == path
        assert path.exists()
        for client in clients:
            client.close()


def test_a_file_in_its_place_is_left_alone(path: Path) -> None:
    path.write_text("precious", encoding="utf-8")
    with pytest.raises(ConfigError, match="is there, and is no socket") as error, on_socket(path):
        pytest.fail("it took it")
    assert error.value.key == "web.socket"
    assert path.read_text(encoding="utf-8") == "precious"


@pytest.mark.parametrize("name", ["none/edged.sock", "x" * 120])
def test_a_place_where_there_can_be_none_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="there can be no socket at") as error, on_socket(tmp_path / name):
        pytest.fail("it took it")
    assert error.value.key == "web.socket"
    assert "107 bytes" in error.value.mend


def test_what_has_taken_its_place_meanwhile_stays(path: Path) -> None:
    with on_socket(path):
        path.unlink()
        left_behind(path)
    assert path.exists()


def test_what_is_gone_already_is_no_trouble(path: Path) -> None:
    with on_socket(path):
        path.unlink()
