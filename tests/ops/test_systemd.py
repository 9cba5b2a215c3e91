"""What systemd is told, as its socket hears it."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from edged.ops.systemd import Notifier


@pytest.fixture
def heard(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind(str(tmp_path / "notify"))
        server.settimeout(0)
        yield server


def messages(server: socket.socket) -> list[str]:
    told = []
    while True:
        try:
            told.append(server.recv(4096).decode())
        except BlockingIOError:
            return told


def test_each_thing_in_its_words(heard: socket.socket) -> None:
    notifier = Notifier(heard.getsockname())
    notifier.ready()
    notifier.alive()
    notifier.stopping()
    notifier.reloading()
    told = messages(heard)
    assert told[:3] == ["READY=1", "WATCHDOG=1", "STOPPING=1"]
    first, second = told[3].split("\n")
    assert first == "RELOADING=1"
    assert int(second.removeprefix("MONOTONIC_USEC=")) > 0


def test_a_status_is_one_line_and_said_once(heard: socket.socket) -> None:
    notifier = Notifier(heard.getsockname())
    notifier.status("2 of 4 live.\nREADY=1")
    notifier.status("2 of 4 live. READY=1")
    notifier.status("3 of 4 live.")
    assert messages(heard) == ["STATUS=2 of 4 live. READY=1", "STATUS=3 of 4 live."]


def test_an_abstract_address() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind("\0edged-test-" + str(os.getpid()))
        server.settimeout(0)
        Notifier("@edged-test-" + str(os.getpid())).ready()
        assert messages(server) == ["READY=1"]


def test_nobody_listens(tmp_path: Path) -> None:
    Notifier("").ready()
    Notifier(str(tmp_path / "gone")).ready()


@pytest.mark.parametrize(
    ("environment", "watchdog_s"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "3000000"}, 3.0),
        ({"WATCHDOG_USEC": "3000000", "WATCHDOG_PID": str(os.getpid())}, 3.0),
        ({"WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
    ],
)
def test_the_watchdog_is_asked_for_by_the_environment(
    environment: dict[str, str], watchdog_s: float | None
) -> None:
    assert Notifier.of_environment(environment).watchdog_s == watchdog_s
