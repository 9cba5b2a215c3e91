from edged.sim.battery import BATTERY_LIFE_S, FULL, Battery


def test_it_runs_down_and_stays_empty() -> None:
    assert [FULL.level(BATTERY_LIFE_S * share / 100) for share in (0, 0.5, 1, 50, 100, 200)] == [
        100,
        100,
        99,
        50,
        0,
        0,
    ]


def test_it_falls_when_told_and_runs_down_from_there() -> None:
    battery = Battery(80, falls=((100, 8), (50, 90)))
    assert [battery.level(second) for second in (0, 50, 99.9, 100, 100 + BATTERY_LIFE_S // 100)] == [
        80,
        80,
        80,
        8,
        7,
    ]
