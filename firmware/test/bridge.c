/* What the Python tests call: the library's wire format, and the fake board, without the layout of any struct. */
#include <stddef.h>
#include <string.h>

#include "fake_board.h"

uint32_t bridge_write(
    uint8_t type, uint8_t stream, uint16_t sequence, const uint8_t *payload, uint8_t length, uint8_t *wire
);
uint32_t bridge_read(const uint8_t *wire, uint32_t length, uint8_t *results);
void bridge_boot(void);
void bridge_receive(const uint8_t *bytes, uint32_t length);
void bridge_run(uint32_t us, uint32_t step_us);
void bridge_raw(uint8_t channel, int32_t raw, uint8_t status);
void bridge_event(uint8_t kind, uint8_t source, uint8_t value);
uint32_t bridge_sent(uint8_t *wire);
uint32_t bridge_sent_max(void);

/* Write a frame; wire has room for FRAME_MAX + WIRE_OVERHEAD bytes. Returns how many there are. */
uint32_t bridge_write(
    uint8_t type, uint8_t stream, uint16_t sequence, const uint8_t *payload, uint8_t length, uint8_t *wire
)
{
    uint8_t data[256];
    struct ring ring;
    struct frame_writer writer;
    uint32_t count = 0;

    ring_init(&ring, data, sizeof data);
    if (!frame_begin(&writer, &ring, type, stream, sequence, length)) {
        return 0;
    }
    frame_bytes(&writer, payload, length);
    frame_end(&writer);
    while (ring_get(&ring, &wire[count])) {
        count++;
    }
    return count;
}

/*
 * Read bytes from the wire. For each frame, enum frame_result, and for a good one the type, the stream, the sequence
 * (low byte first), the length of the payload and the payload; never more bytes than were read.
 */
uint32_t bridge_read(const uint8_t *wire, uint32_t length, uint8_t *results)
{
    uint8_t bytes[FRAME_MAX];
    struct frame_receiver receiver;
    uint32_t count = 0;

    frame_receiver_init(&receiver, bytes, sizeof bytes);
    while (length-- > 0) {
        struct frame frame;
        enum frame_result result = frame_feed(&receiver, *wire++, &frame);

        if (result != FRAME_NOTHING) {
            results[count++] = (uint8_t)result;
        }
        if (result == FRAME_GOOD) {
            results[count++] = frame.type;
            results[count++] = frame.stream;
            results[count++] = (uint8_t)frame.sequence;
            results[count++] = (uint8_t)(frame.sequence >> 8);
            results[count++] = frame.length;
            memcpy(results + count, frame.payload, frame.length);
            count += frame.length;
        }
    }
    return count;
}

void bridge_boot(void)
{
    fake_init();
}

void bridge_receive(const uint8_t *bytes, uint32_t length)
{
    fake_receive(bytes, length);
}

void bridge_run(uint32_t us, uint32_t step_us)
{
    fake_run(us, step_us);
}

void bridge_raw(uint8_t channel, int32_t raw, uint8_t status)
{
    fake.raw[channel] = raw;
    fake.status[channel] = status;
}

void bridge_event(uint8_t kind, uint8_t source, uint8_t value)
{
    board_event(&fake.board, kind, source, value);
}

/* Take what was sent since the last time; wire has room for bridge_sent_max bytes. */
uint32_t bridge_sent(uint8_t *wire)
{
    uint32_t length = fake.sent_length;

    memcpy(wire, fake.sent, length);
    fake_forget();
    return length;
}

uint32_t bridge_sent_max(void)
{
    return FAKE_SENT_MAX;
}
