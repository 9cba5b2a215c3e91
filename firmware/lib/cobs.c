#include "cobs.h"

enum { BLOCK_FULL = 0xFF }; /* 254 bytes and no zero after them */

enum { DECODER_IDLE, DECODER_IN_FRAME, DECODER_TOO_LONG };

static ring_index take(struct cobs_encoder *encoder)
{
    ring_index at = encoder->at;

    encoder->at = (ring_index)((at + 1U) & encoder->ring->mask);
    return at;
}

static void open_block(struct cobs_encoder *encoder)
{
    encoder->code_at = take(encoder);
    encoder->code = 1;
}

static void close_block(struct cobs_encoder *encoder)
{
    encoder->ring->data[encoder->code_at] = encoder->code;
}

void cobs_begin(struct cobs_encoder *encoder, struct ring *ring)
{
    encoder->ring = ring;
    encoder->at = ring->head;
    open_block(encoder);
}

void cobs_put(struct cobs_encoder *encoder, uint8_t byte)
{
    if (encoder->code == BLOCK_FULL) {
        close_block(encoder);
        open_block(encoder);
    }
    if (byte == 0) {
        close_block(encoder);
        open_block(encoder);
    } else {
        encoder->ring->data[take(encoder)] = byte;
        encoder->code++;
    }
}

void cobs_end(struct cobs_encoder *encoder)
{
    close_block(encoder);
    encoder->ring->data[take(encoder)] = 0;
    RING_BARRIER();
    encoder->ring->head = encoder->at;
}

static void begin(struct cobs_decoder *decoder)
{
    decoder->length = 0;
    decoder->left = 0;
    decoder->code = BLOCK_FULL; /* no zero stands before the first block */
    decoder->state = DECODER_IDLE;
}

static void store(struct cobs_decoder *decoder, uint8_t byte)
{
    if (decoder->length >= decoder->size) {
        decoder->state = DECODER_TOO_LONG;
    } else {
        decoder->bytes[decoder->length++] = byte;
    }
}

static enum cobs_result delimiter(struct cobs_decoder *decoder)
{
    uint8_t state = decoder->state;

    decoder->state = DECODER_IDLE;
    if (state == DECODER_IDLE) {
        return COBS_NOTHING;
    }
    if (state == DECODER_TOO_LONG) {
        return COBS_TOO_LONG;
    }
    return decoder->left > 0 ? COBS_CUT : COBS_WHOLE;
}

void cobs_decoder_init(struct cobs_decoder *decoder, uint8_t *bytes, uint16_t size)
{
    decoder->bytes = bytes;
    decoder->size = size;
    begin(decoder);
}

enum cobs_result cobs_feed(struct cobs_decoder *decoder, uint8_t byte)
{
    if (byte == 0) {
        return delimiter(decoder);
    }
    if (decoder->state == DECODER_IDLE) {
        begin(decoder);
        decoder->state = DECODER_IN_FRAME;
    }
    if (decoder->state == DECODER_TOO_LONG) {
        return COBS_NOTHING;
    }
    if (decoder->left > 0) {
        decoder->left--;
        store(decoder, byte);
        return COBS_NOTHING;
    }
    if (decoder->code != BLOCK_FULL) {
        store(decoder, 0);
    }
    decoder->code = byte;
    decoder->left = (uint8_t)(byte - 1U);
    return COBS_NOTHING;
}
