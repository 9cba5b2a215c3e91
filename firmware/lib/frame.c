#include "frame.h"

#include <string.h>

#include "crc32.h"

static void put(struct frame_writer *writer, uint8_t byte)
{
    writer->crc = crc32_update(writer->crc, byte);
    cobs_put(&writer->cobs, byte);
}

bool frame_begin(
    struct frame_writer *writer, struct ring *ring, uint8_t type, uint8_t stream, uint16_t sequence, uint8_t payload
)
{
    uint16_t wire = (uint16_t)(payload + FRAME_MIN + WIRE_OVERHEAD);

    if (payload > PAYLOAD_MAX || ring_space(ring) < wire) {
        return false;
    }
    cobs_begin(&writer->cobs, ring);
    writer->crc = CRC32_INIT;
    frame_u8(writer, type);
    frame_u8(writer, stream);
    frame_u16(writer, sequence);
    return true;
}

void frame_u8(struct frame_writer *writer, uint8_t value)
{
    put(writer, value);
}

void frame_u16(struct frame_writer *writer, uint16_t value)
{
    put(writer, (uint8_t)value);
    put(writer, (uint8_t)(value >> 8));
}

void frame_u32(struct frame_writer *writer, uint32_t value)
{
    frame_u16(writer, (uint16_t)value);
    frame_u16(writer, (uint16_t)(value >> 16));
}

void frame_f32(struct frame_writer *writer, float value)
{
    uint32_t bits;

    memcpy(&bits, &value, sizeof bits);
    frame_u32(writer, bits);
}

void frame_bytes(struct frame_writer *writer, const void *bytes, uint8_t length)
{
    const uint8_t *next = bytes;

    while (length-- > 0) {
        put(writer, *next++);
    }
}

void frame_end(struct frame_writer *writer)
{
    frame_u32(writer, ~writer->crc); /* the argument is taken before its bytes change the state */
    cobs_end(&writer->cobs);
}

void frame_receiver_init(struct frame_receiver *receiver, uint8_t *bytes, uint16_t size)
{
    cobs_decoder_init(&receiver->cobs, bytes, size > FRAME_MAX ? FRAME_MAX : size);
}

static enum frame_result check(const uint8_t *bytes, uint16_t length, struct frame *frame)
{
    uint32_t crc = CRC32_INIT;
    uint16_t i;

    if (length < FRAME_MIN) {
        return FRAME_TOO_SHORT;
    }
    for (i = 0; i < length; i++) {
        crc = crc32_update(crc, bytes[i]);
    }
    if (crc != CRC32_RESIDUE) {
        return FRAME_BAD_CRC;
    }
    frame->type = bytes[0];
    frame->stream = bytes[1];
    frame->sequence = (uint16_t)(bytes[2] | (uint16_t)bytes[3] << 8);
    frame->payload = bytes + FRAME_HEADER;
    frame->length = (uint8_t)(length - FRAME_MIN);
    return FRAME_GOOD;
}

enum frame_result frame_feed(struct frame_receiver *receiver, uint8_t byte, struct frame *frame)
{
    switch (cobs_feed(&receiver->cobs, byte)) {
    case COBS_WHOLE:
        return check(receiver->cobs.bytes, receiver->cobs.length, frame);
    case COBS_CUT:
        return FRAME_CUT;
    case COBS_TOO_LONG:
        return FRAME_TOO_LONG;
    case COBS_NOTHING:
        break;
    }
    return FRAME_NOTHING;
}
