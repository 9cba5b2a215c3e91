"""What the kernel says of this process (proc(5))."""

import os
import resource
import time
from pathlib import Path


def rss_mb() -> float:
    """Return the memory that is resident now, MB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def cpu_s() -> float:
    """Return how much processor time this process has taken, user and system, s."""
    return time.process_time()


def open_files() -> int:
    """Return how many files, sockets and pipes are open now."""
    return len(list(Path("/proc/self/fd").iterdir())) - 1  # the folder itself, as it is looked at


def max_files() -> int:
    """Return how many may be open (RLIMIT_NOFILE)."""
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def age_s() -> float:
    """Return for how long this process has run, s, in steps of 10 ms."""
    after_name = Path("/proc/self/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    started_s = int(after_name[19]) / os.sysconf("SC_CLK_TCK")
    up_s = float(Path("/proc/uptime").read_text(encoding="ascii").split()[0])
    return up_s - started_s
