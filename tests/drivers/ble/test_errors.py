import pytest

from drivers.ble.errors import BleError, Cause
from edged.errors import SourceLost, TransientError


@pytest.mark.parametrize("cause", list(Cause))
def test_every_failure_in_the_air_is_one_that_the_supervisor_tries_again(cause: Cause) -> None:
    error = BleError(cause, "connecting failed", where="board-1", mend="Move it closer.")
    assert isinstance(error, SourceLost)
    assert isinstance(error, TransientError)
    assert error.cause is cause
    assert (error.what, error.where, error.mend) == ("connecting failed", "board-1", "Move it closer.")
    assert str(error) == "board-1: connecting failed. Move it closer."


def test_a_failure_need_not_say_where_nor_what_to_do() -> None:
    assert str(BleError(Cause.TIMEOUT, "no answer")) == "no answer"
