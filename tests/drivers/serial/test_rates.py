"""Which baud rate comes next."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.serial.rates import Rates


def test_the_search_goes_round() -> None:
    rates = Rates([115_200, 250_000, 500_000])
    assert rates.now == 115_200
    assert [rates.next() for _ in range(4)] == [250_000, 500_000, 115_200, 250_000]


def test_what_was_found_is_where_the_device_starts() -> None:
    rates = Rates([115_200, 250_000])
    rates.next()
    rates.restart()
    assert rates.now == 250_000


def test_an_agreed_rate_is_forgotten_with_the_power() -> None:
    rates = Rates([115_200, 250_000])
    rates.agree(1_000_000)
    assert rates.now == 1_000_000
    rates.restart()
    assert rates.now == 115_200


def test_where_an_agreed_rate_says_nothing_the_start_is_first_and_then_all() -> None:
    rates = Rates([115_200, 250_000])
    rates.agree(1_000_000)
    assert [rates.next() for _ in range(4)] == [115_200, 250_000, 1_000_000, 115_200]


def test_one_rate_stays() -> None:
    assert Rates([9600]).next() == 9600


def test_an_agreed_rate_that_was_found_by_the_search_may_be_replaced() -> None:
    rates = Rates([115_200])
    rates.agree(1_000_000)
    assert [rates.next(), rates.next()] == [115_200, 1_000_000]
    rates.agree(2_000_000)
    assert [rates.now, rates.next(), rates.next()] == [2_000_000, 115_200, 2_000_000]


@given(st.lists(st.one_of(st.none(), st.just(0), st.integers(50, 60)), max_size=30))
def test_every_rate_has_its_turn_whatever_happened(orders: list[int | None]) -> None:
    rates = Rates([50, 51, 52])
    agreed = 50
    for order in orders:
        if order is None:
            rates.next()
        elif order == 0:
            rates.restart()
        else:
            rates.agree(order)
            agreed = order
    tried = {rates.now} | {rates.next() for _ in range(5)}
    assert {50, 51, 52, agreed} <= tried


@pytest.mark.parametrize("rate", [115_200, 250_000])
def test_agreeing_to_a_listed_rate_does_not_list_it_twice(rate: int) -> None:
    rates = Rates([115_200, 250_000])
    rates.agree(rate)
    rates.restart()
    assert [rates.now, rates.next(), rates.next()] == [115_200, 250_000, 115_200]
