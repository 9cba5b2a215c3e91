#include <stddef.h>
#include <string.h>

#include "check.h"
#include "fake_board.h"

static void start(uint16_t mask)
{
    uint8_t arguments[2] = {(uint8_t)mask, (uint8_t)(mask >> 8)};

    CHECK_EQUAL(fake_ask(TYPE_START, 0x5000, arguments, sizeof arguments), RESULT_OK);
    fake_forget();
}

/* Every sample of a minute arrives, at its time, in order. */
static void samples_without_drift(void)
{
    struct frame frame;
    uint32_t samples = 0;
    uint32_t start_us;
    unsigned frames = 0;
    uint16_t sequence = 0;

    fake_init();
    fake.now_us = 0xFFFFFFFF - 30000000; /* the counter rolls over on the way */
    fake_step(0);
    start_us = fake.now_us;
    start(1);
    while (fake.now_us - start_us < 60000000) {
        fake_step(370);
        while (fake_next_of(TYPE_DATA, &frame)) {
            CHECK_EQUAL(frame.stream, 0);
            CHECK_EQUAL(frame.sequence, sequence++);
            CHECK_EQUAL(fake_u32(frame.payload), (uint32_t)(start_us + samples * 2000));
            CHECK_EQUAL(frame.payload[4], 20);
            CHECK_EQUAL(frame.length, 6 + 20 * 4);
            samples += frame.payload[4];
            frames++;
        }
        fake_forget();
    }
    CHECK_EQUAL(samples, 30000);
    CHECK_EQUAL(frames, 1500);
    CHECK_EQUAL(fake.damaged, 0);
}

static void streams_of_different_rates(void)
{
    struct frame frame;
    unsigned samples[FAKE_STREAMS] = {0};
    unsigned stats = 0;

    fake_init();
    start(7);
    fake.raw[2] = -5;
    fake_run(10000000, 500);
    while (fake_next_frame(&frame)) {
        if (frame.type == TYPE_DATA) {
            samples[frame.stream] += frame.payload[4];
            if (frame.stream == 1) {
                CHECK(memcmp(frame.payload + 6, "\xFB\xFF\xFF\x00\x00\x00", 6) == 0);
            }
        }
        stats += frame.type == TYPE_STATS;
    }
    CHECK_EQUAL(samples[0], 5000);
    CHECK_EQUAL(samples[1], 1000);
    CHECK_EQUAL(samples[2], 11); /* the first is due at once, and is a frame of its own */
    CHECK_EQUAL(stats, 10);
    CHECK_EQUAL(fake.leds, 10);
}

static void a_slow_line_loses_whole_frames_and_tells(void)
{
    struct frame frame;
    uint32_t got = 0;
    uint32_t lost = 0;
    uint32_t flagged = 0;
    unsigned others = 0;
    uint16_t next = 0;

    fake_init();
    start(3);
    fake.line_bytes = 1; /* 2 kB/s, where 3.1 are needed */
    fake_run(5000000, 500);
    while (fake_next_of(TYPE_DATA, &frame)) {
        others += frame.stream != 0;
        if (frame.stream == 0) {
            uint16_t gap = (uint16_t)(frame.sequence - next);

            next = (uint16_t)(frame.sequence + 1);
            lost += gap;
            got++;
            CHECK_EQUAL(gap > 0, (frame.payload[5] & STATUS_OVERRUN) != 0);
            flagged += frame.payload[5] & STATUS_OVERRUN;
            CHECK_EQUAL(fake_u32(frame.payload), frame.sequence * 40000U); /* time agrees with the gap */
        }
    }
    CHECK(got > 20);
    CHECK(others > 20); /* short frames wait for long ones, and the other way about */
    CHECK(lost > 20);
    CHECK(flagged > 10);
    CHECK_EQUAL(fake.damaged, 0);
    CHECK(got + lost <= 125);
    CHECK(got + lost >= 120); /* the last ones are still to come */
}

static void a_command_is_heard_over_a_full_line(void)
{
    struct frame frame;
    bool acknowledged = false;
    unsigned steps = 0;

    fake_init();
    start(3);
    fake.line_bytes = 1;
    fake_run(2000000, 500);
    fake_forget();
    fake_command(TYPE_IDENTIFY, 77, NULL, 0);
    while (!acknowledged && steps++ < 2000) { /* a second */
        fake_step(500);
        acknowledged = fake_next_of(TYPE_ACK, &frame);
    }
    CHECK(acknowledged);
}

static void a_command_waits_for_room_for_its_answer(void)
{
    static const uint8_t ramp = TEST_RAMP;
    struct frame frame;
    unsigned i;

    fake_init();
    fake.line_bytes = 0;
    for (i = 0; i < 20; i++) {
        board_event(&fake.board, EVENT_BUTTON, 0, 0);
        fake_step(1);
    }
    fake_command(TYPE_TEST, 1, &ramp, 1);
    fake_run(1000, 100);
    CHECK_EQUAL(fake.board.streams[0].pattern, TEST_OFF);
    fake.line_bytes = UINT16_MAX;
    fake_run(1000, 100);
    CHECK_EQUAL(fake.board.streams[0].pattern, TEST_RAMP);
    CHECK(fake_next_of(TYPE_ACK, &frame));
}

static void a_late_sampler_breaks_the_frame(void)
{
    struct frame frame;

    fake_init();
    start(1);
    fake_run(9000, 500); /* samples at 0 to 8000 */
    fake_step(9500);     /* at 10000 to 16000: missed; at 18000: taken */
    fake_run(40000, 500);
    CHECK(fake_next_of(TYPE_DATA, &frame));
    CHECK_EQUAL(frame.payload[4], 5);
    CHECK_EQUAL(frame.payload[5], 0);
    CHECK(fake_next_of(TYPE_DATA, &frame));
    CHECK_EQUAL(frame.sequence, 1);
    CHECK_EQUAL(frame.payload[5], STATUS_OVERRUN);
    CHECK_EQUAL(fake_u32(frame.payload), 18000);
    CHECK_EQUAL(fake.board.streams[0].late, 4);
}

static void a_new_rate_begins_a_new_frame(void)
{
    static const uint8_t rate_1000[] = {0, 0, 0x40, 0x42, 0x0F, 0x00};
    struct frame frame;

    fake_init();
    start(1);
    fake_run(10000, 500);
    fake_command(TYPE_SET_RATE, 9, rate_1000, sizeof rate_1000);
    fake_run(40000, 250);
    CHECK(fake_next_of(TYPE_DATA, &frame));
    CHECK_EQUAL(frame.payload[4], 6);
    CHECK(fake_next_of(TYPE_DATA, &frame));
    CHECK_EQUAL(frame.sequence, 1);
    CHECK_EQUAL(frame.payload[4], 20); /* the storage's, since 40 ms are 40 now */
    CHECK_EQUAL(fake_u32(frame.payload), 10250);
}

static void a_stopped_stream_ends_with_what_it_has(void)
{
    static const uint8_t mask[] = {1, 0};
    struct frame frame;

    fake_init();
    start(1);
    fake_run(4000, 500);
    fake_command(TYPE_STOP, 9, mask, sizeof mask);
    fake_run(100000, 500);
    CHECK(fake_next_of(TYPE_DATA, &frame));
    CHECK_EQUAL(frame.payload[4], 3);
    CHECK(!fake_next_of(TYPE_DATA, &frame));
}

static void an_interrupt_may_sample(void)
{
    int32_t raw[2] = {3, 4};
    struct frame frame;
    unsigned i;

    fake_init();
    fake.streams[0].in_interrupt = true;
    board_push(&fake.board, 0, 1, raw, 0); /* while it is stopped */
    start(1);
    fake_run(100000, 500);
    CHECK_EQUAL(fake.reads, 0);
    for (i = 0; i < 20; i++) {
        board_push(&fake.board, 0, 5000 + i * 2000, raw, STATUS_LEAD_OFF_NEGATIVE);
    }
    fake_step(1);
    CHECK(fake_next_of(TYPE_DATA, &frame));
    CHECK_EQUAL(fake_u32(frame.payload), 5000);
    CHECK_EQUAL(frame.payload[5], STATUS_LEAD_OFF_NEGATIVE);
    CHECK(memcmp(frame.payload + 6, "\x03\x00\x04\x00", 4) == 0);
    board_sample(&fake.board, 0);
    CHECK_EQUAL(fake.reads, 2);
}

static void the_test_pattern_reads_no_sensor(void)
{
    struct frame frame;

    fake_init();
    board_test(&fake.board, TEST_RAMP);
    start(1);
    fake_run(100000, 500);
    CHECK_EQUAL(fake.reads, 0);
    CHECK(fake_next_of(TYPE_DATA, &frame));
    CHECK_EQUAL(frame.payload[5], STATUS_TEST_PATTERN);
    CHECK(memcmp(frame.payload + 6, "\x00\xFE\x00\x01\x01\xFE\x01\x01", 8) == 0);
    CHECK(fake_next_of(TYPE_DATA, &frame));
    CHECK(memcmp(frame.payload + 6, "\x14\xFE\x14\x01", 4) == 0); /* it goes on at 20 */
}

static void events_wait_for_room(void)
{
    struct frame frame;
    unsigned i;

    fake_init();
    fake_forget();
    fake.line_bytes = 0;
    for (i = 0; i < 40; i++) {
        board_event(&fake.board, EVENT_BUTTON, 2, (uint8_t)i);
        fake_step(1);
    }
    CHECK(fake.board.stats.event_drops > 0);
    CHECK_EQUAL(fake.board.stats.event_drops, 40 - 255 / 17 - EVENTS_MAX);
    fake.line_bytes = UINT16_MAX;
    fake_step(1);
    fake_step(1);
    for (i = 0; i < 255 / 17 + EVENTS_MAX; i++) {
        CHECK(fake_next_frame(&frame));
        CHECK_EQUAL(frame.type, TYPE_EVENT);
        CHECK_EQUAL(frame.payload[4], EVENT_BUTTON);
        CHECK_EQUAL(frame.payload[5], 2);
        CHECK_EQUAL(frame.payload[6], i);
        CHECK_EQUAL(fake_u32(frame.payload), i);
    }
    CHECK_EQUAL(fake.locks, 0);
}

static void counts_what_goes_wrong(void)
{
    struct frame frame;
    uint8_t junk[300];

    fake_init();
    memset(junk, 1, sizeof junk);
    fake_receive(junk, 300); /* 45 more than the ring holds */
    fake_step(0);
    fake_receive((const uint8_t *)"\x00\x03\x01\x00\x05\x01\x00", 7);
    board_receive_error(&fake.board);
    fake_step(0);
    fake_forget();
    fake_run(1000000, 1000);
    CHECK(fake_next_of(TYPE_STATS, &frame));
    CHECK_EQUAL(frame.length, 20);
    CHECK_EQUAL(fake_u32(frame.payload), 1000000);
    CHECK_EQUAL(fake_u32(frame.payload + 4), 1234);
    CHECK_EQUAL(fake_u32(frame.payload + 8), 1000);
    CHECK_EQUAL(fake_u16(frame.payload + 12), 3);
    CHECK_EQUAL(fake_u16(frame.payload + 14), 45 + 1);
    CHECK_EQUAL(fake_u16(frame.payload + 16), 0);
    CHECK_EQUAL(fake_u16(frame.payload + 18), 0);
}

void test_poll(void)
{
    samples_without_drift();
    streams_of_different_rates();
    a_slow_line_loses_whole_frames_and_tells();
    a_command_is_heard_over_a_full_line();
    a_command_waits_for_room_for_its_answer();
    a_late_sampler_breaks_the_frame();
    a_new_rate_begins_a_new_frame();
    a_stopped_stream_ends_with_what_it_has();
    an_interrupt_may_sample();
    the_test_pattern_reads_no_sensor();
    events_wait_for_room();
    counts_what_goes_wrong();
}
