"""The decoder of satellite navigation receivers: GPS, Galileo, GLONASS, BeiDou, by NMEA 0183.

NMEA 0183 is not public; what the sentences mean is in "NMEA Revealed" (E. S. Raymond,
gpsd.gitlab.io/gpsd/NMEA.html).
"""

from collections.abc import Sequence
from datetime import time
from math import nan
from typing import Final

from drivers.decoders.nmea_sentence import FixQuality, MalformedSentence, NmeaSentence
from drivers.decoders.stream_cursor import StreamCursor
from drivers.decoders.wire.line_buffer import LineBuffer
from drivers.decoders.wire.serial_decoder import SerialDecoder, Told
from edged.model import Event, Quality, StreamInfo

POSITION: Final = StreamInfo("position", "deg", channels=("latitude", "longitude"))
ALTITUDE: Final = StreamInfo("altitude", "m")
SPEED: Final = StreamInfo("speed", "m/s")
COURSE: Final = StreamInfo("course", "deg")
FIX_QUALITY: Final = StreamInfo("fix_quality", "1")
SATELLITES_USED: Final = StreamInfo("satellites_used", "1")
SATELLITES_IN_VIEW: Final = StreamInfo("satellites_in_view", "1")
HDOP: Final = StreamInfo("hdop", "1")
PDOP: Final = StreamInfo("pdop", "1")
VDOP: Final = StreamInfo("vdop", "1")
GNSS_TIME: Final = StreamInfo("gnss_time", "s")
"""UTC of the receiver as seconds since 1970-01-01, without leap seconds. With the time of the sample, its
receipt, it tells how far the node's clock is off, but for the delay of the line."""
STREAMS: Final = (
    POSITION,
    ALTITUDE,
    SPEED,
    COURSE,
    FIX_QUALITY,
    SATELLITES_USED,
    SATELLITES_IN_VIEW,
    HDOP,
    PDOP,
    VDOP,
    GNSS_TIME,
)

MAX_LINE_BYTES: Final = 4096
"""A sentence has at most 82; but a receiver may send a binary protocol in between, which has no lines."""
SYSTEMS_MAX: Final = 16

TIMED: Final = frozenset({"GGA", "GLL", "GNS", "RMC", "ZDA"})
"""Sentences that say of which moment they speak; the others speak of the same."""

_QUALITY: Final = {
    FixQuality.NONE: Quality.NO_READING,
    FixQuality.ESTIMATED: Quality.HELD,
    FixQuality.MANUAL: Quality.ARTEFACT,
    FixQuality.SIMULATOR: Quality.ARTEFACT,
}


class NmeaDecoder(SerialDecoder):
    """Position, speed, course, their quality, and the time of the receiver.

    Several sentences say the same of one moment: for each stream, the first counts of those with the same
    time of day. A sample is stamped with the receipt of the end of its sentence, which is some tenths of a
    second after the moment that it speaks of.
    """

    def __init__(self) -> None:
        super().__init__()
        self._lines = LineBuffer(MAX_LINE_BYTES)
        self._cursors = {info: StreamCursor(info) for info in STREAMS}
        self._moment: time | None = None
        self._told_of: dict[StreamInfo, time | None] = {}
        self._in_view: dict[str, int] = {}
        self._fix = FixQuality.NONE
        self._has_fix = False
        self._is_cut = True

    def streams(self) -> tuple[StreamInfo, ...]:
        """Return all that a receiver can have."""
        return STREAMS

    def _reset(self) -> None:
        self._lines.reset()
        self._moment = None
        self._told_of.clear()
        self._in_view.clear()
        self._is_cut = True

    def _take(self, data: bytes, told: Told) -> None:
        for line in self._split(self._lines, data, told):
            if line is None:
                self._bad_line(told, None, MAX_LINE_BYTES, "no sentence")
            else:
                self._line(line[max(line.rfind(b"$"), line.rfind(b"!"), 0) :], told)
            self._is_cut = False

    def _line(self, line: bytes, told: Told) -> None:
        try:
            sentence = NmeaSentence.parse(line)
        except MalformedSentence as wrong:
            if not self._is_cut:
                self._bad_line(told, line, MAX_LINE_BYTES, str(wrong))
            return
        self._understood()
        if sentence is not None:
            self._sentence(sentence, told)

    def _sentence(self, sentence: NmeaSentence, told: Told) -> None:
        if sentence.formatter in TIMED:
            self._moment = sentence.time
        if sentence.fix is not None and sentence.formatter != "VTG":
            self._note_fix(sentence.fix, told)
        self._where(sentence, told)
        self._how_well(sentence, told)
        utc = sentence.utc
        if utc is not None:
            quality = Quality.HELD if self._fix in _QUALITY else Quality.GOOD
            self._tell(GNSS_TIME, [utc.timestamp()], quality, told)

    def _where(self, sentence: NmeaSentence, told: Told) -> None:
        quality = _QUALITY.get(self._fix if sentence.fix is None else sentence.fix, Quality.GOOD)
        match sentence.formatter:
            case "GGA" | "GNS" | "GLL":
                self._tell(POSITION, [sentence.latitude, sentence.longitude], quality, told)
                if sentence.formatter != "GLL":
                    self._tell(ALTITUDE, [sentence.altitude], quality, told)
            case "RMC":
                self._tell(POSITION, [sentence.latitude, sentence.longitude], quality, told)
                self._tell(SPEED, [sentence.speed], quality, told)
                self._tell(COURSE, [sentence.course], quality, told)
            case "VTG":
                self._tell(SPEED, [sentence.speed], quality, told)
                self._tell(COURSE, [sentence.course], quality, told)

    def _how_well(self, sentence: NmeaSentence, told: Told) -> None:
        if sentence.formatter in {"GGA", "GNS"}:
            self._tell(FIX_QUALITY, [sentence.fix], Quality.GOOD, told)
            self._tell(SATELLITES_USED, [sentence.satellites_used], Quality.GOOD, told)
            self._tell(HDOP, [sentence.hdop], Quality.GOOD, told)
        elif sentence.formatter == "GSA":
            self._tell(PDOP, [sentence.pdop], Quality.GOOD, told)
            self._tell(VDOP, [sentence.vdop], Quality.GOOD, told)
        elif sentence.satellites_in_view is not None and sentence.is_last:
            if sentence.talker in self._in_view or len(self._in_view) < SYSTEMS_MAX:
                self._in_view[sentence.talker] = sentence.satellites_in_view
            count = self._cursors[SATELLITES_IN_VIEW].chunk(told.mono_ns, [sum(self._in_view.values())])
            told.chunks.append(count)

    def _note_fix(self, fix: FixQuality, told: Told) -> None:
        self._fix = fix
        has_fix = fix is not FixQuality.NONE
        if has_fix != self._has_fix:
            self._has_fix = has_fix
            detail = {"fix": fix.name.lower()} if has_fix else {}
            told.events.append(Event("fix_acquired" if has_fix else "fix_lost", told.mono_ns, detail=detail))

    def _tell(self, info: StreamInfo, values: Sequence[float | None], quality: Quality, told: Told) -> None:
        """Tell a sample, unless there was one of the same moment."""
        if self._moment is not None and self._told_of.get(info) == self._moment:
            return
        self._told_of[info] = self._moment
        known = [nan if value is None else float(value) for value in values]
        if None in values:
            quality |= Quality.NO_READING
        told.chunks.append(self._cursors[info].chunk(told.mono_ns, [known], quality))
