#include <string.h>

#include "check.h"
#include "cobs.h"

/* Writes behind a head that is not at the start, so that codes and bytes wrap. */
static uint16_t encode(const uint8_t *bytes, uint16_t length, uint8_t *wire)
{
    static uint8_t data[1024];
    struct cobs_encoder encoder;
    struct ring ring;
    uint16_t size = sizeof(ring_index) > 1 ? 1024 : 256;
    uint16_t count = 0;
    uint16_t i;

    ring_init(&ring, data, size);
    ring.head = ring.tail = (ring_index)(size - 3);
    cobs_begin(&encoder, &ring);
    for (i = 0; i < length; i++) {
        cobs_put(&encoder, bytes[i]);
    }
    CHECK_EQUAL(ring_used(&ring), 0); /* nothing is there before the end */
    cobs_end(&encoder);
    while (ring_get(&ring, &wire[count])) {
        count++;
    }
    return count;
}

static void encodes_and_decodes(const uint8_t *bytes, uint16_t length, const uint8_t *expected, uint16_t wire_length)
{
    uint8_t wire[1024];
    uint8_t decoded[1024];
    struct cobs_decoder decoder;
    uint16_t i;

    CHECK_EQUAL(encode(bytes, length, wire), wire_length);
    if (expected != NULL) {
        CHECK(memcmp(wire, expected, wire_length) == 0);
    }
    cobs_decoder_init(&decoder, decoded, sizeof decoded);
    for (i = 0; i + 1 < wire_length; i++) {
        CHECK(wire[i] != 0);
        CHECK_EQUAL(cobs_feed(&decoder, wire[i]), COBS_NOTHING);
    }
    CHECK_EQUAL(cobs_feed(&decoder, wire[i]), COBS_WHOLE);
    CHECK_EQUAL(decoder.length, length);
    CHECK(memcmp(decoded, bytes, length) == 0);
}

static void the_examples_of_the_paper(void)
{
    static const uint8_t one_zero[] = {0};
    static const uint8_t two_zeros[] = {0, 0};
    static const uint8_t inner[] = {0x11, 0x22, 0x00, 0x33};
    static const uint8_t ended[] = {0x11, 0x00, 0x00, 0x00};

    encodes_and_decodes(one_zero, 0, (const uint8_t *)"\x01\x00", 2);
    encodes_and_decodes(one_zero, 1, (const uint8_t *)"\x01\x01\x00", 3);
    encodes_and_decodes(two_zeros, 2, (const uint8_t *)"\x01\x01\x01\x00", 4);
    encodes_and_decodes(inner, 4, (const uint8_t *)"\x03\x11\x22\x02\x33\x00", 6);
    encodes_and_decodes(ended, 4, (const uint8_t *)"\x02\x11\x01\x01\x01\x00", 6);
}

static void full_blocks(void)
{
    uint8_t bytes[600];
    uint8_t wire[1024];

    memset(bytes, 7, sizeof bytes);
    encodes_and_decodes(bytes, 253, NULL, 255);
    if (sizeof(ring_index) == 1) {
        return; /* no ring is long enough */
    }
    encodes_and_decodes(bytes, 254, NULL, 256); /* a full block at the end has none after it */
    encodes_and_decodes(bytes, 255, NULL, 258);
    encodes_and_decodes(bytes, 508, NULL, 511);
    bytes[254] = 0;
    encodes_and_decodes(bytes, 255, NULL, 258);
    CHECK_EQUAL(encode(bytes, 255, wire), 258);
    CHECK(memcmp(wire + 254, "\x07\x01\x01\x00", 4) == 0);
}

static void refuses_what_is_cut_or_too_long(void)
{
    static const uint8_t cut[] = {3, 1, 0};
    static const uint8_t too_long[] = {6, 1, 2, 3, 4, 5, 0};
    static const uint8_t fits[] = {5, 1, 2, 3, 4, 0};
    uint8_t bytes[4];
    struct cobs_decoder decoder;
    enum cobs_result result = COBS_NOTHING;
    unsigned i;

    cobs_decoder_init(&decoder, bytes, sizeof bytes);
    CHECK_EQUAL(cobs_feed(&decoder, 0), COBS_NOTHING);
    CHECK_EQUAL(cobs_feed(&decoder, 0), COBS_NOTHING);
    for (i = 0; i < sizeof cut; i++) {
        result = cobs_feed(&decoder, cut[i]);
    }
    CHECK_EQUAL(result, COBS_CUT);
    for (i = 0; i < sizeof too_long; i++) {
        result = cobs_feed(&decoder, too_long[i]);
    }
    CHECK_EQUAL(result, COBS_TOO_LONG);
    for (i = 0; i < sizeof fits; i++) {
        result = cobs_feed(&decoder, fits[i]);
    }
    CHECK_EQUAL(result, COBS_WHOLE);
    CHECK_EQUAL(decoder.length, 4);
}

void test_cobs(void)
{
    the_examples_of_the_paper();
    full_blocks();
    refuses_what_is_cut_or_too_long();
}
