#include "channel.h"

#include <string.h>

uint8_t format_size(uint8_t format)
{
    switch (format) {
    case FORMAT_I16:
    case FORMAT_U16:
        return 2;
    case FORMAT_I24:
        return 3;
    case FORMAT_I32:
    case FORMAT_F32:
        return 4;
    default:
        return 0;
    }
}

bool channel_saturated(const struct channel *channel, int32_t raw)
{
    int32_t top;

    if (channel->adc_bits == 0 || channel->adc_bits > 31 || channel->format == FORMAT_F32) {
        return false;
    }
    if (channel->format == FORMAT_U16) {
        top = (int32_t)((1UL << channel->adc_bits) - 1);
        return raw <= 0 || raw >= top;
    }
    top = (int32_t)((1UL << (channel->adc_bits - 1)) - 1);
    return raw <= -top - 1 || raw >= top;
}

int32_t channel_ramp(uint8_t format, uint8_t channel, uint32_t sample)
{
    int32_t count = (int32_t)((sample + 256UL * channel) & 1023);

    if (format != FORMAT_U16) {
        count -= 512;
    }
    if (format == FORMAT_F32) {
        float value = (float)count;
        memcpy(&count, &value, sizeof count);
    }
    return count;
}
