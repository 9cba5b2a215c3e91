"""The names of the contract."""

from edged.publish.topics import Topics


def test_every_topic_is_that_of_the_contract() -> None:
    topics = Topics("edged/v1", "hall", "desk")
    assert topics.status == "edged/v1/hall/desk/status"
    assert topics.record == "edged/v1/hall/desk/record"
    assert topics.event == "edged/v1/hall/desk/event"
    assert topics.clock == "edged/v1/hall/desk/clock"
    assert topics.test == "edged/v1/hall/desk/test"
    assert topics.live("ada") == "edged/v1/hall/desk/subject/ada/live"
    assert topics.state("ada") == "edged/v1/hall/desk/subject/ada/state"
    assert topics.wave("ada", "ecg") == "edged/v1/hall/desk/subject/ada/wave/ecg"
    assert topics.stream("strap-1", "ecg") == "edged/v1/hall/desk/stream/strap-1/ecg"


def test_with_a_plus_it_is_a_pattern() -> None:
    assert Topics("edged/v1", "hall", "+").live("ada") == "edged/v1/hall/+/subject/ada/live"
