#include <stddef.h>
#include <string.h>

#include "check.h"
#include "fake_board.h"

static int ask_u8(uint8_t type, uint16_t request, uint8_t argument)
{
    return fake_ask(type, request, &argument, 1);
}

static int ask_mask(uint8_t type, uint16_t request, uint16_t mask)
{
    uint8_t arguments[2] = {(uint8_t)mask, (uint8_t)(mask >> 8)};

    return fake_ask(type, request, arguments, sizeof arguments);
}

static int ask_rate(uint16_t request, uint8_t stream, uint32_t rate_mhz, uint32_t *achieved_mhz)
{
    uint8_t arguments[6] = {stream, 0, (uint8_t)rate_mhz, (uint8_t)(rate_mhz >> 8), (uint8_t)(rate_mhz >> 16)};
    struct frame frame;
    int result = fake_ask(TYPE_SET_RATE, request, arguments, sizeof arguments);

    fake.seen = 0;
    if (fake_next_of(TYPE_ACK, &frame)) {
        *achieved_mhz = frame.length == 8 ? fake_u32(frame.payload + 4) : 0;
    }
    return result;
}

static void identify_describes_again(void)
{
    struct frame frame;
    unsigned i;

    fake_init();
    CHECK_EQUAL(fake_ask(TYPE_IDENTIFY, 1, NULL, 0), RESULT_OK);
    fake_step(0);
    fake.seen = 0;
    CHECK(fake_next_of(TYPE_HELLO, &frame));
    for (i = 0; i < FAKE_CHANNELS; i++) {
        CHECK(fake_next_of(TYPE_CHANNEL, &frame));
        CHECK_EQUAL(frame.payload[0], i);
    }
    CHECK(!fake_next_frame(&frame));
}

static void an_id_is_executed_once(void)
{
    struct frame frame;
    uint32_t achieved_mhz;
    uint16_t request;

    fake_init();
    CHECK_EQUAL(ask_rate(10, 0, 250000, &achieved_mhz), RESULT_OK);
    CHECK_EQUAL(ask_rate(11, 0, 125000, &achieved_mhz), RESULT_OK);
    CHECK_EQUAL(ask_rate(10, 0, 250000, &achieved_mhz), RESULT_OK);
    CHECK_EQUAL(achieved_mhz, 250000); /* as acknowledged then */
    CHECK_EQUAL(fake.board.streams[0].schedule.rate_mhz, 125000);
    CHECK_EQUAL(fake_ask(TYPE_IDENTIFY, 12, NULL, 0), RESULT_OK);
    fake_step(0);
    CHECK_EQUAL(fake_ask(TYPE_IDENTIFY, 12, NULL, 0), RESULT_OK);
    fake_step(0);
    fake.seen = 0;
    CHECK(!fake_next_of(TYPE_HELLO, &frame));
    CHECK_EQUAL(ask_u8(TYPE_TEST, 13, 9), RESULT_BAD_ARGUMENT);
    CHECK_EQUAL(ask_u8(TYPE_TEST, 13, 9), RESULT_BAD_ARGUMENT); /* a refusal is remembered, too */
    for (request = 100; request < 100 + COMMANDS_REMEMBERED; request++) {
        CHECK_EQUAL(ask_mask(TYPE_START, request, 0), RESULT_OK);
    }
    CHECK_EQUAL(ask_rate(10, 0, 250000, &achieved_mhz), RESULT_OK); /* forgotten, and so another command */
    CHECK_EQUAL(fake.board.streams[0].schedule.rate_mhz, 250000);
}

static void unknown_and_short_commands(void)
{
    struct frame frame;
    uint8_t type;
    static const uint8_t lengths[] = {
        [TYPE_SET_RATE - COMMAND_FIRST] = 6, [TYPE_START - COMMAND_FIRST] = 2, [TYPE_STOP - COMMAND_FIRST] = 2,
        [TYPE_TIME - COMMAND_FIRST] = 8, [TYPE_SET_BAUD - COMMAND_FIRST] = 4, [TYPE_TEST - COMMAND_FIRST] = 1,
        [TYPE_REBOOT - COMMAND_FIRST] = 0,
    };
    static const uint8_t zeros[8];

    fake_init();
    CHECK_EQUAL(fake_ask(0x49, 1, NULL, 0), RESULT_UNKNOWN);
    CHECK_EQUAL(fake_ask(COMMAND_LAST, 2, NULL, 0), RESULT_UNKNOWN);
    for (type = COMMAND_FIRST; type <= TYPE_REBOOT; type++) {
        uint8_t length = lengths[type - COMMAND_FIRST];

        if (length > 0) {
            CHECK_EQUAL(fake_ask(type, (uint16_t)(3 + type), zeros, (uint8_t)(length - 1)), RESULT_BAD_ARGUMENT);
        }
    }
    fake_forget();
    fake_command(COMMAND_LAST + 1, 90, NULL, 0); /* not a command */
    fake_command(TYPE_DATA, 91, NULL, 0);
    fake_run(10, 1);
    CHECK(!fake_next_frame(&frame));
}

static void trailing_arguments_are_ignored(void)
{
    static const uint8_t arguments[] = {1, 0, 0xAA, 0xBB};

    fake_init();
    CHECK_EQUAL(fake_ask(TYPE_START, 1, arguments, sizeof arguments), RESULT_OK);
    CHECK(fake.board.streams[0].running);
}

static void rates(void)
{
    uint32_t achieved_mhz;

    fake_init();
    CHECK_EQUAL(ask_rate(1, 0, 333333, &achieved_mhz), RESULT_OK);
    CHECK_EQUAL(achieved_mhz, 333333);
    CHECK_EQUAL(ask_rate(2, 0, 2000001, &achieved_mhz), RESULT_BAD_ARGUMENT);
    CHECK_EQUAL(ask_rate(3, 0, 999, &achieved_mhz), RESULT_BAD_ARGUMENT);
    CHECK_EQUAL(ask_rate(4, 0, 0, &achieved_mhz), RESULT_BAD_ARGUMENT);
    CHECK_EQUAL(ask_rate(5, FAKE_STREAMS, 1000, &achieved_mhz), RESULT_BAD_ARGUMENT);
    CHECK_EQUAL(fake.board.streams[0].schedule.rate_mhz, 333333);
    fake.streams[0].quantum_us = 1000;
    CHECK_EQUAL(ask_rate(6, 0, 300000, &achieved_mhz), RESULT_OK);
    CHECK_EQUAL(achieved_mhz, 333333);
}

static uint32_t timer_rate(uint8_t stream, uint32_t rate_mhz)
{
    return stream == 0 && rate_mhz > 600000 ? 0 : rate_mhz / 7 * 7;
}

static void a_timers_rate_is_what_is_achieved(void)
{
    uint32_t achieved_mhz;

    fake_configure();
    fake.hardware.set_rate = timer_rate;
    CHECK(board_init(&fake.board, &fake.config));
    CHECK_EQUAL(fake.board.streams[0].schedule.rate_mhz, 499996);
    CHECK_EQUAL(ask_rate(1, 0, 250000, &achieved_mhz), RESULT_OK);
    CHECK_EQUAL(achieved_mhz, 249998);
    CHECK_EQUAL(ask_rate(2, 0, 700000, &achieved_mhz), RESULT_HARDWARE);
    CHECK_EQUAL(fake.board.streams[0].schedule.rate_mhz, 249998);
}

static void starting_and_stopping(void)
{
    fake_init();
    CHECK_EQUAL(ask_mask(TYPE_START, 1, 1 << FAKE_STREAMS | 1), RESULT_BAD_ARGUMENT);
    CHECK(!fake.board.streams[0].running);
    CHECK_EQUAL(ask_mask(TYPE_START, 2, 5), RESULT_OK);
    CHECK(fake.board.streams[0].running && !fake.board.streams[1].running && fake.board.streams[2].running);
    fake_run(10000, 500);
    CHECK_EQUAL(ask_mask(TYPE_START, 7, 1), RESULT_OK);
    CHECK_EQUAL(fake.board.streams[0].sample, 6); /* it went on, not began anew */
    fake.run_result = RESULT_BUSY;
    CHECK_EQUAL(ask_mask(TYPE_START, 3, 7), RESULT_BUSY);
    CHECK(!fake.board.streams[1].running);
    CHECK_EQUAL(ask_mask(TYPE_STOP, 4, 1), RESULT_OK);
    CHECK(!fake.board.streams[0].running && fake.board.streams[2].running);
    fake.run_result = RESULT_HARDWARE;
    CHECK_EQUAL(ask_mask(TYPE_START, 5, 1), RESULT_HARDWARE);
    CHECK_EQUAL(ask_mask(TYPE_STOP, 6, 7), RESULT_OK);
    CHECK_EQUAL(fake.locks, 0);
}

static void ask_time(uint16_t request, uint32_t *received_us, uint32_t *sent_us, uint16_t *rollovers)
{
    static const uint8_t host_us[8] = {1};
    struct frame frame;

    CHECK_EQUAL(fake_ask(TYPE_TIME, request, host_us, sizeof host_us), RESULT_OK);
    fake.seen = 0;
    CHECK(fake_next_of(TYPE_ACK, &frame));
    CHECK_EQUAL(frame.length, 14);
    *received_us = fake_u32(frame.payload + 4);
    *sent_us = fake_u32(frame.payload + 8);
    *rollovers = fake_u16(frame.payload + 12);
}

static void the_clock_is_told_with_its_roll_overs(void)
{
    static const uint8_t host_us[8] = {1};
    uint32_t received_us;
    uint32_t sent_us;
    uint16_t rollovers;
    struct frame frame;

    fake_init();
    fake.now_us = 0xFFFFFF00;
    fake_step(0);
    ask_time(1, &received_us, &sent_us, &rollovers);
    CHECK_EQUAL(received_us, 0xFFFFFF00);
    CHECK_EQUAL(sent_us, 0xFFFFFF00);
    CHECK_EQUAL(rollovers, 0);
    fake_forget();
    fake_command(TYPE_TIME, 2, host_us, sizeof host_us); /* received before the counter rolls over, */
    fake_step(0x200);                                    /* and seen after it */
    CHECK(fake_next_of(TYPE_ACK, &frame));
    CHECK_EQUAL(fake_u32(frame.payload + 4), 0xFFFFFF00);
    CHECK_EQUAL(fake_u32(frame.payload + 8), 0x100);
    CHECK_EQUAL(fake_u16(frame.payload + 12), 0);
    ask_time(3, &received_us, &sent_us, &rollovers);
    CHECK_EQUAL(received_us, 0x100);
    CHECK_EQUAL(rollovers, 1);
}

static void the_line_changes_when_all_is_sent(void)
{
    static const uint8_t one_million[] = {0x40, 0x42, 0x0F, 0x00};
    static const uint8_t two_million[] = {0x80, 0x84, 0x1E, 0x00};
    static const uint8_t none[4];

    fake_init();
    CHECK_EQUAL(fake_ask(TYPE_SET_BAUD, 1, two_million, 4), RESULT_BAD_ARGUMENT);
    CHECK_EQUAL(fake_ask(TYPE_SET_BAUD, 2, none, 4), RESULT_BAD_ARGUMENT);
    fake.shifting = true;
    CHECK_EQUAL(fake_ask(TYPE_SET_BAUD, 3, one_million, 4), RESULT_OK);
    fake_step(0);
    CHECK_EQUAL(fake.baud, 0);
    fake_forget();
    fake.shifting = false;
    fake_step(0);
    CHECK_EQUAL(fake.baud, 1000000);
    CHECK_EQUAL(fake.sent_length, 1);
    CHECK_EQUAL(fake.sent[0], 0);
    fake.hardware.baud_supported = NULL;
    CHECK_EQUAL(fake_ask(TYPE_SET_BAUD, 4, one_million, 4), RESULT_UNKNOWN);
}

static void reboots_when_all_is_sent(void)
{
    fake_init();
    fake.line_bytes = 5;
    fake_command(TYPE_REBOOT, 1, NULL, 0);
    fake_step(0);
    CHECK_EQUAL(fake.reboots, 0);
    fake_run(10, 1);
    CHECK_EQUAL(fake.reboots, 1);
    fake.hardware.reboot = NULL;
    fake.line_bytes = UINT16_MAX;
    CHECK_EQUAL(fake_ask(TYPE_REBOOT, 2, NULL, 0), RESULT_UNKNOWN);
}

static void stats_on_demand(void)
{
    struct frame frame;

    fake_init();
    CHECK_EQUAL(fake_ask(TYPE_SEND_STATS, 1, NULL, 0), RESULT_OK);
    fake_step(0);
    fake.seen = 0;
    CHECK(fake_next_of(TYPE_STATS, &frame));
    CHECK(!fake_next_of(TYPE_STATS, &frame));
}

static void the_test_pattern_is_all_or_nothing_in_a_frame(void)
{
    static const uint8_t ramp = TEST_RAMP;
    static const uint8_t off = TEST_OFF;
    struct frame frame;
    unsigned samples[2] = {0, 0};

    fake_init();
    CHECK_EQUAL(ask_mask(TYPE_START, 1, 1), RESULT_OK);
    fake_forget();
    fake_run(50000, 500); /* 26 samples, the first at once */
    fake_command(TYPE_TEST, 2, &ramp, 1);
    fake_run(50000, 500);
    fake_command(TYPE_TEST, 3, &off, 1);
    fake_run(50000, 500);
    while (fake_next_of(TYPE_DATA, &frame)) {
        bool patterned = frame.payload[5] == STATUS_TEST_PATTERN;
        uint8_t i;

        for (i = 0; i < frame.payload[4]; i++) {
            bool of_ramp = fake_u16(frame.payload + 6 + i * 4) != 0;

            CHECK_EQUAL(of_ramp, patterned);
        }
        samples[patterned] += frame.payload[4];
    }
    CHECK_EQUAL(samples[true], 25);
    CHECK_EQUAL(samples[false], 26 + 20); /* and 5 that no frame is full of yet */
    CHECK_EQUAL(ask_u8(TYPE_TEST, 4, TEST_RAMP + 1), RESULT_BAD_ARGUMENT);
}

void test_command(void)
{
    identify_describes_again();
    an_id_is_executed_once();
    unknown_and_short_commands();
    trailing_arguments_are_ignored();
    rates();
    a_timers_rate_is_what_is_achieved();
    starting_and_stopping();
    the_clock_is_told_with_its_roll_overs();
    the_line_changes_when_all_is_sent();
    reboots_when_all_is_sent();
    stats_on_demand();
    the_test_pattern_is_all_or_nothing_in_a_frame();
}
