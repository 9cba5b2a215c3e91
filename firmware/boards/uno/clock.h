/* Timer 1 ticks once a sample; the microseconds are counted with it. */
#ifndef UNO_CLOCK_H
#define UNO_CLOCK_H

#include <stdint.h>

enum { PERIOD_MAX_US = 32767 }; /* two steps of the timer a microsecond, sixteen bits */

/* Start with one tick every period_us. */
void clock_init(uint16_t period_us);

/* Change the time between ticks; none is lost in the microseconds. */
void clock_set_period(uint16_t period_us);

/* Microseconds since the boot; callable anywhere. */
uint32_t clock_us(void);

/* Called at every tick, in the interrupt: the time of the tick. The board's converter implements it. */
void clock_tick(uint32_t t_us);

#endif
