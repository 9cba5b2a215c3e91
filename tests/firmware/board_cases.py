"""What every emulated board must do."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from drivers.decoders.board.messages import BoardEvent, ChannelDescriptor
from drivers.decoders.board.samples import SampleFormat
from drivers.decoders.board.vocabulary import DataStatus, MessageType, ResetCause
from tests.rigs.board_port import BoardPort
from tests.rigs.board_truth import holes, samples, times_of
from tests.rigs.emulated_board import ADC_BITS, INFRARED, RED, EmulatedBoard, Waveform

ADC, PPG, TEMPERATURE = range(3)
ALL = 0b111
BAUD = 500_000
PPM = 1e-6

WAVE = Waveform(np.random.default_rng(1).integers(-32768, 32767, (400, 3), dtype=np.int16), 20.0)
"""Noise: any second of it is unlike any other."""


class EmulatedBoardCases(ABC):
    """Run over each kind of board, with three channels at 500 Hz."""

    @abstractmethod
    def board(self, folder: Path, *, speed: float = 1.0, noise: float = 0.0) -> EmulatedBoard:
        """Return a board with ``WAVE`` on its inputs."""

    def test_describes_itself(self, tmp_path: Path) -> None:
        with self.board(tmp_path) as board, BoardPort(board.port, BAUD) as port:
            port.command(MessageType.IDENTIFY)
            port.until(lambda: len(_channels(port)) == 6)
        assert [channel.label for channel in _channels(port)[3:]] == ["red", "infrared", "temperature"]
        assert [channel.stream for channel in _channels(port)] == [ADC] * 3 + [PPG] * 2 + [TEMPERATURE]
        assert (port.hellos[-1].model, port.hellos[-1].streams, port.hellos[-1].channels) == (
            f"edged-{board.kind}",
            3,
            6,
        )

    def test_samples_are_those_of_the_waveform(self, tmp_path: Path) -> None:
        bits = ADC_BITS[self.board(tmp_path).kind]
        with self.board(tmp_path) as board, BoardPort(board.port, BAUD) as port:
            _stream(port, ADC, frames=25)
            origin_ns = board.report()["origin_ns"]
        frames = port.data(ADC)
        values = samples(frames, [SampleFormat.U16] * 3)
        assert holes(frames) == 0
        for channel in range(3):
            times_ns = times_of(board, channel, values[:, channel])
            codes = WAVE.codes(channel, (times_ns - origin_ns) * 1e-9, bits)
            assert np.abs(values[:, channel] - codes).max() <= WAVE.tolerance(bits)

    def test_photoplethysmogram_is_that_of_the_sensor(self, tmp_path: Path) -> None:
        with self.board(tmp_path) as board, BoardPort(board.port, BAUD) as port:
            _stream(port, PPG, frames=12)
        frames = port.data(PPG)
        values = samples(frames, [SampleFormat.I24] * 2) + 2**17
        assert holes(frames) == 0
        red_ns = times_of(board, RED, values[:, 0])
        assert (times_of(board, INFRARED, values[:, 1]) == red_ns).all()
        t_us = np.array([data.t_us for _, data in frames])
        assert np.abs(np.diff(t_us) - np.diff(red_ns[::4]) / 1000).max() < 1000

    def test_temperature_is_that_of_the_sensor(self, tmp_path: Path) -> None:
        with self.board(tmp_path) as board, BoardPort(board.port, BAUD) as port:
            board.set_temperature(-2.5)
            _stream(port, TEMPERATURE, frames=2)
        assert samples(port.data(TEMPERATURE)[-1:], [SampleFormat.I16]) / 16 == -2.5

    def test_sensors_that_come_off_the_bus_are_a_fault(self, tmp_path: Path) -> None:
        with self.board(tmp_path) as board, BoardPort(board.port, BAUD) as port:
            board.set_sensors(attached=False)
            port.start(ALL)
            port.until(lambda: any(DataStatus.BUS_FAULT & data.status for _, data in port.data(TEMPERATURE)))
            board.set_sensors(attached=True)
            frames = len(port.data(PPG))
            port.until(lambda: len(port.data(PPG)) > frames)

    @pytest.mark.parametrize("speed", [1 - 300 * PPM, 1 + 500 * PPM])
    def test_its_clock_runs_as_its_crystal(self, tmp_path: Path, speed: float) -> None:
        with self.board(tmp_path, speed=speed) as board, BoardPort(board.port, BAUD) as port:
            _stream(port, ADC, frames=50)
        frames = port.data(ADC)
        times_ns = times_of(board, 0, samples(frames, [SampleFormat.U16] * 3)[:, 0])
        passed_us = frames[-1][1].t_us - frames[0][1].t_us
        truly_us = (times_ns[-frames[-1][1].count] - times_ns[0]) / 1000
        assert passed_us / truly_us - speed == pytest.approx(0, abs=20 * PPM)

    @pytest.mark.parametrize(
        ("happen", "cause"),
        [
            (EmulatedBoard.power_cycle, ResetCause.POWER_ON),
            (EmulatedBoard.reset, ResetCause.PIN),
            (EmulatedBoard.hang, ResetCause.WATCHDOG),
        ],
    )
    def test_says_why_it_booted(
        self, tmp_path: Path, happen: Callable[[EmulatedBoard], None], cause: ResetCause
    ) -> None:
        with self.board(tmp_path) as board, BoardPort(board.port, BAUD) as port:
            port.command(MessageType.IDENTIFY)
            port.until(lambda: port.hellos)
            before = port.hellos[-1]
            happen(board)
            port.until(lambda: port.hellos[-1].boot_id != before.boot_id)
        assert port.hellos[-1].reset_cause == cause
        assert port.hellos[-1].uid == before.uid

    def test_reboots_when_told(self, tmp_path: Path) -> None:
        with self.board(tmp_path) as board, BoardPort(board.port, BAUD) as port:
            port.command(MessageType.REBOOT)
            port.until(lambda: port.hellos and port.hellos[-1].reset_cause == ResetCause.SOFTWARE)

    def test_changes_the_rate_of_the_line_after_its_answer(self, tmp_path: Path) -> None:
        with self.board(tmp_path) as board, BoardPort(board.port, BAUD) as port:
            assert port.command(MessageType.SET_BAUD, (1_000_000).to_bytes(4, "little")).result == 0
            port.set_baud(1_000_000)
            assert port.command(MessageType.IDENTIFY).result == 0

    def test_a_host_at_another_rate_understands_nothing(self, tmp_path: Path) -> None:
        with self.board(tmp_path) as board, BoardPort(board.port, BAUD) as port:
            port.start(1 << ADC)
            port.set_baud(115_200)
            damaged = port.damaged
            port.until(lambda: port.damaged > damaged + 5)

    def test_noise_damages_frames_and_no_more(self, tmp_path: Path) -> None:
        with self.board(tmp_path, noise=0.001) as board, BoardPort(board.port, BAUD) as port:
            board.set_noise(0)
            port.start(1 << ADC)
            before = port.damaged
            board.set_noise(0.001)
            port.until(lambda: port.damaged >= before + 3 and len(port.data(ADC)) > 30)
            board.set_noise(0)
            assert port.command(MessageType.STOP, b"\1\0").result == 0
            assert board.report()["damaged"] >= 3
        assert 1 <= holes(port.data(ADC)) <= port.damaged - before

    def test_tells_of_its_button_and_its_leads(self, tmp_path: Path) -> None:
        with self.board(tmp_path) as board, BoardPort(board.port, BAUD) as port:
            port.start(1 << ADC)
            board.set_button(pressed=True)
            port.until(lambda: (1, 0, 1) in _events(port))
            board.set_button(pressed=False)
            port.until(lambda: (1, 0, 0) in _events(port))
            board.set_leads(minus_off=True)
            port.until(lambda: (2, 0, DataStatus.LEAD_OFF_NEGATIVE) in _events(port))
            port.until(lambda: any(data.status & DataStatus.LEAD_OFF_NEGATIVE for _, data in port.data(ADC)))

    def test_a_port_that_is_pulled_comes_back(self, tmp_path: Path) -> None:
        with self.board(tmp_path) as board:
            board.unplug()
            assert not board.port.exists()
            board.plug()
            with BoardPort(board.port, BAUD) as port:
                assert port.command(MessageType.IDENTIFY).result == 0


def _stream(port: BoardPort, stream: int, *, frames: int) -> None:
    """Start a stream and read so many frames of it."""
    port.start(1 << stream)
    port.until(lambda: len(port.data(stream)) >= frames)


def _channels(port: BoardPort) -> list[ChannelDescriptor]:
    """Return what the last HELLO was followed by."""
    found: list[ChannelDescriptor] = []
    for frame in port.frames:
        if frame.kind == MessageType.HELLO:
            found.clear()
        elif frame.kind == MessageType.CHANNEL:
            found.append(ChannelDescriptor.parse(frame.payload))
    return found


def _events(port: BoardPort) -> list[tuple[int, int, int]]:
    events = [BoardEvent.parse(frame.payload) for frame in port.frames if frame.kind == MessageType.EVENT]
    return [(event.kind, event.source, event.value) for event in events]
