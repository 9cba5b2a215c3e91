/* A sensor board on an Arduino Uno or Nano: ATmega328P, 16 MHz, 5 V. */
#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/sleep.h>
#include <avr/wdt.h>

#include "adc.h"
#include "board.h"
#include "clock.h"
#include "contacts.h"
#include "identity.h"
#include "pins.h"
#include "sensors.h"
#include "twi.h"
#include "uart.h"

#ifndef BAUD
#define BAUD 500000
#endif
#ifndef ADC_RATE_HZ
#define ADC_RATE_HZ 500
#endif

enum { STREAM_ADC, STREAM_PPG, STREAM_TEMPERATURE };
enum { STREAM_COUNT = HAS_I2C ? 3 : 1, CHANNEL_COUNT = ADC_CHANNELS + (HAS_I2C ? PPG_CHANNELS + 1 : 0) };

enum {
    ADC_PER_FRAME_MOST = DATA_SAMPLES_MAX / (2 * ADC_CHANNELS),
    ADC_PER_FRAME = ADC_PER_FRAME_MOST < 20 ? ADC_PER_FRAME_MOST : 20,
    PPG_PER_FRAME = 4
};

#define ADC_INPUT(name) \
    {name, 5.0f / 1024, 0, CHANNEL_LEAD_OFF_DETECTION, STREAM_ADC, KIND_VOLTAGE, FORMAT_U16, UNIT_V, ADC_BITS}

static const struct channel channels[CHANNEL_COUNT] = {
    ADC_INPUT("A0"),
#if ADC_CHANNELS > 1
    ADC_INPUT("A1"),
#endif
#if ADC_CHANNELS > 2
    ADC_INPUT("A2"),
#endif
#if ADC_CHANNELS > 3
    ADC_INPUT("A3"),
#endif
#if HAS_I2C
#if ADC_CHANNELS > 4
    ADC_INPUT("A6"),
#endif
#if ADC_CHANNELS > 5
    ADC_INPUT("A7"),
#endif
    {"red", PPG_NA_PER_COUNT, PPG_NA_OFFSET, 0, STREAM_PPG, KIND_PPG_RED, FORMAT_I24, UNIT_NA, PPG_BITS},
    {"infrared", PPG_NA_PER_COUNT, PPG_NA_OFFSET, 0, STREAM_PPG, KIND_PPG_INFRARED, FORMAT_I24, UNIT_NA, PPG_BITS},
    {"temperature", TEMPERATURE_CELSIUS_PER_COUNT, 0, 0, STREAM_TEMPERATURE, KIND_TEMPERATURE, FORMAT_I16,
     UNIT_CELSIUS, 0},
#else
    ADC_INPUT("A4"),
    ADC_INPUT("A5"),
    ADC_INPUT("A6"),
#if ADC_CHANNELS > 7
    ADC_INPUT("A7"),
#endif
#endif
};

static uint8_t adc_samples[STREAM_BYTES(ADC_PER_FRAME, 2 * ADC_CHANNELS)];
#if HAS_I2C
static uint8_t ppg_samples[STREAM_BYTES(PPG_PER_FRAME, 3 * PPG_CHANNELS)];
static uint8_t temperature_samples[STREAM_BYTES(1, 2)];
#endif

static const struct stream_config streams[STREAM_COUNT] = {
    {adc_samples, sizeof adc_samples, ADC_RATE_HZ * 1000UL, 31000, 1000000000UL / ADC_SCAN_US, 1, true},
#if HAS_I2C
    {ppg_samples, sizeof ppg_samples, PPG_RATE_MHZ, PPG_RATE_MHZ, PPG_RATE_MHZ, 1, true},
    {temperature_samples, sizeof temperature_samples, 1000, 100, 4000, 1, false},
#endif
};

static struct board board;
#if HAS_I2C
static struct sensors sensors;

ISR(INT0_vect)
{
    sensors_ready(&sensors, clock_us());
}
#endif

static uint8_t read(uint8_t channel, int32_t *raw)
{
    (void)channel; /* The board asks for the temperature alone. */
#if HAS_I2C
    return sensors_temperature(&sensors, raw);
#else
    *raw = 0;
    return 0;
#endif
}

static uint8_t lock(void)
{
    uint8_t state = SREG;

    cli();
    return state;
}

static void unlock(uint8_t state)
{
    SREG = state;
}

static void led(bool on)
{
    if (on) {
        PORTB |= _BV(PIN_LED);
    } else {
        PORTB &= (uint8_t)~_BV(PIN_LED);
    }
}

static uint32_t set_rate(uint8_t stream, uint32_t rate_mhz)
{
    uint32_t period_us = (1000000000UL + rate_mhz / 2) / rate_mhz;

    if (stream != STREAM_ADC) {
        return rate_mhz;
    }
    if (period_us < ADC_SCAN_US || period_us > PERIOD_MAX_US) {
        return 0;
    }
    clock_set_period((uint16_t)period_us);
    return (1000000000UL + period_us / 2) / period_us;
}

static const struct board_hardware hardware = {
    .now_us = clock_us,
    .read = read,
    .transmit = uart_transmit,
    .transmitted = uart_transmitted,
    .lock = lock,
    .unlock = unlock,
    .free_ram = identity_free_ram,
    .reboot = identity_reboot,
    .led = led,
    .baud_supported = uart_supports,
    .set_baud = uart_set_baud,
    .set_rate = set_rate,
};

static uint8_t tx[256], rx[128], command[64];

static struct board_config config = {
    .model = "edged-uno",
    .firmware = 0x0100,
    .capabilities = CAPABILITY_SET_BAUD | CAPABILITY_SET_RATE | CAPABILITY_TEST_PATTERN | CAPABILITY_LEAD_OFF
                    | CAPABILITY_BUTTON | CAPABILITY_REBOOT,
    .channel_count = CHANNEL_COUNT,
    .stream_count = STREAM_COUNT,
    .channels = channels,
    .streams = streams,
    .tx = tx,
    .tx_size = sizeof tx,
    .rx = rx,
    .rx_size = sizeof rx,
    .command = command,
    .command_size = sizeof command,
    .hardware = &hardware,
};

int main(void)
{
    static struct contacts contacts;

    config.reset_cause = identity_reset_cause();
    config.boot_id = identity_boot_id();
    identity_uid(config.uid);
    pins_init();
    clock_init(1000000UL / ADC_RATE_HZ);
    if (!board_init(&board, &config)) {
        for (;;) {
        }
    }
    uart_init(&board, BAUD);
    adc_init(&board, STREAM_ADC);
#if HAS_I2C
    twi_init();
    sensors_init(&sensors, &board, STREAM_PPG);
    EICRA = _BV(ISC01); /* falling */
    EIMSK = _BV(INT0);
#endif
    set_sleep_mode(SLEEP_MODE_IDLE);
    wdt_enable(WDTO_500MS);
    sei();
    for (;;) {
        wdt_reset();
        board_poll(&board);
        contacts_poll(&contacts, &board, clock_us(), pins_button(), pins_lead_off());
#if HAS_I2C
        sensors_poll(&sensors, clock_us(), pins_ppg_low());
#endif
        sleep_mode(); /* An interrupt that came before it waits no longer than for the next tick. */
    }
}
