#include <string.h>

#include "check.h"
#include "frame.h"

static uint8_t data[256];

static uint16_t write_frame(uint8_t *wire, uint8_t type, const void *payload, uint8_t length)
{
    struct ring ring;
    struct frame_writer writer;
    uint16_t count = 0;

    ring_init(&ring, data, sizeof data);
    if (!frame_begin(&writer, &ring, type, 2, 0xABCD, length)) {
        return 0;
    }
    frame_bytes(&writer, payload, length);
    frame_end(&writer);
    while (ring_get(&ring, &wire[count])) {
        count++;
    }
    return count;
}

static enum frame_result feed(
    struct frame_receiver *receiver, const uint8_t *wire, uint16_t length, struct frame *frame
)
{
    enum frame_result result = FRAME_NOTHING;
    uint16_t i;

    for (i = 0; i < length; i++) {
        result = frame_feed(receiver, wire[i], frame);
    }
    return result;
}

static void what_is_written_is_read(void)
{
    uint8_t payload[PAYLOAD_MAX + 1];
    uint8_t wire[256];
    uint8_t bytes[FRAME_MAX];
    struct frame_receiver receiver;
    struct frame frame;
    unsigned length;

    frame_receiver_init(&receiver, bytes, sizeof bytes);
    for (length = 0; length <= PAYLOAD_MAX; length++) {
        uint16_t count;

        memset(payload, (int)length, sizeof payload);
        count = write_frame(wire, TYPE_DATA, payload, (uint8_t)length);
        CHECK_EQUAL(count, length + FRAME_MIN + WIRE_OVERHEAD);
        CHECK_EQUAL(feed(&receiver, wire, count, &frame), FRAME_GOOD);
        CHECK_EQUAL(frame.type, TYPE_DATA);
        CHECK_EQUAL(frame.stream, 2);
        CHECK_EQUAL(frame.sequence, 0xABCD);
        CHECK_EQUAL(frame.length, length);
        CHECK(memcmp(frame.payload, payload, length) == 0);
    }
    CHECK_EQUAL(write_frame(wire, TYPE_DATA, payload, PAYLOAD_MAX + 1), 0);
}

static void every_flipped_bit_is_found(void)
{
    uint8_t wire[256];
    uint8_t bytes[FRAME_MAX];
    struct frame_receiver receiver;
    struct frame frame;
    uint16_t count = write_frame(wire, TYPE_EVENT, "\0one\0two", 8);
    unsigned bit;

    frame_receiver_init(&receiver, bytes, sizeof bytes);
    for (bit = 0; bit < 8U * (count - 1U); bit++) {
        unsigned good = 0;
        uint16_t i;

        wire[bit / 8] ^= (uint8_t)(1U << bit % 8);
        for (i = 0; i < count; i++) {
            good += frame_feed(&receiver, wire[i], &frame) == FRAME_GOOD;
        }
        CHECK_EQUAL(good, 0);
        wire[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    CHECK_EQUAL(feed(&receiver, wire, count, &frame), FRAME_GOOD);
}

static void a_frame_is_whole_or_not_at_all(void)
{
    struct ring ring;
    struct frame_writer writer;
    uint16_t room;

    for (room = 0; room <= 20 + FRAME_MIN + WIRE_OVERHEAD; room++) {
        uint16_t fill = (uint16_t)(sizeof data - 1 - room);

        ring_init(&ring, data, sizeof data);
        ring.head = (ring_index)fill;
        CHECK_EQUAL(frame_begin(&writer, &ring, TYPE_DATA, 0, 0, 20), room == 20 + FRAME_MIN + WIRE_OVERHEAD);
        CHECK_EQUAL(ring_used(&ring), fill);
    }
}

static void names_what_is_wrong(void)
{
    uint8_t wire[256];
    uint8_t bytes[32];
    struct frame_receiver receiver;
    struct frame frame;
    uint16_t count;

    frame_receiver_init(&receiver, bytes, sizeof bytes);
    CHECK_EQUAL(feed(&receiver, (const uint8_t *)"\x08sevenby\x00", 9, &frame), FRAME_TOO_SHORT);
    CHECK_EQUAL(feed(&receiver, (const uint8_t *)"\x09" "eightbyt\x00", 10, &frame), FRAME_BAD_CRC);
    CHECK_EQUAL(feed(&receiver, (const uint8_t *)"\x09" "eightby\x00", 9, &frame), FRAME_CUT);
    count = write_frame(wire, TYPE_DATA, data, 24);
    CHECK_EQUAL(feed(&receiver, wire, count, &frame), FRAME_GOOD);
    count = write_frame(wire, TYPE_DATA, data, 25);
    CHECK_EQUAL(feed(&receiver, wire, count, &frame), FRAME_TOO_LONG);
    frame_receiver_init(&receiver, data, sizeof data);
    CHECK_EQUAL(receiver.cobs.size, FRAME_MAX); /* however much room there is */
}

void test_frame(void)
{
    what_is_written_is_read();
    every_flipped_bit_is_found();
    a_frame_is_whole_or_not_at_all();
    names_what_is_wrong();
}
