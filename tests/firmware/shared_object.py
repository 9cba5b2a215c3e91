"""The C library and its fake board as a shared object, built by its Makefile."""

import ctypes
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

from drivers.decoders.board.frame import FRAME_MAX, DamageReason, Frame

FIRMWARE: Final = Path(__file__).parents[2] / "firmware"

_GOOD: Final = 1
_REASONS: Final = {
    2: DamageReason.CUT,
    3: DamageReason.TOO_LONG,
    4: DamageReason.TOO_SHORT,
    5: DamageReason.BAD_CRC,
}


def make(target: str, build: Path, *variables: str, timeout_s: float = 240) -> str:
    """Run a target of firmware/Makefile with a build folder of its own; fail the test where it fails."""
    command = ["make", "-C", str(FIRMWARE), f"BUILD={build}", target, *variables]
    done = subprocess.run(command, capture_output=True, text=True, timeout=timeout_s, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-6000:]
    return done.stdout + done.stderr


def need(*programs: str) -> None:
    """Skip the test where one of them is missing."""
    for program in programs:
        if shutil.which(program) is None:
            pytest.skip(f"needs {program}: scripts/install-test-tools.sh")


class SharedObject:
    """The wire format as C has it.

    Args:
        path: of libboard.so.
    """

    def __init__(self, path: Path) -> None:
        self.library = ctypes.CDLL(str(path))
        for name in ("bridge_write", "bridge_read", "bridge_sent", "bridge_sent_max"):
            getattr(self.library, name).restype = ctypes.c_uint32
        for name in ("bridge_boot", "bridge_receive", "bridge_run", "bridge_raw", "bridge_event"):
            getattr(self.library, name).restype = None

    def write(self, frame: Frame) -> bytes:
        """Return a frame's bytes on the wire; none where it is too long."""
        wire = ctypes.create_string_buffer(FRAME_MAX + 2)
        payload = frame.payload
        length = self.library.bridge_write(
            ctypes.c_uint8(frame.kind),
            ctypes.c_uint8(frame.stream),
            ctypes.c_uint16(frame.sequence),
            payload,
            ctypes.c_uint8(len(payload)),
            wire,
        )
        return wire.raw[:length]

    def read(self, wire: bytes) -> list[Frame | DamageReason]:
        """Return what a receiver makes of bytes on the wire."""
        results = ctypes.create_string_buffer(len(wire) + 1)
        length = self.library.bridge_read(wire, ctypes.c_uint32(len(wire)), results)
        left = results.raw[:length]
        found: list[Frame | DamageReason] = []
        while left:
            result, left = left[0], left[1:]
            if result != _GOOD:
                found.append(_REASONS[result])
                continue
            kind, stream, low, high, size = left[:5]
            found.append(Frame(kind, stream, low | high << 8, left[5 : 5 + size]))
            left = left[5 + size :]
        return found


class FakeBoard:
    """The board of firmware/test/fake_board.c: there is one, and this boots it anew.

    500 Hz of two channels (i16, u16), 100 Hz of two (i24), 1 Hz of one (f32).
    """

    def __init__(self, shared_object: SharedObject) -> None:
        self._library = shared_object.library
        self._library.bridge_boot()

    def receive(self, data: bytes) -> None:
        """Give it bytes from the host."""
        self._library.bridge_receive(data, ctypes.c_uint32(len(data)))

    def run(self, us: int, step_us: int = 500) -> bytes:
        """Let its time go on, a poll at every step; return what it sent since the last time."""
        self._library.bridge_run(ctypes.c_uint32(us), ctypes.c_uint32(step_us))
        wire = ctypes.create_string_buffer(self._library.bridge_sent_max())
        length = self._library.bridge_sent(wire)
        return wire.raw[:length]

    def set_raw(self, channel: int, raw: int, status: int = 0) -> None:
        """Set what a channel reads from now on."""
        self._library.bridge_raw(ctypes.c_uint8(channel), ctypes.c_int32(raw), ctypes.c_uint8(status))

    def event(self, kind: int, source: int, value: int) -> None:
        """Let something happen."""
        self._library.bridge_event(ctypes.c_uint8(kind), ctypes.c_uint8(source), ctypes.c_uint8(value))
