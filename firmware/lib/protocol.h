/* The numbers of the sensor board's serial protocol, v1. All fields are little-endian. */
#ifndef EDGED_PROTOCOL_H
#define EDGED_PROTOCOL_H

enum { PROTOCOL_MAJOR = 1, PROTOCOL_MINOR = 0 };

enum {
    FRAME_MAX = 250,     /* header, payload and CRC; below 254, so that COBS adds exactly one byte */
    FRAME_HEADER = 4,    /* type, stream, sequence */
    FRAME_CRC = 4,
    FRAME_MIN = FRAME_HEADER + FRAME_CRC,
    PAYLOAD_MAX = FRAME_MAX - FRAME_MIN,
    WIRE_OVERHEAD = 2,   /* the COBS code and the delimiter */
    DATA_HEADER = 6,     /* t_us, count, status */
    DATA_SAMPLES_MAX = PAYLOAD_MAX - DATA_HEADER /* bytes */
};

/* A DATA frame holds at most so much time, unless one sample is longer. Not an enum: int has 16 bits on AVR. */
#define DATA_SPAN_US 40000UL

enum { MODEL_MAX = 32, LABEL_MAX = 24 }; /* bytes */

/* The stream of every frame that is not DATA: the board itself, with a sequence of its own. */
enum { STREAM_BOARD = 0xFF };

enum frame_type {
    TYPE_HELLO = 0x01,
    TYPE_CHANNEL = 0x02,
    TYPE_DATA = 0x10,
    TYPE_EVENT = 0x20,
    TYPE_STATS = 0x21,
    TYPE_IDENTIFY = 0x40,
    TYPE_SET_RATE = 0x41,
    TYPE_START = 0x42,
    TYPE_STOP = 0x43,
    TYPE_TIME = 0x44,
    TYPE_SET_BAUD = 0x45,
    TYPE_TEST = 0x46,
    TYPE_SEND_STATS = 0x47,
    TYPE_REBOOT = 0x48,
    TYPE_ACK = 0x80
};

/* Every type in between is a command; one that is not known is acknowledged as such. */
enum { COMMAND_FIRST = 0x40, COMMAND_LAST = 0x7F };

enum result { RESULT_OK, RESULT_UNKNOWN, RESULT_BAD_ARGUMENT, RESULT_BUSY, RESULT_HARDWARE };

/* The status of a DATA frame: what happened during any of its samples. */
enum {
    STATUS_OVERRUN = 1 << 0, /* samples were lost since the frame before */
    STATUS_LEAD_OFF_POSITIVE = 1 << 1,
    STATUS_LEAD_OFF_NEGATIVE = 1 << 2,
    STATUS_SATURATED = 1 << 3,
    STATUS_BUS_FAULT = 1 << 4,
    STATUS_TEST_PATTERN = 1 << 7
};

enum reset_cause { RESET_UNKNOWN, RESET_POWER_ON, RESET_PIN, RESET_BROWN_OUT, RESET_WATCHDOG, RESET_SOFTWARE };

enum {
    CAPABILITY_SET_BAUD = 1 << 0,
    CAPABILITY_SET_RATE = 1 << 1,
    CAPABILITY_TEST_PATTERN = 1 << 2,
    CAPABILITY_LEAD_OFF = 1 << 3,
    CAPABILITY_BUTTON = 1 << 4,
    CAPABILITY_REBOOT = 1 << 5
};

enum sample_format { FORMAT_I16, FORMAT_U16, FORMAT_I24, FORMAT_I32, FORMAT_F32 };

enum channel_kind {
    KIND_OTHER,
    KIND_ECG,
    KIND_EDA,
    KIND_PPG_RED,
    KIND_PPG_INFRARED,
    KIND_PPG_GREEN,
    KIND_TEMPERATURE,
    KIND_RESPIRATION,
    KIND_EMG,
    KIND_EEG,
    KIND_ACCELERATION,
    KIND_ROTATION,
    KIND_VOLTAGE
};

enum channel_unit {
    UNIT_NONE,
    UNIT_V,
    UNIT_MV,
    UNIT_UV,
    UNIT_US, /* microsiemens */
    UNIT_CELSIUS,
    UNIT_G,
    UNIT_DEG_PER_S,
    UNIT_PERCENT,
    UNIT_OHM,
    UNIT_NA /* nanoampere */
};

enum { CHANNEL_LEAD_OFF_DETECTION = 1 << 0, CHANNEL_DIFFERENTIAL = 1 << 1 };

enum event_kind {
    EVENT_BUTTON = 1, /* source: which; value: 1 pressed, 0 released */
    EVENT_LEAD = 2    /* source: the channel; value: its lead-off bits, as in a status */
};

enum test_pattern { TEST_OFF, TEST_RAMP };

#endif
