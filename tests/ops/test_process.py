"""What the kernel says of this process."""

import os
import subprocess
import sys
import time

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
