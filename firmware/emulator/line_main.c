/*
 * The serial line as a program, for emulators that cannot make a pty themselves.
 *
 * Standard input and output carry messages `u8 kind | u16 length, little-endian | payload`. To it: D bytes from the
 * board, B the board's rate as a decimal number, N the share of damaged bytes, U unplug, P plug in, S tell the
 * counters. From it: D bytes from the host, R it is plugged in or unplugged, S the counters as a JSON object.
 */
#define _GNU_SOURCE
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "line.h"

enum { HEADER = 3, PAYLOAD_MAX = 0xFFFF, SLICE_MS = 2 };

static line_t line;
static uint8_t input[HEADER + PAYLOAD_MAX + 1];
static size_t length;

static bool tell(char kind, const void *payload, size_t size)
{
    uint8_t message[HEADER + 256] = {(uint8_t)kind, (uint8_t)size, (uint8_t)(size >> 8)};

    memcpy(message + HEADER, payload, size);
    return write(STDOUT_FILENO, message, HEADER + size) == (ssize_t)(HEADER + size);
}

static bool tell_counters(void)
{
    char text[200];
    int size = snprintf(
        text, sizeof text, "{\"sent\": %" PRIu64 ", \"damaged\": %" PRIu64 ", \"lost\": %" PRIu64 "}", line.sent,
        line.damaged, line.lost
    );

    return tell('S', text, (size_t)size);
}

static bool obey(char kind, const char *payload, size_t size)
{
    switch (kind) {
    case 'D':
        for (size_t i = 0; i < size; i++) {
            line_send(&line, (uint8_t)payload[i]);
        }
        return true;
    case 'B': line.baud = (uint32_t)strtoul(payload, NULL, 10); return true;
    case 'N': line.noise = strtod(payload, NULL); return true;
    case 'U': line_unplug(&line); return tell('R', "", 0);
    case 'P': return line_plug(&line) && tell('R', "", 0);
    case 'S': return tell_counters();
    default: return false;
    }
}

/* False: standard input has ended, or makes no sense. */
static bool take(void)
{
    ssize_t got = read(STDIN_FILENO, input + length, sizeof input - 1 - length);
    size_t size;

    if (got <= 0) {
        return false;
    }
    length += (size_t)got;
    while (length >= HEADER && length >= HEADER + (size = input[1] | (size_t)input[2] << 8)) {
        uint8_t after = input[HEADER + size];

        input[HEADER + size] = 0; /* numbers end here */
        if (!obey((char)input[0], (char *)input + HEADER, size)) {
            return false;
        }
        input[HEADER + size] = after;
        length -= HEADER + size;
        memmove(input, input + HEADER + size, length);
    }
    return true;
}

int main(int count, char **arguments)
{
    struct pollfd state = {STDIN_FILENO, POLLIN, 0};
    uint8_t received[256];
    size_t got;
    bool well = true;

    if (count != 2) {
        fprintf(stderr, "%s PORT\n", arguments[0]);
        return 2;
    }
    line_init(&line, arguments[1]);
    while (well) {
        poll(&state, 1, SLICE_MS);
        well = !(state.revents & (POLLIN | POLLHUP)) || take();
        got = line_move(&line, received, sizeof received);
        well = well && (got == 0 || tell('D', received, got));
    }
    line_unplug(&line);
    return 0;
}
