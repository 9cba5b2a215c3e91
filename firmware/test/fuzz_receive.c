/*
 * The receiver under junk, damaged frames and good ones, as the bytes say: it keeps to its buffer, what it accepts is
 * what would be written, and after any junk and one zero the next good frame is accepted.
 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static uint16_t write_frame(const struct frame *frame, uint8_t *wire)
{
    uint8_t data[256];
    struct ring ring;
    struct frame_writer writer;
    uint16_t count = 0;

    ring_init(&ring, data, sizeof data);
    if (!frame_begin(&writer, &ring, frame->type, frame->stream, frame->sequence, frame->length)) {
        abort();
    }
    frame_bytes(&writer, frame->payload, frame->length);
    frame_end(&writer);
    while (ring_get(&ring, &wire[count])) {
        count++;
    }
    return count;
}

static bool same(const struct frame *one, const struct frame *other)
{
    return one->type == other->type && one->stream == other->stream && one->sequence == other->sequence &&
           one->length == other->length && memcmp(one->payload, other->payload, one->length) == 0;
}

static struct frame_receiver receiver;
static bool fresh; /* nothing since the last delimiter */

static enum frame_result feed(const uint8_t *bytes, size_t length, struct frame *frame)
{
    enum frame_result result = FRAME_NOTHING;
    size_t i;

    for (i = 0; i < length; i++) {
        result = frame_feed(&receiver, bytes[i], frame);
        fresh = bytes[i] == 0;
        if (result == FRAME_GOOD) {
            uint8_t wire[256];
            uint8_t bytes_again[FRAME_MAX];
            struct frame_receiver other;
            struct frame again;
            uint16_t count = write_frame(frame, wire);
            uint16_t at;

            frame_receiver_init(&other, bytes_again, sizeof bytes_again);
            for (at = 0; at + 1 < count; at++) {
                (void)frame_feed(&other, wire[at], &again);
            }
            if (frame_feed(&other, wire[at], &again) != FRAME_GOOD || !same(frame, &again)) {
                abort();
            }
        }
    }
    return result;
}

/* A good frame, perhaps damaged: what is said of it, and how, is in the first three bytes. */
static void feed_frame(const uint8_t *bytes, uint8_t length)
{
    struct frame good = {bytes[0], bytes[1], bytes[2], bytes + 3, (uint8_t)(length - 3)};
    struct frame frame;
    uint8_t wire[256];
    uint16_t count = write_frame(&good, wire);
    uint16_t at = bytes[1] % count;
    bool expected;
    bool accepted;

    switch (bytes[0] % 4) {
    case 0:
        wire[at] ^= bytes[2];
        (void)feed(wire, count, &frame);
        break;
    case 1:
        (void)feed(wire, at, &frame);
        break;
    default:
        expected = fresh;
        accepted = feed(wire, count, &frame) == FRAME_GOOD && same(&frame, &good);
        if (expected && !accepted) {
            abort();
        }
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static const uint8_t zero[1];
    static const uint8_t last[] = {2, 0, 0, 'l', 'a', 's', 't', 0};
    uint8_t *buffer = malloc(FRAME_MAX); /* of its own, so that a byte beyond it is found */
    struct frame frame;

    frame_receiver_init(&receiver, buffer, FRAME_MAX);
    fresh = true;
    while (length > 0) {
        uint8_t count = bytes[0] % 128;
        bool sealed = bytes[0] >= 128 && count >= 3;

        bytes++;
        length--;
        if (count > length) {
            count = (uint8_t)length;
            sealed = false;
        }
        if (sealed) {
            feed_frame(bytes, count);
        } else {
            (void)feed(bytes, count, &frame);
        }
        bytes += count;
        length -= count;
    }
    (void)feed(zero, sizeof zero, &frame);
    feed_frame(last, sizeof last);
    free(buffer);
    return 0;
}
