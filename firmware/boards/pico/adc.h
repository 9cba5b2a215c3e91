/* The converter: at every alarm of the timer the channels are converted in turn, 2 us each. */
#ifndef PICO_ADC_H
#define PICO_ADC_H

#include "board.h"

#ifndef ADC_CHANNELS
#define ADC_CHANNELS 3
#endif

#if ADC_CHANNELS < 1 || ADC_CHANNELS > 3
#error "A Pico has three free analog inputs, GP26 to GP28"
#endif

enum { ADC_BITS = 12, ADC_PERIOD_MIN_US = 200, ADC_PERIOD_MAX_US = 32767 };

void adc_init(struct board *board, uint8_t stream, uint32_t period_us);

/* From the next alarm on. */
void adc_set_period(uint32_t period_us);

#endif
