"""A trace decoded at once gives the streams that a replay gives."""

import pytest

from edged.errors import DriverError, TraceError
from edged.sources.recorded import recorded
from tests.web.tracks import HEADER, STRAP


def test_its_streams() -> None:
    known = recorded(HEADER + STRAP)
    assert known.decoder == "heart_rate"
    assert known.broken == known.faults == 0
    (chunk,) = known.recent.chunks("heart_rate")[:1]
    assert chunk.values.tolist() == [[72.0]]
    assert {info.quantity for info in known.recent.streams()} == {"heart_rate", "rr_interval"}


def test_what_is_broken_is_counted() -> None:
    known = recorded(HEADER + b"nonsense\n" + b'{"t": 5, "tx": "2a37", "hex": "00"}\n' + STRAP)
    assert known.broken == 1
    assert sum(map(len, known.recent.chunks("heart_rate"))) == 40, "what was sent is not what came"


def test_what_is_none() -> None:
    with pytest.raises(TraceError, match="it does not begin with a header"):
        recorded(b'{"t": 5}\n')
    with pytest.raises(TraceError, match="no header"):
        recorded(b"")
    with pytest.raises(DriverError, match="dancing"):
        recorded(HEADER + STRAP, "dancing")
