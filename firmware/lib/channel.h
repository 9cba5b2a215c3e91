/* What a board measures: a channel is one number per sample of its stream. */
#ifndef EDGED_CHANNEL_H
#define EDGED_CHANNEL_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol.h"

/* physical = raw x scale + offset, in unit */
struct channel {
    const char *label; /* at most 24 bytes of UTF-8 are sent */
    float scale;
    float offset;
    uint16_t flags;    /* CHANNEL_* */
    uint8_t stream;    /* the channels of a stream lie next to each other in the board's table */
    uint8_t kind;      /* enum channel_kind */
    uint8_t format;    /* enum sample_format */
    uint8_t unit;      /* enum channel_unit */
    uint8_t adc_bits;  /* 0: no converter, and saturation is not looked for */
};

/* Bytes of one sample; 0 for a format that does not exist. */
uint8_t format_size(uint8_t format);

/* Whether a raw value is at either end of the converter's range. */
bool channel_saturated(const struct channel *channel, int32_t raw);

/*
 * A raw value of the test ramp: (sample + 256 x channel) mod 1024, less 512 where the format has a sign.
 * channel: its place within its stream.
 */
int32_t channel_ramp(uint8_t format, uint8_t channel, uint32_t sample);

#endif
