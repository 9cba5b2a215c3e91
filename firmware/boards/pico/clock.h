/* The microsecond timer, whose first alarm is the converter's. */
#ifndef PICO_CLOCK_H
#define PICO_CLOCK_H

#include <stdint.h>

/* Microseconds since the boot; callable anywhere. */
uint32_t clock_us(void);

#endif
