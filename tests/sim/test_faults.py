from math import inf
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edged.errors import DriverError
from edged.sim.fault_script import parse_faults
from edged.sim.faults import (
    RANDOM_LENGTH_S,
    USAGE,
    Fault,
    FaultKind,
    Faults,
    random_fault,
    random_faults,
    written,
)

K = FaultKind

moments = st.integers(0, 10_000_000).map(lambda ms: ms / 1000)
lengths = st.integers(1, 1_000_000).map(lambda ms: ms / 1000)


@st.composite
def faults(draw: st.DrawFn) -> Fault:
    """Any fault that can be written."""
    kind = draw(st.sampled_from(FaultKind))
    for_s, value, every_s = 0.0, 0.0, inf
    if kind in {K.CONTACT, K.SILENCE}:
        for_s = draw(st.one_of(st.just(inf), lengths))
    elif kind in {K.DROP, K.LOSS}:
        for_s = draw(lengths)
    elif kind in {K.DUPLICATE, K.GARBAGE, K.JUMP}:
        for_s = draw(st.one_of(st.just(0.0), lengths))
    match kind:
        case K.DROP:
            value = draw(st.integers(1, 1000)) / 1000
        case K.JUMP:
            value = draw(lengths) * draw(st.sampled_from([1, -1]))
        case K.BATTERY:
            value = float(draw(st.integers(0, 100)))
    if kind is not K.BATTERY and for_s < inf and draw(st.booleans()):
        every_s = max(1.0, for_s) + draw(moments)
        every_s = round(every_s, 3)
    return Fault(kind, draw(moments), for_s, value, every_s)


def test_a_script_is_read() -> None:
    script = "drop@20+3,dup@30,swap@31,jump@40-3600,contact@50+10,battery@60=8,silence@70.5+12,garbage@90+2"
    assert parse_faults(script + ",loss@100+5/30,jump@7+2.5+10,drop@1+2=0.25,contact@9") == (
        Fault(K.DROP, 20, 3, 1),
        Fault(K.DUPLICATE, 30),
        Fault(K.SWAP, 31),
        Fault(K.JUMP, 40, 0, -3600),
        Fault(K.CONTACT, 50, 10),
        Fault(K.BATTERY, 60, 0, 8),
        Fault(K.SILENCE, 70.5, 12),
        Fault(K.GARBAGE, 90, 2),
        Fault(K.LOSS, 100, 5, 0, 30),
        Fault(K.JUMP, 7, 10, 2.5),
        Fault(K.DROP, 1, 2, 0.25),
        Fault(K.CONTACT, 9, inf),
    )


def test_an_option_of_a_url_may_have_turned_plus_into_a_blank() -> None:
    assert parse_faults("drop@20 3,jump@4 5") == parse_faults("drop@20+3,jump@4+5")
    assert parse_faults("") == ()


@given(st.lists(faults(), max_size=6))
def test_what_is_written_is_read_as_it_was(some: list[Fault]) -> None:
    assert parse_faults(written(some)) == tuple(some)


@pytest.mark.parametrize(
    ("script", "message"),
    [
        (
            "dorp@20+3",
            "there is no fault 'dorp', at character 1 of faults. Did you mean 'drop'? Known: drop, dup,",
        ),
        (
            "dup@1,",
            "there is no fault '', at character 7 of faults. Known: drop, dup, swap, jump, contact, battery",
        ),
        ("dup@1,,dup@2", "there is no fault '', at character 7"),
        (
            "drop@20",
            "'drop@20' is not how drop is written, at character 1 of faults. Write drop@TIME+LENGTH[",
        ),
        ("dup@1,swap@2+3", "'swap@2+3' is not how swap is written, at character 7"),
        ("dup", "'dup' is not how dup is written"),
        ("dup@", "no number behind one of @ + - = /, at character 4"),
        ("dup@1s", "no number behind one of @ + - = /, at character 6"),
        ("dup@1x2", "at character 6"),
        ("drop@1.2.3+1", "at character 5"),
        ("dup@-1", "at character 4"),
        ("dup@40000000", "40000000 s are more than a year, at character 4"),
        ("jump@3", "Write jump@TIME+SECONDS[+LENGTH][/PERIOD]; known faults: drop, dup"),
        ("jump@3+0", "a clock that jumps by 0 s, at character 7"),
        ("loss@3+0", "a length of 0 s, at character 7"),
        ("loss@3+5/4", "a period has 1 s at least, and no less than the length, at character 9"),
        ("dup@3/0.5", "a period has 1 s at least"),
        ("battery@3=101", "a charge is a whole number from 0 to 100, at character 10"),
        ("battery@3=7.5", "a charge is a whole number"),
        ("drop@1+1=0", "a share is more than 0 and at most 1, at character 9"),
        ("contact@3/10", "is not how contact is written"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(script: str, message: str) -> None:
    with pytest.raises(DriverError) as refused:
        parse_faults(script, where="sim:resting")
    assert message in str(refused.value)
    assert str(refused.value).startswith("sim:resting: ")


@given(st.text(alphabet="dropuswajmcntebilgx@+-=/,.0123456789 ", max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        read = parse_faults(text)
    except DriverError as refused:
        assert "at character" in refused.what  # noqa: PT017  no exception is as right as this one: pytest.raises would demand it
    else:
        assert parse_faults(written(read)) == read


def test_every_fault_has_its_usage_and_the_usage_can_be_read() -> None:
    assert set(USAGE) == set(FaultKind)
    numbers = {"TIME": "1", "LENGTH": "2", "SHARE": "0.5", "PERIOD": "9", "SECONDS": "4", "PERCENT": "5"}
    for kind, usage in USAGE.items():
        text = usage.text.replace("[", "").replace("]", "")
        for word, number in numbers.items():
            text = text.replace(word, number)
        assert parse_faults(text)[0].kind is kind


def test_every_fault_is_described() -> None:
    docs = (Path(__file__).parents[2] / "docs" / "drivers.md").read_text()
    for usage in USAGE.values():
        assert f"| `{usage.text}` | {usage.meaning} |" in docs


def test_what_happens_again_happens_each_time() -> None:
    faults = Faults(parse_faults("loss@30+1/30,dup@5"))
    assert [fault.at_s for fault in faults.between(0, 100, K.LOSS)] == [30, 60, 90]
    assert [fault.at_s for fault in faults.between(60.5, 90, K.LOSS, K.DUPLICATE)] == [60]
    assert [fault.at_s for fault in faults.between(0, 5, K.DUPLICATE)] == []
    covered = [second for second in range(100) if faults.lasting(K.LOSS, second)]
    assert covered == [30, 60, 90]
    assert faults.stretch(K.LOSS).covers(90.999)
    assert not faults.stretch(K.LOSS).covers(91)
    assert not faults.stretch(K.CONTACT).covers(30)


def test_a_clock_that_jumps_stays_where_it_is_or_comes_back() -> None:
    faults = Faults(parse_faults("jump@10-3600,jump@20+5+2,jump@30+1/10"))
    assert [faults.clock_step_s(at_s) for at_s in (9.9, 10, 20, 22, 30, 39.9, 40, 61)] == [
        0,
        -3600,
        -3595,
        -3600,
        -3599,
        -3599,
        -3598,
        -3596,
    ]


def test_random_faults_follow_from_their_seed() -> None:
    faults = random_faults(7, 0.02, 100_000)
    assert faults == random_faults(7, 0.02, 100_000)
    assert random_faults(7, 0.02, 5000) == tuple(fault for fault in faults if fault.at_s < 5000)
    assert random_faults(8, 0.02, 5000) != random_faults(7, 0.02, 5000)
    assert len(faults) == pytest.approx(2000, rel=0.1)
    assert {fault.kind for fault in faults} == set(FaultKind) - {K.BATTERY}
    assert max(fault.for_s for fault in faults) <= RANDOM_LENGTH_S
    assert random_faults(7, 0, 1000) == ()
    assert parse_faults(written(faults)) == faults


def test_random_faults_written_down_once() -> None:
    """A change of them changes every soak."""
    assert written(random_faults(7, 0.02, 200)) == (
        "contact@72.317+3,garbage@128.988+2,drop@143.284+3,drop@156.432+1,drop@191.098+2=0.5"
    )


@given(st.integers(0, 3000), st.floats(0, 50))
def test_random_faults_are_found_where_they_last(start_s: int, length_s: float) -> None:
    faults = Faults((), 7, 0.05)
    end_s = start_s + length_s
    touching = [
        fault
        for second in range(3100)
        if (fault := random_fault(7, 0.05, second))
        and fault.at_s < end_s
        and fault.at_s + fault.for_s >= start_s
    ]
    assert faults.between(start_s, end_s, *FaultKind) == touching
