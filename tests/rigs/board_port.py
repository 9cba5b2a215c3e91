"""A host's end of a board's serial line, and no more: it sends commands and keeps every frame."""

import os
import select
import termios
import time
import tty
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import pytest

from drivers.decoders.board.frame import BOARD_STREAM, DELIMITER, Damage, Frame, Framer
from drivers.decoders.board.messages import Ack, Data, Hello
from drivers.decoders.board.vocabulary import MessageType

PATIENCE_S: Final = 10.0
"""Real seconds until a test fails: the emulator keeps to the clock, but the machine may be busy."""

RETRY_S: Final = 0.25


class BoardPort:
    """The port, open.

    Attributes:
        frames: every good frame so far.
        damaged: how many were not.
        samples: stream to how many samples came.
    """

    def __init__(self, path: Path, baud: int) -> None:
        self.frames: list[Frame] = []
        self.damaged = 0
        self.samples: Counter[int] = Counter()
        self._framer = Framer()
        self._request = 0
        self._fd = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        tty.setraw(self._fd)
        self.set_baud(baud)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._fd)

    @property
    def hellos(self) -> list[Hello]:
        """Every HELLO so far."""
        return [Hello.parse(frame.payload) for frame in self.frames if frame.kind == MessageType.HELLO]

    def data(self, stream: int) -> list[tuple[int, Data]]:
        """Return the DATA frames of a stream so far, with their sequence numbers."""
        frames = (frame for frame in self.frames if frame.kind == MessageType.DATA)
        return [(frame.sequence, Data.parse(frame.payload)) for frame in frames if frame.stream == stream]

    def set_baud(self, baud: int) -> None:
        """Listen and send at a rate."""
        attributes = termios.tcgetattr(self._fd)
        attributes[4] = attributes[5] = getattr(termios, f"B{baud}")
        termios.tcsetattr(self._fd, termios.TCSANOW, attributes)

    def command(self, kind: MessageType, arguments: bytes = b"") -> Ack:
        """Send a command, again while the board says nothing, as it may boot; return what it says."""
        self._request += 1
        request, deadline, again = self._request, time.monotonic() + PATIENCE_S, 0.0
        while request not in self._acks():
            now = time.monotonic()
            if now >= again:
                again = now + RETRY_S
                os.write(self._fd, DELIMITER + Frame(kind, BOARD_STREAM, request, arguments).pack())
            self._read_until(deadline)
        return self._acks()[request]

    def start(self, mask: int) -> None:
        """Start streams."""
        assert self.command(MessageType.START, mask.to_bytes(2, "little")).result == 0

    def until(self, condition: Callable[[], object], within_s: float = PATIENCE_S) -> None:
        """Read until something holds; fail where it takes too long."""
        deadline = time.monotonic() + within_s
        while not condition():
            self._read_until(deadline)

    def _acks(self) -> dict[int, Ack]:
        acks = [Ack.parse(frame.payload) for frame in self.frames if frame.kind == MessageType.ACK]
        return {ack.request: ack for ack in acks}

    def _read_until(self, deadline: float) -> None:
        if time.monotonic() > deadline:
            pytest.fail(f"nothing of the kind; the last frames: {self.frames[-5:]}")
        if not select.select([self._fd], [], [], 0.1)[0]:
            return
        for found in self._framer.feed(os.read(self._fd, 65536)):
            if isinstance(found, Damage):
                self.damaged += 1
            else:
                self.frames.append(found)
                if found.kind == MessageType.DATA:
                    self.samples[found.stream] += Data.parse(found.payload).count
