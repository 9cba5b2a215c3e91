#include "adc.h"

#include <avr/interrupt.h>
#include <avr/io.h>

#include "clock.h"
#include "pins.h"

#if HAS_I2C
static const uint8_t inputs[] = {0, 1, 2, 3, 6, 7}; /* A4 and A5 are the bus */
#else
static const uint8_t inputs[] = {0, 1, 2, 3, 4, 5, 6, 7};
#endif

static struct board *board;
static uint8_t stream;
static int32_t raw[ADC_CHANNELS];
static uint32_t scan_us;
static uint8_t scan_status;
static bool missed; /* a tick since the last scan */
static volatile uint8_t channel = ADC_CHANNELS; /* being converted */

static void convert(uint8_t next)
{
    channel = next;
    ADMUX = _BV(REFS0) | inputs[next];
    ADCSRA |= _BV(ADSC);
}

void adc_init(struct board *the_board, uint8_t the_stream)
{
    board = the_board;
    stream = the_stream;
    DIDR0 = 0x3F; /* the inputs' digital side costs current and couples noise in */
#if HAS_I2C
    DIDR0 &= (uint8_t)~(_BV(ADC4D) | _BV(ADC5D));
#endif
    ADMUX = _BV(REFS0);
    ADCSRA = _BV(ADEN) | _BV(ADIE) | _BV(ADPS2) | _BV(ADPS1) | (ADC_CLOCK_DIVISOR == 128 ? _BV(ADPS0) : 0);
}

/* Conversions begin here and not by the timer's trigger: the multiplexer must be set before each. */
void clock_tick(uint32_t t_us)
{
    if (channel != ADC_CHANNELS) {
        missed = true; /* the scan before has not ended */
        return;
    }
    scan_us = t_us;
    scan_status = pins_lead_off();
    convert(0);
}

ISR(ADC_vect)
{
    raw[channel] = ADC;
    if (channel + 1 < ADC_CHANNELS) {
        convert(channel + 1);
        return;
    }
    sei(); /* At 1 MBd bytes come every 10 us, and the rest takes longer. */
    if (missed) { /* what follows is not evenly spaced with what was */
        missed = false;
        stream_flush(&board->streams[stream]);
        scan_status |= STATUS_OVERRUN;
    }
    board_push(board, stream, scan_us, raw, scan_status);
    channel = ADC_CHANNELS;
}
