#include "check.h"
#include "ring.h"

static void fills_to_the_last_byte_but_one(void)
{
    uint8_t data[4];
    struct ring ring;
    uint8_t byte = 0;

    ring_init(&ring, data, sizeof data);
    CHECK_EQUAL(ring_space(&ring), 3);
    CHECK(ring_put(&ring, 1) && ring_put(&ring, 2) && ring_put(&ring, 3));
    CHECK(!ring_put(&ring, 4));
    CHECK_EQUAL(ring_used(&ring), 3);
    CHECK(ring_get(&ring, &byte));
    CHECK_EQUAL(byte, 1);
    CHECK(ring_put(&ring, 4));
    CHECK(ring_get(&ring, &byte) && byte == 2);
    CHECK(ring_get(&ring, &byte) && byte == 3);
    CHECK(ring_get(&ring, &byte) && byte == 4);
    CHECK(!ring_get(&ring, &byte));
}

static void goes_round_and_round(uint16_t size)
{
    static uint8_t data[1024];
    struct ring ring;
    unsigned put = 0;
    unsigned got = 0;

    ring_init(&ring, data, size);
    while (got < 200000) {
        uint8_t byte = 0;
        unsigned burst = put * 7 % size;

        while (burst-- > 0 && ring_put(&ring, (uint8_t)put)) {
            put++;
        }
        CHECK_EQUAL(ring_used(&ring), put - got);
        CHECK_EQUAL(ring_space(&ring) + ring_used(&ring), size - 1);
        if (ring_get(&ring, &byte)) {
            CHECK_EQUAL(byte, (uint8_t)got);
            got++;
        } else {
            put += ring_put(&ring, (uint8_t)put);
        }
    }
}

void test_ring(void)
{
    fills_to_the_last_byte_but_one();
    goes_round_and_round(64);
    goes_round_and_round(256);
    if (sizeof(ring_index) > 1) {
        goes_round_and_round(1024);
    }
}
