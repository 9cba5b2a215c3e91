"""What the kernel says of this process (proc(5))."""

import os
from pathlib import Path


def rss_mb() -> float:
    """Return the memory that is resident now, MB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def age_s() -> float:
    """Return for how long this process has run, s, in steps of 10 ms."""
    after_name = Path("/proc/self/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    started_s = int(after_name[19]) / os.sysconf("SC_CLK_TCK")
    up_s = float(Path("/proc/uptime").read_text(encoding="ascii").split()[0])
    return up_s - started_s
