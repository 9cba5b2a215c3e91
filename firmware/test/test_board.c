#include <stddef.h>
#include <string.h>

#include "check.h"
#include "fake_board.h"

static void says_what_it_is_at_boot(void)
{
    struct frame frame;
    float scale;
    unsigned i;

    fake_init();
    CHECK_EQUAL(fake.sent[0], 0);
    CHECK(fake_next_frame(&frame));
    CHECK_EQUAL(frame.type, TYPE_HELLO);
    CHECK_EQUAL(frame.stream, STREAM_BOARD);
    CHECK_EQUAL(frame.sequence, 0);
    CHECK_EQUAL(frame.length, 26 + 4);
    CHECK_EQUAL(frame.payload[0], PROTOCOL_MAJOR);
    CHECK(memcmp(frame.payload + 4, "\x01\x02\x03\x04\x05\x06\x07\x08", 8) == 0);
    CHECK_EQUAL(fake_u32(frame.payload + 16), 0xB0071D00);
    CHECK(memcmp(frame.payload + 26, "fake", 4) == 0);
    for (i = 0; i < FAKE_CHANNELS; i++) {
        CHECK(fake_next_frame(&frame));
        CHECK_EQUAL(frame.type, TYPE_CHANNEL);
        CHECK_EQUAL(frame.sequence, 1 + i);
        CHECK_EQUAL(frame.payload[0], i);
        if (i == 0) {
            memcpy(&scale, frame.payload + 4, sizeof scale); /* the host of these tests is little-endian */
            CHECK(scale == 0.5F);
            CHECK_EQUAL(fake_u32(frame.payload + 12), 500000);
            CHECK(memcmp(frame.payload + 20, "ECG", 3) == 0);
        }
    }
    CHECK(!fake_next_frame(&frame));
    CHECK(fake.transmit_asked);
}

static void refuses_what_cannot_work(void)
{
    fake_configure();
    fake.config.tx_size = 128;
    CHECK(!board_init(&fake.board, &fake.config));
    fake_configure();
    fake.config.rx_size = 100;
    CHECK(!board_init(&fake.board, &fake.config));
    fake_configure();
    fake.config.stream_count = STREAMS_MAX + 1;
    CHECK(!board_init(&fake.board, &fake.config));
    fake_configure();
    fake.streams[0].samples_size = 3;
    CHECK(!board_init(&fake.board, &fake.config));
    fake_configure();
    fake.streams[2].rate_mhz = 10001;
    CHECK(!board_init(&fake.board, &fake.config));
    fake_configure();
    fake.config.channel_count = 4; /* the third stream has none */
    CHECK(!board_init(&fake.board, &fake.config));
}

static void channels_of_a_stream_lie_together(void)
{
    static const struct channel apart[] = {
        {.label = "a", .format = FORMAT_I16, .stream = 0},
        {.label = "b", .format = FORMAT_I16, .stream = 1},
        {.label = "c", .format = FORMAT_I16, .stream = 0},
    };

    fake_configure();
    fake.config.channels = apart;
    fake.config.channel_count = 3;
    fake.config.stream_count = 2;
    CHECK(!board_init(&fake.board, &fake.config));
}

static void long_names_are_cut(void)
{
    struct frame frame;

    fake_configure();
    fake.config.model = "a name that is longer than what HELLO has room for";
    CHECK(board_init(&fake.board, &fake.config));
    fake_step(0);
    CHECK(fake_next_of(TYPE_HELLO, &frame));
    CHECK_EQUAL(frame.length, 26 + MODEL_MAX);
}

static void identify_blinks(void)
{
    unsigned before;

    fake_init();
    fake_run(1100000, 500);
    before = fake.leds;
    CHECK_EQUAL(fake_ask(TYPE_IDENTIFY, 1, NULL, 0), RESULT_OK);
    fake_run(2000000, 500);
    CHECK(fake.leds - before >= 19);
    fake_run(2000000, 500);
    before = fake.leds;
    fake_run(1000000, 500);
    CHECK(fake.leds - before <= 2);
}

static void works_without_the_optional_hardware(void)
{
    static const uint8_t mask[] = {1, 0};
    struct frame frame;

    fake_configure();
    fake.hardware.led = NULL;
    fake.hardware.run = NULL;
    CHECK(board_init(&fake.board, &fake.config));
    CHECK_EQUAL(fake_ask(TYPE_START, 1, mask, sizeof mask), RESULT_OK);
    fake_run(1100000, 500);
    CHECK(fake_next_of(TYPE_STATS, &frame));
    CHECK(fake_next_of(TYPE_DATA, &frame));
}

void test_board(void)
{
    says_what_it_is_at_boot();
    refuses_what_cannot_work();
    channels_of_a_stream_lie_together();
    long_names_are_cut();
    identify_blinks();
    works_without_the_optional_hardware();
}
