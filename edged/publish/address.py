"""Where a broker is, who we are there, and what is said: the values of MQTT, whatever carries them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Version = Literal["5", "3.1.1"]


@dataclass(frozen=True, slots=True)
class Message:
    """A message as published or received."""

    topic: str
    payload: bytes
    retain: bool = False


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """Where the broker is and who we are there.

    Attributes:
        url: ``mqtt://``, ``mqtts://``, ``ws://`` or ``wss://``, without credentials.
        client_id: unique at the broker; a second connection with it ends the first.
        username: none, and no credentials are sent.
        password: goes with it.
        ca_file: certificate authority to trust instead of the system's, PEM.
        keepalive_s: the broker ends a connection that is silent for 1.5 times this.
        will: what the broker says when the connection ends without a good-bye.
        session_s: how long the broker keeps subscription and undelivered messages for us; 0 not at all.
        answer_s: how long it may take to answer once it has taken the connection.
    """

    url: str
    client_id: str
    username: str | None = None
    password: str | None = None
    ca_file: Path | None = None
    keepalive_s: int = 15
    will: Message | None = None
    session_s: int = 0
    answer_s: float = 3.0
