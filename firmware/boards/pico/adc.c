#include "adc.h"

#include "clock.h"
#include "pins.h"
#include "rp2040.h"
#include "start.h"

static struct board *board;
static uint8_t stream;
static uint32_t due_us;
static volatile uint32_t period;

uint32_t clock_us(void)
{
    return TIMER_RAWL;
}

static int32_t convert(uint32_t channel)
{
    ADC_CS = ADC_EN | channel << 12;
    ADC_CS = ADC_EN | channel << 12 | ADC_START_ONCE;
    while (!(ADC_CS & ADC_READY)) {
    }
    return (int32_t)ADC_RESULT;
}

void adc_init(struct board *the_board, uint8_t the_stream, uint32_t period_us)
{
    board = the_board;
    stream = the_stream;
    period = period_us;
    ADC_CS = ADC_EN;
    while (!(ADC_CS & ADC_READY)) {
    }
    due_us = clock_us() + period_us;
    TIMER_ALARM0 = due_us;
    TIMER_INTE = 1;
}

void adc_set_period(uint32_t period_us)
{
    period = period_us;
}

/* Set the next alarm. An alarm in the past would only come when the timer rolls over: those are skipped. */
static bool schedule(void)
{
    bool missed = false;

    due_us += period;
    TIMER_ALARM0 = due_us;
    while ((int32_t)(due_us - clock_us()) <= 0) {
        missed = true;
        due_us += period;
        TIMER_ALARM0 = due_us;
    }
    return missed;
}

void timer_0_interrupt(void)
{
    uint32_t t_us = due_us;
    int32_t raw[ADC_CHANNELS];
    uint8_t status = pins_lead_off();

    TIMER_INTR = 1;
    for (uint32_t channel = 0; channel < ADC_CHANNELS; channel++) {
        raw[channel] = convert(channel);
    }
    board_push(board, stream, t_us, raw, status);
    if (schedule()) {
        stream_flush(&board->streams[stream]); /* what follows is not evenly spaced with what was */
        board->streams[stream].status |= STATUS_OVERRUN;
    }
}
