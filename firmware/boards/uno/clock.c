#include "clock.h"

#include <avr/interrupt.h>
#include <avr/io.h>
#include <util/atomic.h>

enum { STEPS_PER_US = 2 }; /* 16 MHz / 8 */

static volatile uint32_t tick_us; /* of the last tick */
static volatile uint16_t period;

static uint16_t top(uint16_t period_us)
{
    return (uint16_t)(STEPS_PER_US * period_us - 1);
}

ISR(TIMER1_COMPA_vect)
{
    tick_us += period;
    clock_tick(tick_us);
}

void clock_init(uint16_t period_us)
{
    period = period_us;
    OCR1A = top(period_us);
    TCCR1A = 0;
    TCCR1B = _BV(WGM12) | _BV(CS11);
    TIMSK1 = _BV(OCIE1A);
}

void clock_set_period(uint16_t period_us)
{
    ATOMIC_BLOCK(ATOMIC_RESTORESTATE)
    {
        tick_us = clock_us();
        period = period_us;
        OCR1A = top(period_us);
        TCNT1 = 0;
        TIFR1 = _BV(OCF1A); /* its time is in tick_us already */
    }
}

uint32_t clock_us(void)
{
    uint32_t us;

    ATOMIC_BLOCK(ATOMIC_RESTORESTATE)
    {
        uint16_t steps = TCNT1;

        us = tick_us;
        if (TIFR1 & _BV(OCF1A)) { /* A tick waits for its interrupt: before or after the counter was read? */
            steps = TCNT1;
            us += period;
        }
        us += steps / STEPS_PER_US;
    }
    return us;
}
