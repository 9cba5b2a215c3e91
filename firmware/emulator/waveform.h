/* What is on the analog inputs: a recording, played in a loop, or sines where there is none. */
#ifndef EMULATOR_WAVEFORM_H
#define EMULATOR_WAVEFORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    int16_t *values; /* rows of `channels` */
    size_t rows;
    unsigned channels;
    double rate_hz;
} waveform_t;

/*
 * Read a file: int16 little-endian rows, or lines of numbers where its name ends in .csv, with `channels` columns.
 * -32768 to 32767 is the converter's whole range. False: it cannot be read, or holds less than a row.
 */
bool waveform_load(waveform_t *waveform, const char *path, unsigned channels, double rate_hz);

/*
 * What a converter of so many bits makes of a channel, at a time since the start of the recording. Between rows the
 * line is straight; a channel without a column lies in the middle. Without a recording channel n is a sine of n + 1 Hz.
 */
unsigned waveform_code(const waveform_t *waveform, unsigned channel, double time_s, unsigned bits);

#endif
