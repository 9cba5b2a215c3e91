#include <stddef.h>
#include <string.h>

#include "check.h"
#include "stream.h"

static uint8_t samples[STREAM_BYTES(10, 5)];
static const struct channel channels[] = {
    {.label = "a", .format = FORMAT_I16, .adc_bits = 12},
    {.label = "b", .format = FORMAT_I24},
};
static const struct stream_config config = {.samples = samples, .samples_size = sizeof samples};
static struct stream stream;

static void begin(uint32_t rate_mhz)
{
    CHECK(stream_init(&stream, &config, channels, 2));
    CHECK_EQUAL(stream_rate(&stream, rate_mhz, 0), rate_mhz);
    stream_start(&stream, 0);
}

static void push(unsigned count, int32_t a, int32_t b, uint8_t status)
{
    static uint32_t t_us;

    while (count-- > 0) {
        int32_t raw[2] = {a, b};

        stream_push(&stream, t_us++, raw, status);
    }
}

static void a_frame_holds_40_ms_and_250_bytes(void)
{
    static uint8_t large[1000];
    struct stream_config plenty = {.samples = large, .samples_size = sizeof large};

    CHECK(stream_init(&stream, &plenty, channels, 2));
    (void)stream_rate(&stream, 500000, 0);
    CHECK_EQUAL(stream.per_frame, 20);
    (void)stream_rate(&stream, 2000000, 0);
    CHECK_EQUAL(stream.per_frame, DATA_SAMPLES_MAX / 5);
    (void)stream_rate(&stream, 49999, 0);
    CHECK_EQUAL(stream.per_frame, 1);
    (void)stream_rate(&stream, 10, 0);
    CHECK_EQUAL(stream.per_frame, 1);
    begin(500000);
    CHECK_EQUAL(stream.per_frame, 10); /* which is what the storage has room for */
}

static void packs_in_channel_order(void)
{
    static const uint8_t expected[] = {0xFE, 0xFF, 0x03, 0x02, 0x81};
    struct bank *bank;

    begin(25000);
    CHECK(stream_full_bank(&stream) == NULL);
    push(1, -2, (int32_t)0xFF810203, 0);
    bank = stream_full_bank(&stream);
    CHECK(bank != NULL);
    CHECK(memcmp(bank->bytes, expected, sizeof expected) == 0);
    CHECK_EQUAL(bank->count, 1);
    CHECK_EQUAL(bank->sequence, 0);
    CHECK_EQUAL(bank->status, 0);
}

static void the_status_is_of_all_its_samples(void)
{
    begin(500000);
    push(4, 0, 0, 0);
    push(1, 0, 0, STATUS_LEAD_OFF_POSITIVE);
    push(1, 2047, 0, 0);
    push(4, 0, 0, STATUS_BUS_FAULT);
    CHECK_EQUAL(
        stream_full_bank(&stream)->status, STATUS_LEAD_OFF_POSITIVE | STATUS_SATURATED | STATUS_BUS_FAULT);
    stream_release(&stream, stream_full_bank(&stream));
    push(10, 0, 0, 0);
    CHECK_EQUAL(stream_full_bank(&stream)->status, 0);
}

static void loses_whole_frames_and_says_so(void)
{
    struct bank *bank;

    begin(500000);
    push(25, 0, 0, 0); /* two banks, and half a frame for which there is none */
    bank = stream_full_bank(&stream);
    CHECK_EQUAL(bank->sequence, 0);
    stream_release(&stream, bank);
    push(5, 0, 0, 0); /* there is room now, but the frame is lost already */
    CHECK_EQUAL(stream.overruns, 1);
    bank = stream_full_bank(&stream);
    CHECK_EQUAL(bank->sequence, 1);
    CHECK_EQUAL(bank->status, 0);
    stream_release(&stream, bank);
    CHECK(stream_full_bank(&stream) == NULL);
    push(10, 0, 0, 0);
    bank = stream_full_bank(&stream);
    CHECK_EQUAL(bank->sequence, 3); /* the gap is the frame that was lost */
    CHECK_EQUAL(bank->status, STATUS_OVERRUN);
    CHECK_EQUAL(stream.sample, 40);
}

static void what_is_flushed_goes_out(void)
{
    struct bank *bank;

    begin(500000);
    stream_flush(&stream);
    CHECK(stream_full_bank(&stream) == NULL);
    push(3, 0, 0, 0);
    stream_flush(&stream);
    bank = stream_full_bank(&stream);
    CHECK_EQUAL(bank->count, 3);
    CHECK_EQUAL(bank->sequence, 0);
    push(14, 0, 0, 0);
    stream_flush(&stream); /* of a frame that is being lost, the rest is not to come */
    CHECK_EQUAL(stream.skipping, 0);
    CHECK_EQUAL(stream.overruns, 1);
    CHECK_EQUAL(stream.sequence, 3);
}

static void catches_up(void)
{
    begin(500000);
    push(3, 0, 0, 0);
    stream_catch_up(&stream, 7000); /* due at 0, 2000, 4000: lost; at 6000: not too late */
    CHECK_EQUAL(stream.schedule.due_us, 6000);
    CHECK_EQUAL(stream.late, 3);
    CHECK_EQUAL(stream_full_bank(&stream)->count, 3);
    stream_release(&stream, stream_full_bank(&stream));
    push(10, 0, 0, 0);
    CHECK_EQUAL(stream_full_bank(&stream)->status, STATUS_OVERRUN);
    stream_catch_up(&stream, 500000000);
    CHECK_EQUAL(stream.schedule.due_us, 500000000);
}

static void sends_the_test_pattern(void)
{
    struct bank *bank;

    begin(50000);
    stream.pattern = TEST_RAMP;
    push(1, 2047, 99, STATUS_LEAD_OFF_POSITIVE);
    push(1, 2047, 99, STATUS_LEAD_OFF_POSITIVE);
    bank = stream_full_bank(&stream);
    CHECK_EQUAL(bank->status, STATUS_TEST_PATTERN);
    CHECK(memcmp(bank->bytes, "\x00\xFE\x00\xFF\xFF\x01\xFE\x01\xFF\xFF", 10) == 0);
}

static void refuses_what_cannot_work(void)
{
    static const struct channel wide[] = {{.format = FORMAT_F32 + 1}};
    struct stream_config tight = {.samples = samples, .samples_size = 9};

    CHECK(!stream_init(&stream, &config, channels, 0));
    CHECK(!stream_init(&stream, &config, wide, 1));
    CHECK(!stream_init(&stream, &tight, channels, 2));
    tight.samples_size = 10;
    CHECK(stream_init(&stream, &tight, channels, 2));
    CHECK_EQUAL(stream.capacity, 1);
}

void test_stream(void)
{
    a_frame_holds_40_ms_and_250_bytes();
    packs_in_channel_order();
    the_status_is_of_all_its_samples();
    loses_whole_frames_and_says_so();
    what_is_flushed_goes_out();
    catches_up();
    sends_the_test_pattern();
    refuses_what_cannot_work();
}
