"""The status in one line."""

from edged.errors import ConfigError, SourceLost
from edged.ops.summary import summary
from edged.ops.words import broker_words, journal_words, node_words, source_words
from tests.web import documents


def test_all_is_well() -> None:
    told = summary(documents.status(sources=[documents.source("strap-1"), documents.source("strap-2")]))
    assert told == "2 of 2 sources live. Broker: Connected, 0 to deliver."


def test_what_is_not_is_named() -> None:
    lost = source_words("backing_off", SourceLost("nothing came for 10 s"))
    sources = [documents.source(f"strap-{n}", state="backing_off", words=lost) for n in range(1, 6)]
    told = summary(
        documents.status(
            node=documents.node(
                clock="unsynced", mode="refused", words=node_words("refused", ConfigError("unknown key 'x'"))
            ),
            sources=[documents.source("strap-0"), *sources],
            adapters=[documents.adapter("hci0", "powered_off")],
            journal=documents.journal(state="failing", words=journal_words("failing", None)),
            broker=documents.broker(state="unreachable", words=broker_words("unreachable", None), backlog=12),
        )
    )
    assert told == (
        "Not applied. Unknown key 'x'. The configuration before it goes on. "
        "1 of 6 sources live. strap-1: Lost. strap-2: Lost. strap-3: Lost. 2 more are not. "
        "Bluetooth hci0: Switched off. Journal: Failing. Broker: No broker, 12 to deliver. Clock not set."
    )


def test_nothing_is_configured() -> None:
    told = summary(
        documents.status(sources=[], broker=documents.broker(state="off", words=broker_words("off", None)))
    )
    assert told == "No sources configured. No broker configured."
