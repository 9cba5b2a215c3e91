/* Consistent Overhead Byte Stuffing (Cheshire and Baker, 1999): no zero within a frame, one after it. */
#ifndef EDGED_COBS_H
#define EDGED_COBS_H

#include <stdint.h>

#include "ring.h"

/* Writes into a ring behind its head; nothing is there for the consumer until the end. */
struct cobs_encoder {
    struct ring *ring;
    ring_index code_at;
    ring_index at;
    uint8_t code;
};

/* The caller has made sure that there is space: one byte in 254, the first code and the delimiter. */
void cobs_begin(struct cobs_encoder *encoder, struct ring *ring);
void cobs_put(struct cobs_encoder *encoder, uint8_t byte);
void cobs_end(struct cobs_encoder *encoder);

enum cobs_result { COBS_NOTHING, COBS_WHOLE, COBS_CUT, COBS_TOO_LONG };

struct cobs_decoder {
    uint8_t *bytes;
    uint16_t size;    /* of the buffer */
    uint16_t length;  /* so far; after COBS_WHOLE, of the frame, until the next byte */
    uint8_t code;     /* of the present block */
    uint8_t left;     /* bytes until its end */
    uint8_t state;
};

void cobs_decoder_init(struct cobs_decoder *decoder, uint8_t *bytes, uint16_t size);

/* Take a byte; only a delimiter has a result. Delimiters in a row are idle. */
enum cobs_result cobs_feed(struct cobs_decoder *decoder, uint8_t byte);

#endif
