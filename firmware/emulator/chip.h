/* The ATmega328P of an Uno in simavr, and what is soldered around it. */
#ifndef EMULATOR_CHIP_H
#define EMULATOR_CHIP_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "line.h"
#include "sensors_model.h"
#include "waveform.h"

typedef enum { CHIP_POWER_ON = 1 << 0, CHIP_PIN = 1 << 1, CHIP_BROWN_OUT = 1 << 2 } chip_reset_t; /* MCUSR's bits */

typedef struct {
    line_t *line;
    const waveform_t *waveform;
    sensors_model_t sensors;
    FILE *truth;
    uint16_t boot;           /* resets so far */
    int64_t origin_ns;       /* CLOCK_MONOTONIC at cycle 0 */
    double speed;            /* of the crystal; 1.0005 is 500 ppm fast */
    double bootloader_s;     /* how long it sits there after a reset by the pin */
    uint64_t paused_until;   /* in cycles */
    uint64_t cycle_then;     /* where speed last changed, */
    int64_t ns_then;         /* and the time there */
} chip_t;

/* False, with a message on standard error, where the firmware cannot be loaded. uid: sixteen hex digits, or NULL. */
bool chip_init(chip_t *chip, const char *firmware, const char *uid);

void chip_reset(chip_t *chip, chip_reset_t reset);

/* The program hangs, in a loop with interrupts off. */
void chip_hang(void);

/* The button, and the lead-off outputs of an AD8232. */
void chip_button(bool pressed);
void chip_leads(bool plus_off, bool minus_off);

/* From here on the crystal runs at another speed. */
void chip_set_speed(chip_t *chip, double speed);

/* Run until a time of CLOCK_MONOTONIC. False: the program crashed. */
bool chip_run(chip_t *chip, int64_t until_ns);

#endif
