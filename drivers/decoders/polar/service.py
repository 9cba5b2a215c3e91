"""The Polar Measurement Data service, as a part of a decoder."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from drivers.decoders.fault import MalformedPacket
from drivers.decoders.gatt.service import Characteristic
from drivers.decoders.once import Once
from drivers.decoders.polar import control_point, frame
from drivers.decoders.polar.control_point import Response
from drivers.decoders.polar.device_cursor import DeviceCursor
from drivers.decoders.polar.dialogue import Dialogue, Outcome, Started
from drivers.decoders.polar.frame import Frame, PpInterval
from drivers.decoders.polar.measurement import (
    CONTROL_POINT,
    DATA,
    MEASUREMENTS,
    MeasurementType,
    SettingType,
)
from drivers.decoders.polar.plan import Change, Plan
from drivers.decoders.stream_cursor import StreamCursor
from edged.model import NS_PER_MS, NS_PER_S, Channel, Event, Packet, Quality, StreamInfo
from edged.signals.device_clock import DeviceClock
from edged.sources.decoder import Decoded

SILENT_NS: Final = 30 * NS_PER_S
"""A device that tells no features for so long has no such service, or it is taken."""
FASTEST_HZ: Final = 2000
"""No sensor samples faster; a rate beyond is not believed."""


class PmdService:
    """Starts the measurements that are wanted, keeps them going as the link allows, and decodes them.

    Nothing is asked of the device before it has told a heart rate in this connection.

    Args:
        wanted: settings to be asked for, a measurement; the most important first.
    """

    def __init__(self, wanted: Mapping[MeasurementType, Mapping[SettingType, int]]) -> None:
        clock = DeviceClock()
        self._wanted = wanted
        self._infos = {kind: _info(kind, settings) for kind, settings in wanted.items()}
        self._cursors = {
            kind: DeviceCursor(info, clock) for kind, info in self._infos.items() if info.rate_hz
        }
        self._pp_interval = StreamCursor(MEASUREMENTS[MeasurementType.PPI].info)
        self._factors: dict[MeasurementType, float] = {}
        self._interrupted = set(wanted)
        self._dialogue = Dialogue(wanted)
        self._plan = Plan(tuple(wanted))
        self._first_beat_ns: int | None = None
        self._unasked = Once()
        self._is_missed = False
        self._outcomes: list[Outcome] = []
        self._changes: list[Change | None] = []

    def start(self) -> list[Packet]:
        """Begin a connection: what was running has stopped."""
        self._dialogue.begin()
        self._plan.begin()
        self._interrupted = set(self._infos)
        self._first_beat_ns = None
        return []

    def characteristics(self) -> Mapping[str, Characteristic]:
        """Return what decodes each channel."""
        return {CONTROL_POINT: self._control_point, DATA: self._data}

    def streams(self) -> tuple[StreamInfo, ...]:
        """Return what is wanted, at the rates it has had."""
        return tuple(
            info
            for kind, wanted in self._infos.items()
            for info in (self._cursors[kind].infos if kind in self._cursors else (wanted,))
        )

    def channels(self) -> tuple[Channel, ...]:
        """Return the data, and then the control point: once its features are read, both are ready."""
        return (Channel(DATA, optional=True), Channel(CONTROL_POINT, "both", optional=True))

    def hear(self, mono_ns: int) -> None:
        """Take note of any packet, before it is decoded."""
        self._changes.append(self._plan.heard(mono_ns))

    def go_on(self, mono_ns: int, *, is_heart_rate: bool) -> Decoded:
        """Return what else is to be told and sent, after a packet was decoded."""
        if is_heart_rate and self._first_beat_ns is None:
            self._first_beat_ns = mono_ns
        told = _Told(mono_ns)
        if self._first_beat_ns is not None:
            data, outcomes = self._dialogue.next_command(self._plan.allowed, mono_ns)
            self._outcomes += outcomes
            if data:
                told.commands.append(Packet(CONTROL_POINT, data))
            self._miss(mono_ns - self._first_beat_ns, told)
        for outcome in self._outcomes:
            self._tell_outcome(outcome, told)
        for change in self._changes:
            if change is not None:
                told.change(change)
        self._outcomes, self._changes = [], []
        return told.decoded()

    def _control_point(self, packet: Packet) -> Decoded:
        match packet.data[0] if packet.data else None:
            case control_point.FEATURES:
                self._outcomes += self._dialogue.tell_features(control_point.parse_features(packet.data))
            case control_point.RESPONSE:
                self._outcomes += self._dialogue.answer(Response.parse(packet.data), packet.mono_ns)
            case control_point.STOPPED:
                kinds = frozenset(kind for kind in MeasurementType if kind in packet.data[1:])
                self._outcomes += self._dialogue.tell_stopped(kinds, packet.mono_ns)
            case _:
                raise MalformedPacket("neither features nor an answer")
        return Decoded()

    def _data(self, packet: Packet) -> Decoded:
        received = Frame.parse(packet.data)
        kind = next((kind for kind in self._infos if kind == received.measurement_type), None)
        if kind is None:
            if self._unasked.is_new(str(received.measurement_type)):
                raise MalformedPacket("a measurement that was not asked for; left out from here on")
            return Decoded()
        if kind is MeasurementType.PPI:
            return self._pp_intervals(received, packet.mono_ns)
        return self._samples(kind, received, packet.mono_ns)

    def _samples(self, kind: MeasurementType, received: Frame, mono_ns: int) -> Decoded:
        if not received.stamp_ns:
            raise MalformedPacket("no time in it")
        if frame.layout(received).takes_factor and kind not in self._factors:
            self._dialogue.start_anew(kind)
            raise MalformedPacket("the factor of its samples is not known; it is started anew")
        values = frame.samples(received, self._factors.get(kind, 1.0))
        chunk, missing = self._cursors[kind].chunk(received.stamp_ns, values, mono_ns)
        if kind in self._interrupted:  # it was not running: that is no loss of the link
            self._interrupted.discard(kind)
            missing = 0
        self._changes.append(self._plan.counted(mono_ns, len(chunk), missing))
        return Decoded((chunk,))

    def _pp_intervals(self, received: Frame, mono_ns: int) -> Decoded:
        """Intervals bear no times: the last is stamped with the receipt, the others lie earlier."""
        intervals = frame.pp_intervals(received)
        chunk = self._pp_interval.chunk(
            mono_ns,
            [interval.interval_ms for interval in intervals],
            [_quality(interval) for interval in intervals],
            spacings_ns=[interval.interval_ms * NS_PER_MS for interval in intervals],
        )
        return Decoded((chunk,))

    def _miss(self, waited_ns: int, told: "_Told") -> None:
        if self._is_missed or self._dialogue.is_open or waited_ns < SILENT_NS:
            return
        self._is_missed = True
        told.faults.append(
            "the device offers no measurements beside the heart rate; "
            "use the decoder heart_rate if it is no Polar sensor"
        )

    def _tell_outcome(self, outcome: Outcome, told: "_Told") -> None:
        kind = outcome.measurement_type
        quantity = self._infos[kind].quantity
        if isinstance(outcome, Started):
            self._begin(outcome, told.mono_ns)
            told.event("stream_started", {"stream": quantity, **self._settings(outcome)})
            return
        if outcome.retry_s is None:
            self._plan.leave_out(kind)
            then = "it is not asked for again"
        else:
            then = f"it is asked for again in {outcome.retry_s} s"
        told.faults.append(f"{quantity} does not run: {outcome.reason}; {then}")
        detail = {"stream": quantity, "reason": outcome.reason, "retry_s": outcome.retry_s}
        told.event("stream_refused", detail)

    def _settings(self, started: Started) -> dict[str, object]:
        """Return what was chosen, and what was wanted instead."""
        wanted = self._wanted[started.measurement_type]
        told: dict[str, object] = {setting.name.lower(): value for setting, value in started.settings.items()}
        for setting, value in started.settings.items():
            if wanted.get(setting, value) != value:
                told[f"wanted_{setting.name.lower()}"] = wanted[setting]
        return told

    def _begin(self, started: Started, mono_ns: int) -> None:
        kind = started.measurement_type
        self._interrupted.add(kind)
        self._plan.started(mono_ns)
        if started.factor is not None:
            self._factors[kind] = started.factor
        rate_hz = started.settings.get(SettingType.SAMPLE_RATE, 0)
        if kind in self._cursors and 0 < rate_hz <= FASTEST_HZ:
            self._cursors[kind].set_info(replace(self._infos[kind], rate_hz=float(rate_hz)))


@dataclass(slots=True)
class _Told:
    """What is told beside samples."""

    mono_ns: int
    events: list[Event] = field(default_factory=list)
    commands: list[Packet] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def event(self, kind: str, detail: Mapping[str, object]) -> None:
        self.events.append(Event(kind, self.mono_ns, detail=detail))

    def change(self, change: Change) -> None:
        quantity = MEASUREMENTS[change.measurement_type].info.quantity
        self.event(f"stream_{change.kind}", {"stream": quantity, "reason": change.reason})
        if change.kind == "shed":
            self.faults.append(f"{quantity} is left out for the sake of the heart rate: {change.reason}")

    def decoded(self) -> Decoded:
        return Decoded((), tuple(self.events), tuple(self.commands), tuple(self.faults))


def joined(parts: Iterable[Decoded]) -> Decoded:
    """Return what several parts of a decoder made of one packet."""
    parts = tuple(parts)
    return Decoded(
        tuple(chunk for part in parts for chunk in part.chunks),
        tuple(event for part in parts for event in part.events),
        tuple(command for part in parts for command in part.commands),
        tuple(fault for part in parts for fault in part.faults),
    )


def _info(kind: MeasurementType, settings: Mapping[SettingType, int]) -> StreamInfo:
    info = MEASUREMENTS[kind].info
    return replace(info, rate_hz=float(settings.get(SettingType.SAMPLE_RATE, info.rate_hz)))


def _quality(interval: PpInterval) -> Quality:
    quality = Quality.ARTEFACT if interval.is_invalid or not interval.interval_ms else Quality.GOOD
    if interval.sensor_contact_detected is None:
        return quality | Quality.CONTACT_UNKNOWN
    return quality if interval.sensor_contact_detected else quality | Quality.NO_CONTACT
