/* The vectors, which the Python side reads too; vectors/README.md says what they are. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "frame.h"

enum { LINE_MAX_CHARS = 4096, WIRE_MAX = 1024 };

static uint16_t from_hex(const char *text, uint8_t *bytes)
{
    uint16_t count = 0;
    unsigned byte;

    while (sscanf(text, "%2x", &byte) == 1) {
        bytes[count++] = (uint8_t)byte;
        text += 2;
        text += strspn(text, " ");
    }
    return count;
}

/* One item of an outcome, as the vectors write it. */
static void outcome(enum frame_result result, const struct frame *frame, char *text)
{
    static const char *const names[] = {
        [FRAME_CUT] = "cut",
        [FRAME_TOO_LONG] = "too long",
        [FRAME_TOO_SHORT] = "too short",
        [FRAME_BAD_CRC] = "bad crc",
    };
    uint8_t i;

    if (result != FRAME_GOOD) {
        strcpy(text, names[result]);
        return;
    }
    text += sprintf(text, "%02x %02x %04x ", frame->type, frame->stream, frame->sequence);
    for (i = 0; i < frame->length; i++) {
        text += sprintf(text, "%02x", frame->payload[i]);
    }
    if (frame->length == 0) {
        sprintf(text, "-");
    }
}

static void check_written(const struct frame *frame, const uint8_t *wire, uint16_t length)
{
    uint8_t data[256];
    uint8_t byte;
    uint16_t i;
    struct ring ring;
    struct frame_writer writer;

    ring_init(&ring, data, sizeof data);
    CHECK(frame_begin(&writer, &ring, frame->type, frame->stream, frame->sequence, frame->length));
    frame_bytes(&writer, frame->payload, frame->length);
    frame_end(&writer);
    CHECK_EQUAL(ring_used(&ring), length);
    for (i = 0; ring_get(&ring, &byte); i++) {
        CHECK_EQUAL(byte, wire[i]);
    }
}

static void check_vector(const char *name, bool both, const char *hex, const char *expected)
{
    uint8_t wire[WIRE_MAX];
    uint8_t bytes[FRAME_MAX];
    char found[LINE_MAX_CHARS] = "";
    uint16_t length = from_hex(hex, wire);
    struct frame_receiver receiver;
    uint16_t i;

    frame_receiver_init(&receiver, bytes, sizeof bytes);
    for (i = 0; i < length; i++) {
        struct frame frame;
        enum frame_result result = frame_feed(&receiver, wire[i], &frame);

        if (result != FRAME_NOTHING) {
            if (found[0] != 0) {
                strcat(found, ", ");
            }
            outcome(result, &frame, found + strlen(found));
        }
        if (result == FRAME_GOOD && both) {
            check_written(&frame, wire, length);
        }
    }
    CHECK(strcmp(found[0] == 0 ? "nothing" : found, expected) == 0);
    if (strcmp(found[0] == 0 ? "nothing" : found, expected) != 0) {
        fprintf(stderr, "vector %s: %s\n", name, found);
    }
}

void test_vectors(const char *path)
{
    char line[LINE_MAX_CHARS];
    unsigned count = 0;
    FILE *file = fopen(path, "r");

    if (file == NULL) {
        perror(path);
        exit(2);
    }
    while (fgets(line, sizeof line, file) != NULL) {
        char *direction = strtok(line, "|");
        char *name = strtok(NULL, "|");
        char *hex = strtok(NULL, "|");
        char *expected = strtok(NULL, "|\n");

        if (direction[0] == '#' || expected == NULL) {
            continue;
        }
        check_vector(name, strncmp(direction, "both", 4) == 0, hex + 1, expected + 1);
        count++;
    }
    fclose(file);
    CHECK(count > 20);
}
