#include "check.h"
#include "crc32.h"

void test_crc32(void)
{
    static const char text[] = "123456789";
    uint32_t state = CRC32_INIT;
    uint32_t crc;
    int i;

    for (i = 0; i < 9; i++) {
        state = crc32_update(state, (uint8_t)text[i]);
    }
    crc = ~state;
    CHECK_EQUAL(crc, 0xCBF43926); /* the check value of CRC-32/ISO-HDLC */
    for (i = 0; i < 4; i++) {
        state = crc32_update(state, (uint8_t)(crc >> 8 * i));
    }
    CHECK_EQUAL(state, CRC32_RESIDUE);
    CHECK_EQUAL((uint32_t)~CRC32_INIT, 0);
}
