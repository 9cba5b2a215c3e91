"""Every error edged raises, in one tree.

    EdgedError
    +-- TransientError              worth trying again, by the one who owns the retry
    |   +-- SourceLost              a link ended: device gone, port closed, connection reset
    |   +-- BrokerUnreachable       no connection to the broker
    |   +-- NotAcknowledged         the broker took a message, and does not say that it has it
    |   +-- NodeUnreachable         the daemon does not answer a command
    |   +-- StoreUnavailable        the journal cannot be opened or written now
    |   +-- PortInUse               a listening port is taken
    |   +-- SocketInUse             a Unix socket is taken
    +-- PermanentError              trying again changes nothing; someone has to mend it
        +-- ConfigError             configuration file, key or value
        |   +-- StepError           a step of a chain does not fit its stream
        +-- DriverError             unknown or unusable link or decoder
        +-- TraceError              not a trace, or of a version not known here
        +-- StoreCorrupt            the journal's file is damaged
        +-- RefusedError            what somebody asks for is not granted
        +-- BrokerRefused           the broker answered, and said no
            +-- VersionRefused      it does not speak this version of MQTT

A message says what is wrong, where, and what to do about it.
"""

from pathlib import Path


class EdgedError(Exception):
    """Base of all errors of edged.

    Args:
        what: what is wrong, in words a technician understands.
        where: the thing it is wrong with: a file and line, a source, an address.
        mend: what to do about it.
    """

    def __init__(self, what: str, *, where: str = "", mend: str = "") -> None:
        super().__init__(what, where, mend)
        self.what = what
        self.where = where
        self.mend = mend

    def __str__(self) -> str:
        head = f"{self.where}: {self.what}" if self.where else self.what
        return f"{head}. {self.mend}" if self.mend else head


class TransientError(EdgedError):
    """May go away by itself; its owner tries again."""


class SourceLost(TransientError):
    """A link ended that should have gone on; the supervisor restarts it."""


class BrokerUnreachable(TransientError):
    """No connection to the broker: not found, refused, timed out or dropped."""


class NotAcknowledged(TransientError):
    """The broker is connected, and does not acknowledge a message in time."""


class StoreUnavailable(TransientError):
    """The journal cannot be opened or written at present (disk full, no permission, I/O error).

    Args:
        what: what is wrong.
        where: the file.
        mend: what to do about it.
        full: whether it is for want of space.
    """

    def __init__(self, what: str, *, where: str = "", mend: str = "", full: bool = False) -> None:
        super().__init__(what, where=where, mend=mend)
        self.full = full


class NodeUnreachable(TransientError):
    """The daemon does not answer on its socket, or at its address."""


class PortInUse(TransientError):
    """Another program listens on the wanted port.

    Args:
        host: the address to listen on.
        port: the wanted port, 1 to 65535.
        setting: the setting that names the port.
    """

    def __init__(self, host: str, port: int, *, setting: str) -> None:
        super().__init__(
            f"port {port} on {host} is in use by another program",
            where=setting,
            mend=f"Stop that program or choose another port in {setting}.",
        )
        self.host = host
        self.port = port


class SocketInUse(TransientError):
    """Another program listens on the wanted Unix socket.

    Args:
        path: of the socket.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"another program listens on {path}",
            where="web.socket",
            mend="Stop that program (another edged?) or name another path in web.socket.",
        )
        self.path = path


class PermanentError(EdgedError):
    """Trying again changes nothing."""


class ConfigError(PermanentError):
    """The configuration is wrong.

    Args:
        what: what is wrong.
        file: the configuration file, where there is one.
        line: line in it, from 1, where it is known.
        key: dotted key, such as ``source[0].decoder``.
        mend: what to write instead.
    """

    def __init__(
        self,
        what: str,
        *,
        file: Path | None = None,
        line: int | None = None,
        key: str = "",
        mend: str = "",
    ) -> None:
        place = str(file) if file else ""
        if line is not None:
            place += f":{line}"
        super().__init__(what, where=": ".join(part for part in (place, key) if part), mend=mend)
        self.file = file
        self.line = line
        self.key = key


class StepError(ConfigError):
    """A step of a chain does not fit its stream, such as a cut-off above half its rate.

    Args:
        what: what is wrong, and what to write instead.
        stream: quantity of the stream.
        step: name of the step.
        place: of the step in the chain, from 0, and of its parameter where it is one: ``[0].cutoff_hz``.
    """

    def __init__(self, what: str, *, stream: str, step: str, place: str) -> None:
        super().__init__(what, key=f"{stream}: {step}")
        self.place = place

    def under(self, steps: str, file: Path | None = None) -> ConfigError:
        """Return the same at its place in a configuration: ``steps`` is the dotted key of all steps."""
        return ConfigError(self.what, file=file, key=f"{steps}{self.place}")


class DriverError(PermanentError):
    """No such link or decoder, or one that cannot be used as asked."""


class TraceError(PermanentError):
    """A file is not a trace, or of a version this software does not know."""


class StoreCorrupt(PermanentError):
    """The journal's file is damaged; it is set aside, never repaired in place."""


class BrokerRefused(PermanentError):
    """The broker answered and refused: credentials, permission, or its own limits."""


class VersionRefused(BrokerRefused):
    """The broker does not speak this version of MQTT: it said so, or hung up without an answer."""


class RefusedError(PermanentError):
    """What somebody asks for is not granted.

    Args:
        what: why, and what may be done.
        field: of what he sent, where one is wrong.
    """

    def __init__(self, what: str, *, field: str = "") -> None:
        super().__init__(what)
        self.field = field
