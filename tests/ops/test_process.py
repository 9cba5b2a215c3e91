"""What the kernel says of this process, and the log."""

import logging
import os
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from edged.ops import logging as log
from edged.ops.process import age_s, rss_mb


def test_the_memory_is_what_the_kernel_says() -> None:
    before = rss_mb()
    assert 10 < before < 5000
    ballast = bytearray(os.urandom(1) * 40_000_000)
    assert rss_mb() - before > 30
    del ballast


def test_the_age_counts_from_the_start_of_the_process() -> None:
    script = (
        "import time; from edged.ops.process import age_s; print(age_s()); time.sleep(.2); print(age_s())"
    )
    began = time.monotonic()
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    first, second = map(float, done.stdout.split())
    assert 0 <= first < second <= time.monotonic() - began + 0.02
    assert second - first >= 0.19
    assert age_s() > second


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield root
    root.handlers[:] = handlers
    root.setLevel(level)


def test_one_line_an_event_on_standard_error(
    root: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    log.set_up("info")
    logging.getLogger("edged.store").warning("the disk is full")
    logging.getLogger("edged").info("up")
    logging.getLogger("edged").debug("not told")
    told = capsys.readouterr()
    assert told.err == "WARNING edged.store: the disk is full\nINFO edged: up\n"
    assert told.out == ""
    assert root.level == logging.INFO


def test_others_are_told_to_be_quiet(root: logging.Logger, capsys: pytest.CaptureFixture[str]) -> None:
    log.set_up("debug")
    logging.getLogger("aiosqlite").debug("executing")
    logging.getLogger("aiosqlite").warning("odd")
    assert capsys.readouterr().err == "WARNING aiosqlite: odd\n"
    assert root.level == logging.DEBUG
