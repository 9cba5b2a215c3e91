#include <string.h>

#include "channel.h"
#include "check.h"

static void saturates_at_the_ends_of_the_converter(void)
{
    struct channel unsigned_10 = {.format = FORMAT_U16, .adc_bits = 10};
    struct channel signed_12 = {.format = FORMAT_I16, .adc_bits = 12};
    struct channel no_converter = {.format = FORMAT_I32};
    struct channel floating = {.format = FORMAT_F32, .adc_bits = 12};

    CHECK(channel_saturated(&unsigned_10, 0));
    CHECK(!channel_saturated(&unsigned_10, 1));
    CHECK(!channel_saturated(&unsigned_10, 1022));
    CHECK(channel_saturated(&unsigned_10, 1023));
    CHECK(channel_saturated(&signed_12, -2048));
    CHECK(!channel_saturated(&signed_12, -2047));
    CHECK(!channel_saturated(&signed_12, 2046));
    CHECK(channel_saturated(&signed_12, 2047));
    CHECK(!channel_saturated(&no_converter, INT32_MAX));
    CHECK(!channel_saturated(&floating, 0));
}

static void ramps(void)
{
    float value;
    int32_t bits;

    CHECK_EQUAL(channel_ramp(FORMAT_U16, 0, 0), 0);
    CHECK_EQUAL(channel_ramp(FORMAT_U16, 1, 767), 1023);
    CHECK_EQUAL(channel_ramp(FORMAT_U16, 1, 768), 0);
    CHECK_EQUAL(channel_ramp(FORMAT_I24, 0, 0), -512);
    CHECK_EQUAL(channel_ramp(FORMAT_I16, 0, 1023), 511);
    bits = channel_ramp(FORMAT_F32, 0, 513);
    memcpy(&value, &bits, sizeof value);
    CHECK(value == 1.0F);
}

void test_channel(void)
{
    CHECK_EQUAL(format_size(FORMAT_I16), 2);
    CHECK_EQUAL(format_size(FORMAT_U16), 2);
    CHECK_EQUAL(format_size(FORMAT_I24), 3);
    CHECK_EQUAL(format_size(FORMAT_I32), 4);
    CHECK_EQUAL(format_size(FORMAT_F32), 4);
    CHECK_EQUAL(format_size(FORMAT_F32 + 1), 0);
    saturates_at_the_ends_of_the_converter();
    ramps();
}
