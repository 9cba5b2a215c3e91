"""The dialogue with the PMD control point: one command at a time, each until it is answered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final

from drivers.decoders.fault import MalformedPacket
from drivers.decoders.polar import control_point
from drivers.decoders.polar.control_point import FOR_EVER, OpCode, Response, ResponseCode, Settings
from drivers.decoders.polar.measurement import MeasurementType, SettingType
from edged.model import NS_PER_S

ANSWER_NS: Final = 10 * NS_PER_S
TRIES: Final = 4
"""A command is sent once, and three times more where no answer comes."""
RETRY_S: Final = (30, 300)
"""First and longest pause before a refused measurement is asked for again."""


LONGEST_ANSWER: Final = 1024
"""Bytes of parameters, over all indications of an answer."""


@dataclass(frozen=True, slots=True)
class Started:
    """The device measures.

    Attributes:
        measurement_type: what.
        settings: that were chosen; empty where it did so already.
        factor: to multiply samples by; None where it was not told.
    """

    measurement_type: MeasurementType
    settings: Mapping[SettingType, int]
    factor: float | None


@dataclass(frozen=True, slots=True)
class Refused:
    """The device does not measure.

    Attributes:
        measurement_type: what.
        reason: in words for a technician.
        retry_s: pause before it is asked again; None for never.
    """

    measurement_type: MeasurementType
    reason: str
    retry_s: int | None


Outcome = Started | Refused


class _Phase(Enum):
    IDLE = auto()
    RUNNING = auto()
    REFUSED = auto()
    NEVER = auto()


@dataclass(slots=True)
class _Asked:
    """What is known of a measurement that was asked for."""

    phase: _Phase = _Phase.IDLE
    offered: Settings | None = None
    stops: bool = False
    retry_ns: int = 0
    retry_s: int = 0


@dataclass(slots=True)
class _Command:
    """The command that is not answered yet."""

    op_code: OpCode
    measurement_type: MeasurementType
    data: bytes
    settings: Mapping[SettingType, int] = field(default_factory=dict)
    parameters: bytes = b""
    sent_ns: int = 0
    tries: int = 0


class Dialogue:
    """Gets measurements started and stopped; has no clock but the times it is told.

    Args:
        wanted: settings to be asked for, a measurement; in the order to start them.
    """

    def __init__(self, wanted: Mapping[MeasurementType, Mapping[SettingType, int]]) -> None:
        self._wanted = wanted
        self._asked = {kind: _Asked() for kind in wanted}
        self._features: frozenset[MeasurementType] | None = None
        self._command: _Command | None = None

    @property
    def is_open(self) -> bool:
        """Whether the device has told its features in this connection."""
        return self._features is not None

    def begin(self) -> None:
        """Begin a connection: nothing runs, and nothing is asked."""
        self._features = None
        self._command = None
        for asked in self._asked.values():
            asked.offered = None
            if asked.phase is _Phase.RUNNING:
                asked.phase = _Phase.IDLE

    def tell_features(self, features: frozenset[MeasurementType]) -> list[Outcome]:
        """Take what the device can measure."""
        self._features = features
        return [
            self._refuse(kind, "the device does not have it", 0, for_ever=True)
            for kind, asked in self._asked.items()
            if kind not in features and asked.phase is not _Phase.NEVER
        ]

    def next_command(self, allowed: tuple[MeasurementType, ...], now_ns: int) -> tuple[bytes, list[Outcome]]:
        """Return what to send now, empty for nothing, and what has become of a command without an answer."""
        if self._features is None:
            return b"", []
        outcomes: list[Outcome] = []
        if self._command is not None:
            if now_ns - self._command.sent_ns < ANSWER_NS:
                return b"", []
            if self._command.tries >= TRIES:
                kind, self._command = self._command.measurement_type, None
                outcomes.append(self._refuse(kind, "the device does not answer", now_ns))
        if self._command is None:
            self._command = self._choose(allowed, now_ns)
        if self._command is None:
            return b"", outcomes
        self._command.sent_ns = now_ns
        self._command.tries += 1
        self._command.parameters = b""
        return self._command.data, outcomes

    def answer(self, response: Response, now_ns: int) -> list[Outcome]:
        """Take an answer; one to nothing that was asked is left out.

        Raises:
            MalformedPacket: its settings cannot be read.
        """
        command = self._command
        if command is None or (response.op_code, response.measurement_type) != (
            command.op_code,
            command.measurement_type,
        ):
            return []
        parameters = command.parameters + response.parameters
        if len(parameters) > LONGEST_ANSWER:
            raise MalformedPacket("an answer without end")
        if response.has_more and response.code == ResponseCode.SUCCESS:
            command.parameters = parameters
            command.sent_ns = now_ns
            return []
        settings = control_point.parse_settings(parameters)
        self._command = None
        return self._ended(command, response.code, settings, now_ns)

    def tell_stopped(self, kinds: frozenset[MeasurementType], now_ns: int) -> list[Outcome]:
        """Take that the device has ended measurements by itself."""
        return [
            self._refuse(kind, "the device ended it", now_ns)
            for kind, asked in self._asked.items()
            if kind in kinds and asked.phase is _Phase.RUNNING
        ]

    def start_anew(self, kind: MeasurementType) -> None:
        """Stop and start what runs, to be told of its settings."""
        self._asked[kind].stops = True

    def _choose(self, allowed: tuple[MeasurementType, ...], now_ns: int) -> _Command | None:
        """Return the next command: what is too much is stopped before more is started."""
        for kind, asked in self._asked.items():
            if asked.phase is _Phase.RUNNING and (asked.stops or kind not in allowed):
                return _Command(OpCode.STOP, kind, control_point.stop(kind))
        for kind in allowed:
            asked = self._asked[kind]
            if asked.phase is _Phase.IDLE or (asked.phase is _Phase.REFUSED and now_ns >= asked.retry_ns):
                if asked.offered is None:
                    return _Command(OpCode.GET_SETTINGS, kind, control_point.get_settings(kind))
                settings = control_point.choose(asked.offered, self._wanted[kind])
                return _Command(OpCode.START, kind, control_point.start(kind, settings), settings)
        return None

    def _ended(self, command: _Command, code: int, settings: Settings, now_ns: int) -> list[Outcome]:
        kind = command.measurement_type
        asked = self._asked[kind]
        match command.op_code, code:
            case OpCode.STOP, _:  # refused, it does not run either
                asked.phase, asked.stops = _Phase.IDLE, False
                return []
            case OpCode.GET_SETTINGS, ResponseCode.SUCCESS:
                asked.offered = settings
                return []
            case OpCode.START, ResponseCode.SUCCESS:
                factor: float | None = control_point.factor(settings)
            case OpCode.START, ResponseCode.ALREADY_IN_STATE:
                factor = None
            case _:
                reason = control_point.in_words(code)
                return [self._refuse(kind, reason, now_ns, for_ever=code in FOR_EVER)]
        asked.phase, asked.retry_s = _Phase.RUNNING, 0
        return [Started(kind, command.settings, factor)]

    def _refuse(self, kind: MeasurementType, reason: str, now_ns: int, *, for_ever: bool = False) -> Refused:
        asked = self._asked[kind]
        asked.offered = None
        if for_ever:
            asked.phase = _Phase.NEVER
            return Refused(kind, reason, None)
        first_s, longest_s = RETRY_S
        asked.phase = _Phase.REFUSED
        asked.retry_s = min(asked.retry_s * 2, longest_s) or first_s
        asked.retry_ns = now_ns + asked.retry_s * NS_PER_S
        return Refused(kind, reason, asked.retry_s)
