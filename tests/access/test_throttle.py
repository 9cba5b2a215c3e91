from edged.access.throttle import FREE, KEPT, LONGEST_WAIT_S, Throttle
from edged.clock import ManualClock


async def test_after_some_failures_one_waits_and_each_time_twice_as_long() -> None:
    clock = ManualClock()
    throttle = Throttle(clock)
    waits = []
    for _ in range(FREE + 12):
        throttle.failed("ada", "10.0.0.7")
        waits.append(throttle.wait_s("ada"))
        await clock.advance(waits[-1])
        assert throttle.wait_s("ada", "10.0.0.7") == 0
    assert waits[: FREE - 1] == [0] * (FREE - 1)
    assert waits[FREE - 1 :] == [min(2.0**n, LONGEST_WAIT_S) for n in range(13)]


def test_a_name_and_an_address_wait_each_for_itself_and_a_success_ends_it() -> None:
    throttle = Throttle(ManualClock())
    for _ in range(FREE):
        throttle.failed("ada", "10.0.0.7")
    assert throttle.wait_s("grace", "10.0.0.7") > 0
    assert throttle.wait_s("ada", "10.0.0.8") > 0
    assert throttle.wait_s("grace", "10.0.0.8") == 0
    throttle.succeeded("ada")
    assert throttle.wait_s("ada") == 0
    assert throttle.wait_s("10.0.0.7") > 0


def test_it_does_not_grow_with_the_names_that_are_tried() -> None:
    throttle = Throttle(ManualClock())
    for n in range(KEPT * 3):
        throttle.failed(str(n))
    assert len(throttle._failures) == KEPT
