"""A Raspberry Pi's supply, as its firmware and its driver tell of it."""

from pathlib import Path

import pytest

from edged.ops.doctor.power import Throttled
from tests.ops.doctor.bodies import only, patient, write

FIRMWARE = "sys/devices/platform/soc/soc:firmware/get_throttled"
PI_5 = "sys/devices/platform/soc@107c000000/soc@107c000000:firmware/get_throttled"
MEND = "Use the supply made for this board, and a short cable; what draws much goes on a powered hub."


def alarm(folder: Path, raised: int) -> None:
    write(folder / "sys/class/hwmon/hwmon0/name", "cpu_thermal")
    write(folder / "sys/class/hwmon/hwmon1/name", "rpi_volt")
    write(folder / "sys/class/hwmon/hwmon1/in0_lcrit_alarm", str(raised))


@pytest.mark.parametrize("file", [FIRMWARE, PI_5])
@pytest.mark.parametrize(
    ("flags", "level", "what"),
    [
        ("0", "ok", "the voltage has been high enough since the start"),
        ("50005", "problem", "the voltage is too low: radios drop, USB devices vanish, cards are damaged"),
        ("50000", "warning", "the voltage was too low at times since the start"),
        ("e0008", "ok", "the voltage has been high enough since the start"),
    ],
)
async def test_flags_of_the_firmware(tmp_path: Path, file: str, flags: str, level: str, what: str) -> None:
    write(tmp_path / file, flags)
    found = await only("power", patient(tmp_path))
    assert (found.level, found.what, found.facts) == (level, what, {"flags": int(flags, 16)})
    assert found.mend == ("" if level == "ok" else MEND)


@pytest.mark.parametrize(("raised", "level"), [(1, "problem"), (0, "ok")])
async def test_alarm_of_the_driver(tmp_path: Path, raised: int, level: str) -> None:
    alarm(tmp_path, raised)
    assert (await only("power", patient(tmp_path))).level == level


async def test_both_tell(tmp_path: Path) -> None:
    write(tmp_path / FIRMWARE, "0")
    alarm(tmp_path, 1)
    found = await only("power", patient(tmp_path))
    assert (found.level, found.mend) == ("problem", MEND)


async def test_a_board_that_does_not_tell(tmp_path: Path) -> None:
    write(tmp_path / FIRMWARE, "nonsense")
    found = await only("power", patient(tmp_path))
    assert (found.level, found.what) == ("not_applicable", "this board does not tell of its voltage")


def test_flags_are_those_of_the_firmware() -> None:
    names = ["UNDER_VOLTAGE", "CAPPED", "THROTTLED", "SOFT_LIMIT"]
    bits = {name: 1 << bit for bit, name in enumerate(names)}
    bits |= {f"WAS_{name}": 1 << (16 + bit) for bit, name in enumerate(names)}
    assert {flag.name: flag.value for flag in Throttled} == bits
