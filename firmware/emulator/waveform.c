#include "waveform.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double pi = 3.14159265358979323846;

static bool is_csv(const char *path)
{
    size_t length = strlen(path);

    return length > 4 && strcmp(path + length - 4, ".csv") == 0;
}

static bool next_value(FILE *file, bool csv, int16_t *value)
{
    unsigned char bytes[2];
    double number;

    if (!csv) {
        if (fread(bytes, 1, 2, file) != 2) {
            return false;
        }
        *value = (int16_t)(bytes[0] | bytes[1] << 8);
        return true;
    }
    if (fscanf(file, "%lf", &number) != 1) {
        return false;
    }
    if (fscanf(file, " ,") < 0 && !feof(file)) {
        return false;
    }
    *value = (int16_t)lrint(number);
    return true;
}

bool waveform_load(waveform_t *waveform, const char *path, unsigned channels, double rate_hz)
{
    FILE *file = fopen(path, "rb");
    size_t count = 0, room = 0;
    int16_t value, *grown;

    if (file == NULL) {
        return false;
    }
    *waveform = (waveform_t){.channels = channels, .rate_hz = rate_hz};
    while (next_value(file, is_csv(path), &value)) {
        if (count == room) {
            room = room ? 2 * room : 4096;
            grown = realloc(waveform->values, room * sizeof *grown);
            if (grown == NULL) {
                break;
            }
            waveform->values = grown;
        }
        waveform->values[count++] = value;
    }
    fclose(file);
    waveform->rows = count / channels;
    return waveform->rows > 0;
}

static double level(const waveform_t *waveform, unsigned channel, double time_s)
{
    double row, part;
    size_t before, after;

    if (waveform->rows == 0) {
        return 24000 * sin(2 * pi * (channel + 1) * time_s);
    }
    if (channel >= waveform->channels) {
        return 0;
    }
    row = fmod(time_s * waveform->rate_hz, (double)waveform->rows);
    before = (size_t)row;
    after = (before + 1) % waveform->rows;
    part = row - (double)before;
    return (1 - part) * waveform->values[before * waveform->channels + channel]
           + part * waveform->values[after * waveform->channels + channel];
}

unsigned waveform_code(const waveform_t *waveform, unsigned channel, double time_s, unsigned bits)
{
    return (unsigned)(level(waveform, channel, time_s) + 32768) >> (16 - bits);
}
