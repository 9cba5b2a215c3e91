"""What runs beside the heart rate: fewer measurements on a poor link, more on a good one."""

import pytest

from drivers.decoders.polar.measurement import MeasurementType
from drivers.decoders.polar.plan import Change, Plan
from edged.model import NS_PER_S

ECG, PPG, ACC = MeasurementType.ECG, MeasurementType.PPG, MeasurementType.ACC
TWICE = "the connection broke twice within a minute of starting it"
WELL = "the link was well for 5 min"


class Link:
    """A link that is heard each second, and what the plan makes of it."""

    def __init__(self, wanted: tuple[MeasurementType, ...] = (ECG, ACC)) -> None:
        self.plan = Plan(wanted)
        self.now_ns = 0
        self.changes: list[tuple[int, Change]] = []

    def connect(self) -> None:
        self.plan.begin()

    def note(self, change: Change | None) -> None:
        if change is not None:
            self.changes.append((self.now_ns // NS_PER_S, change))

    def run(self, seconds: int, *, received: int = 0, missing: int = 0) -> None:
        for _ in range(seconds):
            self.now_ns += NS_PER_S
            self.note(self.plan.heard(self.now_ns))
            if received:
                self.note(self.plan.counted(self.now_ns, received, missing))

    def connection(self, seconds: int, *, started_after: int = 3) -> None:
        """Be connected for so long, and start what is wanted after some seconds."""
        self.connect()
        self.run(started_after)
        self.plan.started(self.now_ns)
        self.run(seconds - started_after)


@pytest.mark.parametrize(
    ("lived_s", "shed"),
    [
        ([10], []),
        ([10, 10], [ACC]),
        ([63, 63], [ACC]),
        ([64, 64], []),
        ([10, 64, 10], []),
        ([10, 64, 10, 10], [ACC]),
        ([10, 10, 10], [ACC]),
        ([10, 10, 10, 10], [ACC, ECG]),
        ([10] * 8, [ACC, ECG]),
        ([400, 400, 400], []),
    ],
)
def test_connections_that_break_soon_after_measurements_started(
    lived_s: list[int], shed: list[MeasurementType]
) -> None:
    link = Link()
    for seconds in lived_s:
        link.connection(seconds)
    link.connect()
    link.run(1)
    assert [change for _, change in link.changes] == [Change("shed", kind, TWICE) for kind in shed]
    assert link.plan.allowed == (ECG, ACC)[: 2 - len(shed)]


def test_connections_that_break_before_anything_was_started_are_not_the_fault_of_it() -> None:
    link = Link()
    for _ in range(9):
        link.connect()
        link.run(5)
    assert link.changes == []


def test_the_time_without_a_connection_does_not_count() -> None:
    link = Link()
    for _ in range(2):
        link.connection(10)
        link.now_ns += 3600 * NS_PER_S
    link.connect()
    link.run(1)
    assert [change.kind for _, change in link.changes] == ["shed"]


@pytest.mark.parametrize(
    ("received", "missing", "shed_at"), [(130, 0, []), (130, 14, []), (130, 15, [35]), (13, 130, [35])]
)
def test_loss_of_more_than_a_tenth_over_30_s(received: int, missing: int, shed_at: list[int]) -> None:
    link = Link()
    link.connection(4)
    link.run(40, received=received, missing=missing)
    assert [at for at, _ in link.changes] == shed_at
    for _, change in link.changes:
        assert (change.kind, change.measurement_type) == ("shed", ACC)
        assert change.reason == f"{missing / (received + missing):.0%} of the samples were lost in 30 s"


def test_loss_that_goes_on_sheds_one_after_the_other() -> None:
    link = Link((ECG, ACC, PPG))
    link.connection(4)
    link.run(200, received=100, missing=50)
    assert [(at, change.measurement_type) for at, change in link.changes] == [(35, PPG), (66, ACC), (97, ECG)]


def test_a_short_loss_is_forgiven() -> None:
    link = Link()
    link.connection(4)
    for _ in range(20):
        link.run(2, received=100, missing=100)
        link.run(28, received=130)
    assert link.changes == []


def test_good_minutes_before_do_not_excuse_a_loss() -> None:
    link = Link()
    link.connection(4)
    link.run(600, received=130)
    link.run(10, received=100, missing=100)
    assert [(at, change.kind) for at, change in link.changes] == [(609, "shed")]


def test_one_comes_back_after_five_good_minutes_the_most_important_first() -> None:
    link = Link()
    for _ in range(4):
        link.connection(10)
    link.connect()
    link.run(700)
    assert link.changes[-2:] == [
        (341, Change("restored", ECG, WELL)),
        (641, Change("restored", ACC, WELL)),
    ]
    assert link.plan.allowed == (ECG, ACC)


def test_trouble_begins_the_five_minutes_anew() -> None:
    link = Link()
    link.connection(4)
    link.run(100, received=100, missing=12)  # sheds the one, and 31 s later the other
    assert [change.kind for _, change in link.changes] == ["shed", "shed"]
    link.run(200)
    link.connect()
    link.run(299)
    assert len(link.changes) == 2
    link.run(2)
    assert link.changes[2:] == [(605, Change("restored", ECG, WELL))]


def test_what_the_device_does_not_have_is_not_shed() -> None:
    link = Link((ECG, ACC, PPG))
    link.plan.leave_out(PPG)
    link.plan.leave_out(PPG)
    assert list(link.plan.allowed) == [ECG, ACC]
    link.connection(4)
    link.run(40, received=100, missing=50)
    assert [change.measurement_type for _, change in link.changes] == [ACC]
    link.plan.leave_out(ACC)
    assert list(link.plan.allowed) == [ECG]
    link.run(310)
    assert list(link.plan.allowed) == [ECG]
