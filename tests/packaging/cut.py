"""Runs a program until the power goes: before its n-th change to the disk, with all that it has started.

    python cut.py N PROGRAM ARGUMENT ...

Counted are files, links and folders renamed, made and removed, programs started, and every hundredth file of
a folder that is removed.
"""

import os
import runpy
import signal
import sys
from itertools import count
from pathlib import Path

_COUNTED = {
    "os.rename",
    "os.symlink",
    "os.mkdir",
    "os.rmdir",
    "subprocess.Popen",
    "shutil.rmtree",
    "shutil.copyfile",
}
_SOME = 100


def main() -> None:
    """Run the program."""
    at = int(sys.argv[1])
    changes, removed = count(1), count()

    def seen(event: str, arguments: tuple[object, ...]) -> None:
        is_change = event in _COUNTED or (event == "os.remove" and _is_counted(str(arguments[0])))
        if is_change and next(changes) == at:
            os.killpg(0, signal.SIGKILL)

    def _is_counted(path: str) -> bool:
        # shutil.rmtree names files as its folder has them
        return path.startswith("/") or next(removed) % _SOME == 0

    sys.argv = sys.argv[2:]
    sys.path[0] = str(Path(sys.argv[0]).parent)
    sys.addaudithook(seen)
    runpy.run_path(sys.argv[0], run_name="__main__")


if __name__ == "__main__":
    main()
