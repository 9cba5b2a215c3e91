/* What was really measured, and when: a file of 16-byte records for tests to compare with. */
#ifndef EMULATOR_TRUTH_H
#define EMULATOR_TRUTH_H

#include <stdint.h>
#include <stdio.h>

/* Channels of the records; the analog inputs are 0 and up. */
enum { TRUTH_RED = 16, TRUTH_INFRARED = 17 };

/*
 * Little-endian `i64 time_ns | u32 value | u8 channel | u8 0 | u16 boot`. The time is CLOCK_MONOTONIC's, as a perfect
 * machine would have kept to it: how late the emulator ran is not in it. `file` may be NULL.
 */
void truth_write(FILE *file, int64_t time_ns, uint32_t value, uint8_t channel, uint16_t boot);

#endif
