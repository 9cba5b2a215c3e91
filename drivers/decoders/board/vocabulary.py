"""The numbers of the board protocol, version 1; ``firmware/lib/protocol.h`` has the same."""

from collections.abc import Mapping
from enum import IntEnum, IntFlag
from typing import Final

PROTOCOL_MAJOR: Final = 1


class MessageType(IntEnum):
    """The first byte of a frame."""

    HELLO = 0x01
    CHANNEL = 0x02
    DATA = 0x10
    EVENT = 0x20
    STATS = 0x21
    IDENTIFY = 0x40
    SET_RATE = 0x41
    START = 0x42
    STOP = 0x43
    TIME = 0x44
    SET_BAUD = 0x45
    TEST = 0x46
    SEND_STATS = 0x47
    REBOOT = 0x48
    ACK = 0x80


class DataStatus(IntFlag):
    """What happened during any of the samples of a frame; the bits not named are reserved."""

    OVERRUN = 1 << 0
    LEAD_OFF_POSITIVE = 1 << 1
    LEAD_OFF_NEGATIVE = 1 << 2
    SATURATED = 1 << 3
    BUS_FAULT = 1 << 4
    TEST_PATTERN = 1 << 7


class Capability(IntFlag):
    """What a board can do beyond sending."""

    SET_BAUD = 1 << 0
    SET_RATE = 1 << 1
    TEST_PATTERN = 1 << 2
    LEAD_OFF = 1 << 3
    BUTTON = 1 << 4
    REBOOT = 1 << 5


class ChannelFlags(IntFlag):
    """Properties of a channel."""

    LEAD_OFF_DETECTION = 1 << 0
    DIFFERENTIAL = 1 << 1


class ResetCause(IntEnum):
    """Why a board started."""

    UNKNOWN = 0
    POWER_ON = 1
    PIN = 2
    BROWN_OUT = 3
    WATCHDOG = 4
    SOFTWARE = 5


class ChannelKind(IntEnum):
    """What a channel measures."""

    OTHER = 0
    ECG = 1
    EDA = 2
    PPG_RED = 3
    PPG_INFRARED = 4
    PPG_GREEN = 5
    TEMPERATURE = 6
    RESPIRATION = 7
    EMG = 8
    EEG = 9
    ACCELERATION = 10
    ROTATION = 11
    VOLTAGE = 12


class ChannelUnit(IntEnum):
    """The unit of ``raw x scale + offset``; see ``UNITS``."""

    NONE = 0
    VOLT = 1
    MILLIVOLT = 2
    MICROVOLT = 3
    MICROSIEMENS = 4
    CELSIUS = 5
    G = 6
    DEGREE_PER_SECOND = 7
    PERCENT = 8
    OHM = 9
    NANOAMPERE = 10


UNITS: Final[Mapping[int, str]] = {
    ChannelUnit.NONE: "{count}",
    ChannelUnit.VOLT: "V",
    ChannelUnit.MILLIVOLT: "mV",
    ChannelUnit.MICROVOLT: "uV",
    ChannelUnit.MICROSIEMENS: "uS",
    ChannelUnit.CELSIUS: "Cel",
    ChannelUnit.G: "[g]",
    ChannelUnit.DEGREE_PER_SECOND: "deg/s",
    ChannelUnit.PERCENT: "%",
    ChannelUnit.OHM: "Ohm",
    ChannelUnit.NANOAMPERE: "nA",
}


class EventKind(IntEnum):
    """What happened: to a button, its number and 1 for pressed; to a lead, its channel and status bits."""

    BUTTON = 1
    LEAD = 2


class Result(IntEnum):
    """How a command ended."""

    OK = 0
    UNKNOWN = 1
    BAD_ARGUMENT = 2
    BUSY = 3
    HARDWARE = 4


class TestPattern(IntEnum):
    """What a board sends in place of its samples; see ``samples.ramp``."""

    __test__ = False  # not a test of pytest's

    OFF = 0
    RAMP = 1
