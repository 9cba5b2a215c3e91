"""The latency timer of FTDI adapters."""

from pathlib import Path

from drivers.serial.latency import lower_latency


def test_an_ftdi_adapter_is_told_to_keep_nothing_back(tmp_path: Path) -> None:
    timer = tmp_path / "class/tty/ttyUSB0/device/latency_timer"
    timer.parent.mkdir(parents=True)
    timer.write_text("16\n", encoding="ascii")
    lower_latency("/dev/ttyUSB0", tmp_path)
    assert timer.read_text(encoding="ascii") == "1"


def test_others_have_none(tmp_path: Path) -> None:
    lower_latency("/dev/ttyACM0", tmp_path)
    assert not list(tmp_path.iterdir())


def test_one_that_may_not_be_set_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "class/tty/ttyUSB0/device/latency_timer").mkdir(parents=True)  # cannot be written
    lower_latency("/dev/ttyUSB0", tmp_path)
