/*
 * The sensors on a board's I2C bus: a MAX30102 (photoplethysmogram) and a TMP102 (temperature; an LM75 answers alike).
 * Either may be missing, fail and come back.
 */
#ifndef EDGED_SENSORS_H
#define EDGED_SENSORS_H

#include <stdbool.h>
#include <stdint.h>

#include "board.h"
#include "i2c.h"

enum {
    PPG_CHANNELS = 2,     /* red, infrared */
    PPG_RATE_MHZ = 100000,
    PPG_BITS = 18,
    PPG_SAMPLES_READ = 4, /* at a time */
};

/* Range 4096 nA, 18 bits, sent as signed numbers: 0 is the middle. */
#define PPG_NA_PER_COUNT (4096.0f / 262144.0f)
#define PPG_NA_OFFSET 2048.0f
#define TEMPERATURE_CELSIUS_PER_COUNT 0.0625f

struct sensors {
    struct board *board;
    uint8_t ppg_stream;
    struct i2c_transfer transfer;
    uint8_t bytes[PPG_SAMPLES_READ * 6];
    uint32_t begun_us;       /* the transfer */
    uint32_t ppg_try_us;     /* when to look for the MAX30102 again */
    uint32_t temperature_us; /* when to read the TMP102 again */
    uint32_t sample_us;      /* when the next sample to be read was ready, */
    uint32_t last_us;        /* and the one before */
    uint8_t job;
    uint8_t step;            /* of setting up the MAX30102 */
    uint8_t ppg_waiting;     /* samples in its memory */
    uint8_t ppg_status;      /* STATUS_* of its next sample */
    bool ppg_works;
    bool temperature_works;
    int16_t temperature;
    volatile bool ready;     /* an interrupt says that there is a sample, */
    volatile uint32_t ready_us; /* since then */
};

void sensors_init(struct sensors *sensors, struct board *board, uint8_t ppg_stream);

/* Do what is due. low: the MAX30102's interrupt pin is, which it is until its samples are read. */
void sensors_poll(struct sensors *sensors, uint32_t now_us, bool low);

/* The MAX30102's pin fell: an interrupt handler's. */
void sensors_ready(struct sensors *sensors, uint32_t now_us);

/* The last temperature; STATUS_BUS_FAULT where the sensor does not answer. */
uint8_t sensors_temperature(const struct sensors *sensors, int32_t *raw);

#endif
