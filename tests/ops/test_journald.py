"""The journal's native protocol, as a socket hears it."""

import fcntl
import os
import socket
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from edged.ops.journald import Journald, encoded, is_connected


@pytest.fixture
def heard(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind(str(tmp_path / "socket"))
        server.settimeout(5)
        yield server


@pytest.fixture
def journald(heard: socket.socket) -> Iterator[Journald]:
    journald = Journald(Path(heard.getsockname()))
    yield journald
    journald.close()


def open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def test_a_line_a_field() -> None:
    assert encoded([("MESSAGE", "hallo, wörld = 1"), ("PRIORITY", "4")]) == (
        "MESSAGE=hallo, wörld = 1\nPRIORITY=4\n".encode()
    )


def test_several_lines_come_with_their_length() -> None:
    value = "Traceback:\n  line 1"
    assert encoded([("MESSAGE", value)]) == b"MESSAGE\n" + struct.pack("<Q", 19) + value.encode() + b"\n"


def test_half_a_surrogate_pair_is_replaced() -> None:
    assert encoded([("MESSAGE", "\ud800")]) == b"MESSAGE=?\n"


def test_an_entry_is_one_datagram(journald: Journald, heard: socket.socket) -> None:
    journald.send([("MESSAGE", "up"), ("EDGED_SOURCE", "strap-1")])
    assert heard.recv(4096) == b"MESSAGE=up\nEDGED_SOURCE=strap-1\n"


def test_a_large_one_is_a_sealed_file(journald: Journald, heard: socket.socket) -> None:
    before = open_files()
    journald.send([("MESSAGE", "x" * 4_000_000)])
    data, (descriptor,), _, _ = socket.recv_fds(heard, 4096, 1)
    with os.fdopen(descriptor, "rb") as file:
        assert data == b""
        file.seek(0)
        assert file.read() == b"MESSAGE=" + b"x" * 4_000_000 + b"\n"
        seals = fcntl.fcntl(file, fcntl.F_GET_SEALS)
    wanted = fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE
    assert seals & wanted == wanted
    assert open_files() == before, "nothing is left open"


def test_it_does_not_wait_for_who_does_not_read(journald: Journald) -> None:
    def flood() -> None:
        for _ in range(100_000):
            journald.send([("MESSAGE", "x" * 1000)])

    with pytest.raises(BlockingIOError):
        flood()


def test_nobody_is_there(tmp_path: Path) -> None:
    journald = Journald(tmp_path / "none")
    with pytest.raises(FileNotFoundError):
        journald.send([("MESSAGE", "x")])
    journald.close()


def test_standard_error_is_the_journal_where_systemd_says_that_very_one(tmp_path: Path) -> None:
    with (tmp_path / "a").open("w") as stream, (tmp_path / "b").open("w") as other:
        found = os.fstat(stream.fileno())
        environment = {"JOURNAL_STREAM": f"{found.st_dev}:{found.st_ino}"}
        assert is_connected(environment, stream.fileno())
        assert not is_connected(environment, other.fileno()), "led elsewhere"
        assert not is_connected({}, stream.fileno())
        gone = os.dup(stream.fileno())
    os.close(gone)
    assert not is_connected(environment, gone)
