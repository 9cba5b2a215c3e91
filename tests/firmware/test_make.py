"""The C library's own tests, run by its Makefile."""

from pathlib import Path

import pytest

from tests.firmware.shared_object import make, need


def test_unit_tests(tmp_path: Path) -> None:
    need("gcc", "make")
    assert ", 0 failed" in make("test", tmp_path)


def test_unit_tests_under_sanitizers(tmp_path: Path) -> None:
    need("gcc", "make")
    assert ", 0 failed" in make("asan", tmp_path)


def test_size_is_within_its_budgets(tmp_path: Path) -> None:
    need("make", "avr-gcc", "avr-size")
    assert "flash" in make("size", tmp_path)


@pytest.mark.parametrize("seconds", [2, pytest.param(60, marks=pytest.mark.field)])
def test_fuzzing_finds_nothing(tmp_path: Path, seconds: int) -> None:
    need("make", "clang")
    output = make("fuzz", tmp_path, f"FUZZ_SECONDS={seconds}")
    assert output.count("stat::number_of_executed_units") == 2
