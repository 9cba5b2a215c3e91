/* A sensor board on a Raspberry Pi Pico: RP2040, 3.3 V, UART on GP0 and GP1. */
#include "adc.h"
#include "board.h"
#include "bus.h"
#include "clock.h"
#include "contacts.h"
#include "identity.h"
#include "pins.h"
#include "rp2040.h"
#include "sensors.h"
#include "start.h"
#include "uart.h"

#ifndef BAUD
#define BAUD 500000
#endif
#ifndef ADC_RATE_HZ
#define ADC_RATE_HZ 1000
#endif

enum { STREAM_ADC, STREAM_PPG, STREAM_TEMPERATURE, STREAM_COUNT };
enum { CHANNEL_COUNT = ADC_CHANNELS + PPG_CHANNELS + 1, ADC_PER_FRAME = DATA_SAMPLES_MAX / (2 * ADC_CHANNELS),
       PPG_PER_FRAME = 4, WATCHDOG_US = 500000 };

#define ADC_INPUT(name) \
    {name, 3.3f / 4096, 0, CHANNEL_LEAD_OFF_DETECTION, STREAM_ADC, KIND_VOLTAGE, FORMAT_U16, UNIT_V, ADC_BITS}

static const struct channel channels[CHANNEL_COUNT] = {
    ADC_INPUT("ADC0"),
#if ADC_CHANNELS > 1
    ADC_INPUT("ADC1"),
#endif
#if ADC_CHANNELS > 2
    ADC_INPUT("ADC2"),
#endif
    {"red", PPG_NA_PER_COUNT, PPG_NA_OFFSET, 0, STREAM_PPG, KIND_PPG_RED, FORMAT_I24, UNIT_NA, PPG_BITS},
    {"infrared", PPG_NA_PER_COUNT, PPG_NA_OFFSET, 0, STREAM_PPG, KIND_PPG_INFRARED, FORMAT_I24, UNIT_NA, PPG_BITS},
    {"temperature", TEMPERATURE_CELSIUS_PER_COUNT, 0, 0, STREAM_TEMPERATURE, KIND_TEMPERATURE, FORMAT_I16,
     UNIT_CELSIUS, 0},
};

static uint8_t adc_samples[STREAM_BYTES(ADC_PER_FRAME, 2 * ADC_CHANNELS)];
static uint8_t ppg_samples[STREAM_BYTES(PPG_PER_FRAME, 3 * PPG_CHANNELS)];
static uint8_t temperature_samples[STREAM_BYTES(1, 2)];

static const struct stream_config streams[STREAM_COUNT] = {
    {adc_samples, sizeof adc_samples, ADC_RATE_HZ * 1000, 31000, 1000000000 / ADC_PERIOD_MIN_US, 1, true},
    {ppg_samples, sizeof ppg_samples, PPG_RATE_MHZ, PPG_RATE_MHZ, PPG_RATE_MHZ, 1, true},
    {temperature_samples, sizeof temperature_samples, 1000, 100, 4000, 1, false},
};

static struct board board;
static struct sensors sensors;

void io_interrupt(void)
{
    IO_INTR(PIN_PPG) = IO_EDGE_LOW(PIN_PPG);
    sensors_ready(&sensors, clock_us());
}

static uint8_t read(uint8_t channel, int32_t *raw)
{
    (void)channel; /* The board asks for the temperature alone. */
    return sensors_temperature(&sensors, raw);
}

static uint8_t lock(void)
{
    uint32_t state;

    __asm__ volatile("mrs %0, primask\n cpsid i" : "=r"(state)::"memory");
    return (uint8_t)state;
}

static void unlock(uint8_t state)
{
    __asm__ volatile("msr primask, %0" ::"r"((uint32_t)state) : "memory");
}

static void led(bool on)
{
    if (on) {
        SIO_OUT_SET = 1u << PIN_LED;
    } else {
        SIO_OUT_CLR = 1u << PIN_LED;
    }
}

static uint32_t set_rate(uint8_t stream, uint32_t rate_mhz)
{
    uint32_t period_us = (1000000000 + rate_mhz / 2) / rate_mhz;

    if (stream != STREAM_ADC) {
        return rate_mhz;
    }
    if (period_us < ADC_PERIOD_MIN_US || period_us > ADC_PERIOD_MAX_US) {
        return 0;
    }
    adc_set_period(period_us);
    return (1000000000 + period_us / 2) / period_us;
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

static uint8_t tx[1024], rx[256], command[64];

static struct board_config config = {
    .model = "edged-pico",
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

/* It counts down twice a microsecond (RP2040-E1). Everything but the oscillators is reset. */
static void feed_watchdog(void)
{
    WATCHDOG_LOAD = 2 * WATCHDOG_US;
}

static void start_watchdog(void)
{
    PSM_WDSEL = 0x1FFFC;
    feed_watchdog();
    WATCHDOG_CTRL = 1u << 30;
}

/* The UART comes before the converter, whose interrupt takes longer than a byte. */
static void enable_interrupts(void)
{
    NVIC_PRIORITY(IRQ_TIMER_0) = 0x80;
    NVIC_PRIORITY(IRQ_IO) = 0x80 << 8 * (IRQ_IO % 4);
    NVIC_ENABLE = 1u << IRQ_TIMER_0 | 1u << IRQ_IO | 1u << IRQ_UART0;
    __asm__ volatile("cpsie i" ::: "memory");
}

int main(void)
{
    static struct contacts contacts;

    __asm__ volatile("cpsid i" ::: "memory");
    identity_paint();
    config.reset_cause = identity_reset_cause();
    config.boot_id = identity_boot_id();
    identity_uid(config.uid);
    pins_init();
    bus_init();
    if (!board_init(&board, &config)) {
        for (;;) {
        }
    }
    sensors_init(&sensors, &board, STREAM_PPG);
    uart_init(&board, BAUD);
    adc_init(&board, STREAM_ADC, 1000000 / ADC_RATE_HZ);
    start_watchdog();
    enable_interrupts();
    for (;;) {
        feed_watchdog();
        board_poll(&board);
        contacts_poll(&contacts, &board, clock_us(), pins_button(), pins_lead_off());
        sensors_poll(&sensors, clock_us(), pins_ppg_low());
        __asm__ volatile("wfi"); /* An interrupt that came before it waits no longer than for the next alarm. */
    }
}
