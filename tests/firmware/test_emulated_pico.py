"""The Pico's firmware and its emulator, together."""

from pathlib import Path

import numpy as np
import pytest

from drivers.decoders.board.samples import SampleFormat
from tests.firmware.board_cases import ADC, BAUD, WAVE, EmulatedBoardCases
from tests.rigs.board_port import PATIENCE_S, BoardPort
from tests.rigs.board_truth import holes, samples, times_of
from tests.rigs.emulated_board import EmulatedBoard


class TestEmulatedPico(EmulatedBoardCases):
    def board(self, folder: Path, *, speed: float = 1.0, noise: float = 0.0) -> EmulatedBoard:
        return EmulatedBoard("pico", folder, waveform=WAVE, speed=speed, noise=noise)

    @pytest.mark.parametrize("seconds", [1, pytest.param(10, marks=pytest.mark.field)])
    def test_loses_nothing(self, tmp_path: Path, seconds: int) -> None:
        board = EmulatedBoard("pico", tmp_path, rate_hz=1000, waveform=WAVE)
        with board, BoardPort(board.port, BAUD) as port:
            port.start(0b111)
            damaged = port.damaged  # what was cut off as the port was opened
            port.until(lambda: port.samples[ADC] >= seconds * 1000, within_s=seconds + PATIENCE_S)
        frames = port.data(ADC)
        values = samples(frames, [SampleFormat.U16] * 3)
        assert (holes(frames), port.damaged - damaged) == (0, 0)
        assert set(np.diff(times_of(board, 0, values[:, 0]) / 1e9).round(4)) == {0.001}
