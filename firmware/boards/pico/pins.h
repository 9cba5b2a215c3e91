/* The pins, by their GP numbers. */
#ifndef PICO_PINS_H
#define PICO_PINS_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol.h"
#include "rp2040.h"

enum {
    PIN_TX = 0,
    PIN_RX = 1,
    PIN_PPG = 2,         /* from the MAX30102, active low */
    PIN_BUTTON = 3,      /* to ground */
    PIN_SDA = 4,
    PIN_SCL = 5,
    PIN_LEAD_PLUS = 10,  /* from an AD8232's LO+ */
    PIN_LEAD_MINUS = 11,
    PIN_LED = 25,
    PIN_ADC_FIRST = 26
};

/* Set what the pins are for; the MAX30102's interrupts at its falling edge. */
void pins_init(void);

static inline uint8_t pins_lead_off(void)
{
    uint32_t pins = SIO_IN;

    return (uint8_t)((pins & 1u << PIN_LEAD_PLUS ? STATUS_LEAD_OFF_POSITIVE : 0)
                     | (pins & 1u << PIN_LEAD_MINUS ? STATUS_LEAD_OFF_NEGATIVE : 0));
}

static inline bool pins_button(void)
{
    return !(SIO_IN & 1u << PIN_BUTTON);
}

static inline bool pins_ppg_low(void)
{
    return !(SIO_IN & 1u << PIN_PPG);
}

#endif
