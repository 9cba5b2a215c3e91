"""The Uno's firmware and its emulator, together."""

from pathlib import Path

import numpy as np
import pytest

from drivers.decoders.board.samples import SampleFormat
from drivers.decoders.board.vocabulary import ResetCause
from tests.firmware.board_cases import ADC, BAUD, WAVE, EmulatedBoardCases
from tests.rigs.board_port import PATIENCE_S, BoardPort
from tests.rigs.board_truth import holes, samples, times_of
from tests.rigs.emulated_board import EmulatedBoard


class TestEmulatedUno(EmulatedBoardCases):
    def board(self, folder: Path, *, speed: float = 1.0, noise: float = 0.0) -> EmulatedBoard:
        return EmulatedBoard("uno", folder, waveform=WAVE, speed=speed, noise=noise)

    def test_opening_the_port_resets_it(self, tmp_path: Path) -> None:
        with self.board(tmp_path) as board:
            for _ in range(2):
                with BoardPort(board.port, BAUD) as port:
                    port.until(lambda: port.hellos)
                assert port.hellos[0].reset_cause == ResetCause.PIN

    def test_knows_a_reset_that_went_through_the_bootloader(self, tmp_path: Path) -> None:
        board = EmulatedBoard("uno", tmp_path, bootloader_s=0.3)
        with board, BoardPort(board.port, BAUD) as port:
            port.until(lambda: port.hellos and port.hellos[-1].reset_cause == ResetCause.PIN)

    def test_knows_a_brown_out(self, tmp_path: Path) -> None:
        with self.board(tmp_path) as board, BoardPort(board.port, BAUD) as port:
            port.until(lambda: port.hellos)
            board.brown_out()
            port.until(lambda: port.hellos[-1].reset_cause == ResetCause.BROWN_OUT)

    @pytest.mark.parametrize(
        ("channels", "rate_hz", "baud", "mask"), [(4, 500, 500_000, 0b111), (8, 1000, 1_000_000, 0b1)]
    )
    @pytest.mark.parametrize("seconds", [1, pytest.param(10, marks=pytest.mark.field)])
    def test_loses_nothing(
        self, tmp_path: Path, channels: int, rate_hz: int, baud: int, mask: int, seconds: int
    ) -> None:
        board = EmulatedBoard("uno", tmp_path, channels=channels, rate_hz=rate_hz, baud=baud, waveform=WAVE)
        with board, BoardPort(board.port, baud) as port:
            port.until(lambda: port.hellos)
            port.start(mask)
            damaged = port.damaged  # what the reset cut off
            port.until(lambda: port.samples[ADC] >= seconds * rate_hz, within_s=seconds + PATIENCE_S)
        frames = port.data(ADC)
        values = samples(frames, [SampleFormat.U16] * channels)
        assert (holes(frames), port.damaged - damaged) == (0, 0)
        assert set(np.diff(times_of(board, 0, values[:, 0]) / 1e9).round(4)) == {1 / rate_hz}
