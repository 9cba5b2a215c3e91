/*
 * The samples of one stream on their way into DATA frames.
 *
 * Two banks: the sampler fills one, which may happen in an interrupt, while the main loop sends the other. A bank
 * is handed over by its `full` flag alone, so neither side waits for the other.
 */
#ifndef EDGED_STREAM_H
#define EDGED_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "channel.h"
#include "schedule.h"

struct stream_config {
    uint8_t *samples;       /* both banks */
    uint16_t samples_size;  /* bytes; 2 x channels x format size x samples per frame, see STREAM_BYTES */
    uint32_t rate_mhz;      /* at boot */
    uint32_t min_rate_mhz;
    uint32_t max_rate_mhz;
    uint16_t quantum_us;    /* see schedule_rate */
    bool in_interrupt;      /* an interrupt calls board_sample or board_push; otherwise board_poll samples */
};

/* Bytes of storage for a number of samples a frame, of so many bytes over all channels. */
#define STREAM_BYTES(samples_per_frame, bytes_per_sample) (2 * (samples_per_frame) * (bytes_per_sample))

struct bank {
    uint8_t *bytes;
    uint32_t t_us;        /* of the first sample */
    uint16_t sequence;
    uint8_t count;        /* samples */
    uint8_t status;       /* STATUS_* */
    volatile bool full;   /* the sender's while set, the sampler's while not */
};

struct stream {
    const struct channel *channels;
    uint8_t channel_count;
    uint8_t sample_size;  /* bytes over all channels */
    uint8_t capacity;     /* samples a bank can hold */
    uint8_t per_frame;    /* samples after which a bank is full, at the present rate */
    uint8_t skipping;     /* samples still to be lost with the present frame */
    volatile bool running;
    volatile uint8_t pattern; /* enum test_pattern */
    uint8_t filling;      /* which bank; the sampler's */
    uint8_t sending;      /* which bank; the sender's */
    uint8_t status;       /* for the next bank */
    uint16_t sequence;    /* of the bank being filled; a lost frame leaves a gap */
    uint32_t sample;      /* samples since the start, lost ones too */
    volatile uint16_t overruns; /* frames lost because the wire was slow */
    volatile uint16_t late;     /* samples missed because the sampler was called too late */
    struct schedule schedule;
    struct bank banks[2];
};

/* False: the configuration has no channels, a format that does not exist, or storage for less than a sample. */
bool stream_init(
    struct stream *stream,
    const struct stream_config *config,
    const struct channel *channels,
    uint8_t channel_count
);

/* Set the rate, of which the result is what is achieved, in mHz. Not while it is running. */
uint32_t stream_rate(struct stream *stream, uint32_t rate_mhz, uint16_t quantum_us);

/* Forget what was begun; the first sample is due at now_us. Not while it is running. */
void stream_start(struct stream *stream, uint32_t now_us);

/* The sampler's: add one raw value per channel, taken at t_us, with status bits. */
void stream_push(struct stream *stream, uint32_t t_us, const int32_t *raw, uint8_t status);

/* The sampler's: due samples were missed up to now_us. */
void stream_catch_up(struct stream *stream, uint32_t now_us);

/* The sampler's: hand over what there is, because the samples that follow are not evenly spaced with it. */
void stream_flush(struct stream *stream);

/* The sender's: the oldest full bank, or NULL. */
struct bank *stream_full_bank(struct stream *stream);

/* The sender's: give it back. */
void stream_release(struct stream *stream, struct bank *bank);

#endif
