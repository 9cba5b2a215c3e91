/* The pins that are just pins. */
#ifndef UNO_PINS_H
#define UNO_PINS_H

#include <avr/io.h>
#include <stdbool.h>
#include <stdint.h>

#include "protocol.h"

enum {
    PIN_PPG = PD2,       /* D2, from the MAX30102, active low */
    PIN_BUTTON = PD3,    /* D3, to ground */
    PIN_LEAD_PLUS = PB2, /* D10, from an AD8232's LO+ */
    PIN_LEAD_MINUS = PB3, /* D11 */
    PIN_LED = PB5        /* D13 */
};

static inline void pins_init(void)
{
    DDRB = _BV(PIN_LED);
    PORTB = 0;
    DDRD = _BV(PD1);
    PORTD = _BV(PIN_PPG) | _BV(PIN_BUTTON) | _BV(PD0) | _BV(PD1);
}

static inline uint8_t pins_lead_off(void)
{
    uint8_t pins = PINB;

    return (uint8_t)((pins & _BV(PIN_LEAD_PLUS) ? STATUS_LEAD_OFF_POSITIVE : 0)
                     | (pins & _BV(PIN_LEAD_MINUS) ? STATUS_LEAD_OFF_NEGATIVE : 0));
}

static inline bool pins_button(void)
{
    return !(PIND & _BV(PIN_BUTTON));
}

static inline bool pins_ppg_low(void)
{
    return !(PIND & _BV(PIN_PPG));
}

#endif
