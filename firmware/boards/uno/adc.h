/* The converter: every tick of the clock starts a scan over the channels. */
#ifndef UNO_ADC_H
#define UNO_ADC_H

#include "board.h"

#ifndef ADC_CHANNELS
#define ADC_CHANNELS 4
#endif

#if ADC_CHANNELS < 1 || ADC_CHANNELS > 8
#error "The ATmega328P has eight analog inputs"
#endif

/* With more than six channels A4 and A5 are inputs as well, and there is no I2C. */
#define HAS_I2C (ADC_CHANNELS <= 6)

/*
 * All ten bits want a converter clock of 200 kHz at most. With many channels it is 250 kHz, and costs half a bit.
 * A conversion takes 13 clocks, and waits for its interrupt.
 */
#if ADC_CHANNELS <= 4
enum { ADC_CLOCK_DIVISOR = 128, ADC_CONVERSION_US = 104 + 8 };
#else
enum { ADC_CLOCK_DIVISOR = 64, ADC_CONVERSION_US = 52 + 8 };
#endif

enum { ADC_BITS = 10, ADC_HAND_OVER_US = 100, ADC_SCAN_US = ADC_CHANNELS * ADC_CONVERSION_US + ADC_HAND_OVER_US };

void adc_init(struct board *board, uint8_t stream);

#endif
