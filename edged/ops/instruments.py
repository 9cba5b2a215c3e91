"""What is counted beside the parts of the node: by the event loop, the page, the export, the watchdog."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from edged.ops.loop_lag import LoopLag


@dataclass(slots=True)
class WebStats:
    """The page and the API, since the start.

    Attributes:
        clients: live feeds that are open now.
        refused: live feeds that were refused because too many were open.
        cut_off: connections that were too many, or on which nothing was asked.
        responses: answers by HTTP status.
    """

    clients: int = 0
    refused: int = 0
    cut_off: int = 0
    responses: Counter[int] = field(default_factory=Counter)


LOG_INS: Final = ("done", "refused", "throttled")
"""What can come of a log-in."""
REFUSALS: Final = ("host", "origin", "forged", "unclaimed", "unknown", "role", "large", "locked")
"""Why a request is not let in: a name that is not ours, a page of others, no token of our page, a board that
nobody has claimed, nobody we know, a role that may not do this, more than may be sent, a file of accounts
that cannot be used."""


@dataclass(slots=True)
class AccessStats:
    """Who comes in, since the node began.

    Attributes:
        log_ins: by what came of them, see ``LOG_INS``.
        refusals: of requests, by reason, see ``REFUSALS``.
        sessions: that are open now.
    """

    log_ins: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    sessions: int = 0


@dataclass(slots=True)
class TelemetryStats:
    """Exports to an OpenTelemetry collector, since the start.

    Attributes:
        exported: taken by the collector.
        failed: not taken; the next one tells everything again.
    """

    exported: int = 0
    failed: int = 0


@dataclass(slots=True)
class WatchdogStats:
    """The service manager's watchdog, since the start of the process.

    Attributes:
        fed: how often it was told that all is well.
        withheld: how often that was due and not said, since the data path did not move.
    """

    fed: int = 0
    withheld: int = 0


@dataclass(slots=True)
class Instruments:
    """All of it.

    Attributes:
        loop_lag: of the node's event loop.
        web: zero where there is no page.
        telemetry: zero where nothing is exported.
        watchdog: None where nobody watches.
        access: zero where there are no accounts.
        tests: of the way to the broker, by what came of them, since the start.
        is_refused: whether a new configuration was not taken, and the one before goes on.
    """

    loop_lag: LoopLag
    web: WebStats = field(default_factory=WebStats)
    telemetry: TelemetryStats = field(default_factory=TelemetryStats)
    watchdog: WatchdogStats | None = None
    access: AccessStats = field(default_factory=AccessStats)
    tests: Counter[str] = field(default_factory=Counter)
    is_refused: bool = False
