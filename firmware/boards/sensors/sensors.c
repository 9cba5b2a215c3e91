#include "sensors.h"

#include <string.h>

enum {
    MAX30102 = 0x57,
    MAX30102_FIFO_WR_PTR = 0x04, /* then the overflow counter and the read pointer */
    MAX30102_FIFO_DATA = 0x07,
    MAX30102_PART_ID = 0xFF,
    MAX30102_IS = 0x15,
    MAX30102_FIFO_DEPTH = 32,
    TMP102 = 0x48,
    TMP102_TEMPERATURE = 0x00
};

enum {
    SAMPLE_US = 10000,
    RETRY_US = 1000000,
    SILENCE_US = 200000, /* after which the MAX30102 has lost its settings, as by a loose contact */
    TEMPERATURE_EVERY_US = 250000, /* as often as a TMP102 converts */
    TRANSFER_TIMEOUT_US = 20000
};

enum job { JOB_NONE, JOB_IDENTIFY, JOB_SET_UP, JOB_COUNT, JOB_SAMPLES, JOB_TEMPERATURE };

/* MAX30102 data sheet, register map. */
static const uint8_t set_up[][2] = {
    {0x09, 0x40}, /* reset */
    {0x08, 0x10}, /* no averaging, the memory rolls over */
    {0x0A, 0x27}, /* 4096 nA, 100 samples a second, pulses of 411 us: 18 bits */
    {0x0C, 0x24}, /* red, 7.2 mA */
    {0x0D, 0x24}, /* infrared */
    {0x02, 0x40}, /* an interrupt for every sample */
    {0x04, 0x00}, {0x05, 0x00}, {0x06, 0x00},
    {0x09, 0x03}, /* go: red and infrared */
};

enum { SET_UP_STEPS = sizeof set_up / sizeof set_up[0] };

static void begin_next(struct sensors *sensors, uint32_t now_us, bool low);
static void begin(struct sensors *sensors, uint8_t job, uint8_t address, uint8_t where, uint8_t read_length);
static void finish(struct sensors *sensors, uint32_t now_us);
static void fail(struct sensors *sensors, uint32_t now_us);
static void lose_ppg(struct sensors *sensors, uint32_t try_us);
static void take_count(struct sensors *sensors);
static void take_samples(struct sensors *sensors);
static int32_t sample_at(const uint8_t *bytes);

static bool is_past(uint32_t now_us, uint32_t due_us)
{
    return (int32_t)(now_us - due_us) >= 0;
}

void sensors_init(struct sensors *sensors, struct board *board, uint8_t ppg_stream)
{
    memset(sensors, 0, sizeof *sensors);
    sensors->board = board;
    sensors->ppg_stream = ppg_stream;
    sensors->ppg_try_us = sensors->temperature_us = board->hardware->now_us();
}

void sensors_poll(struct sensors *sensors, uint32_t now_us, bool low)
{
    if (sensors->job == JOB_NONE) {
        begin_next(sensors, now_us, low);
        return;
    }
    switch (i2c_poll()) {
    case I2C_DONE:
        finish(sensors, now_us);
        break;
    case I2C_FAILED:
        fail(sensors, now_us);
        break;
    case I2C_BUSY:
        if (now_us - sensors->begun_us >= TRANSFER_TIMEOUT_US) {
            i2c_reset();
            fail(sensors, now_us);
        }
        break;
    }
}

void sensors_ready(struct sensors *sensors, uint32_t now_us)
{
    sensors->ready_us = now_us;
    sensors->ready = true;
}

uint8_t sensors_temperature(const struct sensors *sensors, int32_t *raw)
{
    *raw = sensors->temperature;
    return sensors->temperature_works ? 0 : STATUS_BUS_FAULT;
}

/* Samples first: they are overwritten, and a temperature waits. */
static void begin_next(struct sensors *sensors, uint32_t now_us, bool low)
{
    uint8_t state;

    sensors->begun_us = now_us;
    if (sensors->ppg_works && is_past(now_us, sensors->last_us + SILENCE_US)) {
        lose_ppg(sensors, now_us);
    }
    if (sensors->ppg_works && sensors->ppg_waiting) {
        uint8_t count = sensors->ppg_waiting;

        if (count > PPG_SAMPLES_READ) {
            count = PPG_SAMPLES_READ;
        }
        begin(sensors, JOB_SAMPLES, MAX30102, MAX30102_FIFO_DATA, (uint8_t)(count * 6));
    } else if (sensors->ppg_works && (sensors->ready || low)) {
        state = sensors->board->hardware->lock();
        sensors->sample_us = sensors->ready ? sensors->ready_us : now_us;
        sensors->ready = false;
        sensors->board->hardware->unlock(state);
        begin(sensors, JOB_COUNT, MAX30102, MAX30102_FIFO_WR_PTR, 3);
    } else if (is_past(now_us, sensors->temperature_us)) {
        sensors->temperature_us = now_us + TEMPERATURE_EVERY_US;
        begin(sensors, JOB_TEMPERATURE, TMP102, TMP102_TEMPERATURE, 2);
    } else if (!sensors->ppg_works && is_past(now_us, sensors->ppg_try_us)) {
        sensors->step = 0;
        begin(sensors, JOB_IDENTIFY, MAX30102, MAX30102_PART_ID, 1);
    }
}

static void begin(struct sensors *sensors, uint8_t job, uint8_t address, uint8_t where, uint8_t read_length)
{
    sensors->job = job;
    sensors->transfer.address = address;
    sensors->transfer.write[0] = where;
    sensors->transfer.write_length = 1;
    sensors->transfer.read = sensors->bytes;
    sensors->transfer.read_length = read_length;
    if (job == JOB_SET_UP) {
        sensors->transfer.write[1] = set_up[sensors->step][1];
        sensors->transfer.write_length = 2;
    }
    i2c_begin(&sensors->transfer);
}

static void finish(struct sensors *sensors, uint32_t now_us)
{
    uint8_t job = sensors->job;

    sensors->job = JOB_NONE;
    switch (job) {
    case JOB_IDENTIFY:
        sensors->ppg_try_us = now_us + RETRY_US;
        if (sensors->bytes[0] == MAX30102_IS) {
            begin(sensors, JOB_SET_UP, MAX30102, set_up[0][0], 0);
        }
        break;
    case JOB_SET_UP:
        if (++sensors->step < SET_UP_STEPS) {
            begin(sensors, JOB_SET_UP, MAX30102, set_up[sensors->step][0], 0);
        } else {
            sensors->ppg_works = true;
            sensors->last_us = now_us;
        }
        break;
    case JOB_COUNT:
        take_count(sensors);
        break;
    case JOB_SAMPLES:
        take_samples(sensors);
        break;
    case JOB_TEMPERATURE:
        sensors->temperature = (int16_t)((uint16_t)sensors->bytes[0] << 8 | sensors->bytes[1]) >> 4;
        sensors->temperature_works = true;
        break;
    default:
        break;
    }
    sensors->begun_us = now_us;
}

static void lose_ppg(struct sensors *sensors, uint32_t try_us)
{
    sensors->ppg_works = false;
    sensors->ppg_waiting = 0;
    sensors->ppg_status |= STATUS_BUS_FAULT;
    sensors->ppg_try_us = try_us;
}

static void fail(struct sensors *sensors, uint32_t now_us)
{
    if (sensors->job == JOB_TEMPERATURE) {
        sensors->temperature_works = false;
    } else {
        lose_ppg(sensors, now_us + RETRY_US);
    }
    sensors->job = JOB_NONE;
}

/*
 * The pin fell when the first sample came that had not been read then, and stays low for those after it. One that came
 * between counting and reading before is older than that, and is known by the gap.
 */
static void take_count(struct sensors *sensors)
{
    uint8_t written = sensors->bytes[0], overflows = sensors->bytes[1], read = sensors->bytes[2];

    sensors->ppg_waiting = (uint8_t)(written - read) & (MAX30102_FIFO_DEPTH - 1);
    if (overflows) {
        sensors->ppg_waiting = MAX30102_FIFO_DEPTH;
        sensors->ppg_status |= STATUS_OVERRUN;
    }
    for (uint8_t older = 1; older < sensors->ppg_waiting; older++) {
        if (sensors->sample_us - sensors->last_us > SAMPLE_US + SAMPLE_US / 2) {
            sensors->sample_us -= SAMPLE_US;
        }
    }
}

static void take_samples(struct sensors *sensors)
{
    uint8_t count = sensors->transfer.read_length / 6;
    int32_t raw[PPG_CHANNELS];

    for (uint8_t i = 0; i < count; i++) {
        raw[0] = sample_at(sensors->bytes + 6 * i);
        raw[1] = sample_at(sensors->bytes + 6 * i + 3);
        board_push(sensors->board, sensors->ppg_stream, sensors->sample_us, raw, sensors->ppg_status);
        sensors->ppg_waiting--;
        sensors->ppg_status = 0;
        sensors->last_us = sensors->sample_us;
        sensors->sample_us += SAMPLE_US;
    }
}

/* Big-endian, of which the upper six bits are not defined. */
static int32_t sample_at(const uint8_t *bytes)
{
    return ((int32_t)(bytes[0] & 3) << 16 | (int32_t)bytes[1] << 8 | bytes[2]) - (1L << (PPG_BITS - 1));
}
