#include "truth.h"

static uint8_t *put(uint8_t *at, uint64_t value, unsigned size)
{
    while (size-- > 0) {
        *at++ = (uint8_t)value;
        value >>= 8;
    }
    return at;
}

void truth_write(FILE *file, int64_t time_ns, uint32_t value, uint8_t channel, uint16_t boot)
{
    uint8_t record[16], *at = record;

    if (file == NULL) {
        return;
    }
    at = put(at, (uint64_t)time_ns, 8);
    at = put(at, value, 4);
    at = put(at, channel, 2);
    put(at, boot, 2);
    fwrite(record, sizeof record, 1, file);
}
