/* Frames: a header, a payload and a CRC, COBS-encoded, with a zero after each. */
#ifndef EDGED_FRAME_H
#define EDGED_FRAME_H

#include <stdbool.h>
#include <stdint.h>

#include "cobs.h"
#include "protocol.h"
#include "ring.h"

/* A frame being written into a transmit ring; no copy of it is kept. */
struct frame_writer {
    struct cobs_encoder cobs;
    uint32_t crc;
};

/* False: a frame with so much payload does not fit, and nothing is written. */
bool frame_begin(
    struct frame_writer *writer, struct ring *ring, uint8_t type, uint8_t stream, uint16_t sequence, uint8_t payload
);
void frame_u8(struct frame_writer *writer, uint8_t value);
void frame_u16(struct frame_writer *writer, uint16_t value);
void frame_u32(struct frame_writer *writer, uint32_t value);
void frame_f32(struct frame_writer *writer, float value);
void frame_bytes(struct frame_writer *writer, const void *bytes, uint8_t length);
void frame_end(struct frame_writer *writer);

enum frame_result { FRAME_NOTHING, FRAME_GOOD, FRAME_CUT, FRAME_TOO_LONG, FRAME_TOO_SHORT, FRAME_BAD_CRC };

struct frame_receiver {
    struct cobs_decoder cobs;
};

/* What came, valid until the next byte is fed. */
struct frame {
    uint8_t type;
    uint8_t stream;
    uint16_t sequence;
    const uint8_t *payload;
    uint8_t length; /* of the payload */
};

/* size: of the longest frame that is accepted, at most FRAME_MAX. */
void frame_receiver_init(struct frame_receiver *receiver, uint8_t *bytes, uint16_t size);

/* Take a byte; frame is set when the result is FRAME_GOOD. After any junk and one zero the next frame is accepted. */
enum frame_result frame_feed(struct frame_receiver *receiver, uint8_t byte, struct frame *frame);

#endif
