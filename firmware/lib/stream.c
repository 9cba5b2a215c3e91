#include "stream.h"

#include <stddef.h>

#include "ring.h"

#define MHZ_US 1000000000UL
#define LATE_MAX_US 1000000UL

bool stream_init(
    struct stream *stream,
    const struct stream_config *config,
    const struct channel *channels,
    uint8_t channel_count
)
{
    uint16_t sample_size = 0;
    uint16_t capacity;
    uint8_t i;

    for (i = 0; i < channel_count; i++) {
        uint8_t size = format_size(channels[i].format);

        if (size == 0) {
            return false;
        }
        sample_size += size;
    }
    if (sample_size == 0 || sample_size > DATA_SAMPLES_MAX || config->samples_size / 2 < sample_size) {
        return false;
    }
    capacity = config->samples_size / 2 / sample_size;
    if (capacity > DATA_SAMPLES_MAX / sample_size) {
        capacity = DATA_SAMPLES_MAX / sample_size;
    }
    *stream = (struct stream){
        .channels = channels,
        .channel_count = channel_count,
        .sample_size = (uint8_t)sample_size,
        .capacity = (uint8_t)capacity,
    };
    stream->banks[0].bytes = config->samples;
    stream->banks[1].bytes = config->samples + config->samples_size / 2;
    return true;
}

uint32_t stream_rate(struct stream *stream, uint32_t rate_mhz, uint16_t quantum_us)
{
    uint32_t achieved_mhz = schedule_rate(&stream->schedule, rate_mhz, quantum_us);
    uint32_t samples = achieved_mhz / (MHZ_US / DATA_SPAN_US);

    if (samples < 1) {
        samples = 1;
    }
    stream->per_frame = samples < stream->capacity ? (uint8_t)samples : stream->capacity;
    return achieved_mhz;
}

void stream_start(struct stream *stream, uint32_t now_us)
{
    stream->sample = 0;
    schedule_start(&stream->schedule, now_us);
}

static uint8_t *pack(uint8_t *at, uint8_t format, int32_t raw)
{
    uint32_t bits = (uint32_t)raw;
    uint8_t size = format_size(format);

    while (size-- > 0) {
        *at++ = (uint8_t)bits;
        bits >>= 8;
    }
    return at;
}

static void lose_frame(struct stream *stream)
{
    stream->sequence++;
    stream->overruns++;
    stream->status |= STATUS_OVERRUN;
}

static void hand_over(struct stream *stream, struct bank *bank)
{
    bank->sequence = stream->sequence++;
    RING_BARRIER();
    bank->full = true;
    stream->filling ^= 1;
}

static uint8_t store(struct stream *stream, uint8_t *at, const int32_t *raw, uint8_t status)
{
    uint8_t pattern = stream->pattern;
    uint8_t i;

    if (pattern != TEST_OFF) {
        status = STATUS_TEST_PATTERN;
    }
    for (i = 0; i < stream->channel_count; i++) {
        const struct channel *channel = &stream->channels[i];
        int32_t value;

        if (pattern != TEST_OFF) {
            value = channel_ramp(channel->format, i, stream->sample);
        } else {
            value = raw[i];
            if (channel_saturated(channel, value)) {
                status |= STATUS_SATURATED;
            }
        }
        at = pack(at, channel->format, value);
    }
    return status;
}

void stream_push(struct stream *stream, uint32_t t_us, const int32_t *raw, uint8_t status)
{
    struct bank *bank = &stream->banks[stream->filling];

    if (bank->full && stream->skipping == 0) {
        stream->skipping = stream->per_frame; /* whole frames, so that the gap in the sequence tells how much */
    }
    if (stream->skipping > 0) {
        stream->sample++;
        if (--stream->skipping == 0) {
            lose_frame(stream);
        }
        return;
    }
    if (bank->count == 0) {
        bank->t_us = t_us;
        bank->status = stream->status;
        stream->status = 0;
    }
    bank->status |= store(stream, bank->bytes + (uint16_t)bank->count * stream->sample_size, raw, status);
    stream->sample++;
    if (++bank->count >= stream->per_frame) {
        hand_over(stream, bank);
    }
}

void stream_flush(struct stream *stream)
{
    struct bank *bank = &stream->banks[stream->filling];

    if (stream->skipping > 0) {
        stream->skipping = 0;
        lose_frame(stream);
    } else if (!bank->full && bank->count > 0) {
        hand_over(stream, bank);
    }
}

void stream_catch_up(struct stream *stream, uint32_t now_us)
{
    stream_flush(stream);
    stream->status |= STATUS_OVERRUN;
    while (schedule_is_late(&stream->schedule, now_us)) {
        if (now_us - stream->schedule.due_us > LATE_MAX_US) {
            schedule_start(&stream->schedule, now_us);
        } else {
            schedule_next(&stream->schedule);
        }
        stream->sample++;
        stream->late++;
    }
}

struct bank *stream_full_bank(struct stream *stream)
{
    struct bank *bank = &stream->banks[stream->sending];

    if (!bank->full) {
        return NULL;
    }
    RING_BARRIER();
    return bank;
}

void stream_release(struct stream *stream, struct bank *bank)
{
    bank->count = 0;
    stream->sending ^= 1;
    RING_BARRIER();
    bank->full = false;
}
