"""How hot a board is, by its zones, their trip points and what the firmware of a Pi does about it."""

from pathlib import Path

import pytest

from tests.ops.doctor.bodies import only, patient, write

MEND = "Give it air, shade or a heat sink, and look whether its fan turns."
FIRMWARE = "sys/devices/platform/soc/soc:firmware/get_throttled"


def zone(folder: Path, number: int, millidegrees: int, critical: int = 0) -> None:
    base = folder / f"sys/class/thermal/thermal_zone{number}"
    write(base / "type", "cpu-thermal" if number == 0 else f"zone{number}")
    write(base / "temp", str(millidegrees))
    if critical:
        write(base / "trip_point_0_type", "passive")
        write(base / "trip_point_0_temp", "1000")
        write(base / "trip_point_1_type", "critical")
        write(base / "trip_point_1_temp", str(critical))


@pytest.mark.parametrize(
    ("millidegrees", "critical", "level", "what"),
    [
        (48_312, 110_000, "ok", "it is 48 °C"),
        (74_999, 110_000, "ok", "it is 75 °C"),
        (76_000, 110_000, "warning", "it is hot, 76 °C"),
        (85_000, 110_000, "problem", "it is too hot, 85 °C: it is slowed down, and ages"),
        (66_000, 80_000, "warning", "it is hot, 66 °C"),
        (75_000, 80_000, "problem", "it is too hot, 75 °C: it is slowed down, and ages"),
        (86_000, 0, "problem", "it is too hot, 86 °C: it is slowed down, and ages"),
    ],
)
async def test_the_hottest_zone_tells(
    tmp_path: Path, millidegrees: int, critical: int, level: str, what: str
) -> None:
    zone(tmp_path, 0, millidegrees, critical)
    zone(tmp_path, 1, 30_000)
    zone(tmp_path, 2, -274_000)
    found = await only("temperature", patient(tmp_path))
    assert (found.level, found.what, found.where) == (level, what, "cpu-thermal")
    assert found.facts["temperature_c"] == millidegrees / 1000
    assert found.mend == ("" if level == "ok" else MEND)


async def test_slowed_down_for_its_heat(tmp_path: Path) -> None:
    zone(tmp_path, 0, 61_000)
    write(tmp_path / FIRMWARE, "80008")
    found = await only("temperature", patient(tmp_path))
    assert (found.level, found.what) == ("warning", "it is hot, 61 °C, and slowed down for it")
    assert found.mend == MEND
    write(tmp_path / FIRMWARE, "50005")
    assert (await only("temperature", patient(tmp_path))).level == "ok", "it is for want of voltage"


async def test_a_board_without_a_sensor(tmp_path: Path) -> None:
    assert (await only("temperature", patient(tmp_path))).level == "not_applicable"
