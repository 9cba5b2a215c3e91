/*
 * Part of a test program only: it is linked with simavr, which is under the GNU General Public License, version 3.
 */
#define _GNU_SOURCE
#include "chip.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "avr_adc.h"
#include "avr_eeprom.h"
#include "avr_ioport.h"
#include "avr_twi.h"
#include "avr_uart.h"
#include "sim_avr.h"
#include "sim_elf.h"
#include "truth.h"

enum {
    CRYSTAL_HZ = 16000000,
    ADC_BITS = 10,
    RAM_START = 0x100,
    EIMSK = 0x3D,
    MCUSR = 0x54,
    UCSR0A = 0xC0,
    UBRR0L = 0xC4,
    UBRR0H = 0xC5,
    SUPPLY_MV = 5000,
    UID_SIZE = 8,
    LOOP_FOREVER = 0xCFFF /* rjmp to itself */
};

/* simavr's callbacks carry a pointer, but its core's own reset does not. */
static avr_t *avr;
static chip_t *the_chip;
static void (*reset_core)(avr_t *);
static avr_irq_t *uart, *bus;
static bool uart_full;
static uint8_t received[256];
static size_t received_at, received_end;
static uint64_t received_cycle; /* not before this cycle */

static int64_t now_ns(const chip_t *chip)
{
    double cycles = (double)(avr->cycle - chip->cycle_then);

    return chip->ns_then + (int64_t)(cycles * 1e9 / CRYSTAL_HZ / chip->speed);
}

static uint64_t cycle_at(const chip_t *chip, int64_t time_ns)
{
    return chip->cycle_then + (uint64_t)((double)(time_ns - chip->ns_then) * 1e-9 * CRYSTAL_HZ * chip->speed);
}

static void on_uart_byte(avr_irq_t *irq, uint32_t value, void *parameter)
{
    chip_t *chip = parameter;
    uint32_t divisor = avr->data[UBRR0L] | (uint32_t)avr->data[UBRR0H] << 8;
    bool doubled = avr->data[UCSR0A] & 2; /* U2X0 */

    (void)irq;
    chip->line->baud = CRYSTAL_HZ / ((doubled ? 8 : 16) * (divisor + 1));
    line_send(chip->line, (uint8_t)value);
}

static void on_uart_full(avr_irq_t *irq, uint32_t value, void *parameter)
{
    (void)irq;
    (void)value;
    uart_full = parameter != NULL;
}

/* A conversion begins: this is when the input is sampled. simavr takes millivolts, rounding down as it converts. */
static void on_conversion(avr_irq_t *irq, uint32_t value, void *parameter)
{
    chip_t *chip = parameter;
    union {
        avr_adc_mux_t mux;
        uint32_t value;
    } input = {.value = value};
    unsigned channel = input.mux.src & 7;
    int64_t ns = now_ns(chip);
    unsigned code = waveform_code(chip->waveform, channel, (double)(ns - chip->origin_ns) * 1e-9, ADC_BITS);

    (void)irq;
    truth_write(chip->truth, ns, code, (uint8_t)channel, chip->boot);
    avr_raise_irq(
        avr_io_getirq(avr, AVR_IOCTL_ADC_GETIRQ, ADC_IRQ_ADC0 + (int)channel), (code * SUPPLY_MV + 1022) / 1023
    );
}

static void to_bus(uint8_t message, uint8_t address, uint8_t data)
{
    avr_raise_irq(bus + TWI_IRQ_INPUT, avr_twi_irq_msg(message, address, data));
}

static void on_bus(avr_irq_t *irq, uint32_t value, void *parameter)
{
    chip_t *chip = parameter;
    sensors_model_t *sensors = &chip->sensors;
    avr_twi_msg_irq_t message = {.u.v = value};
    uint8_t address = message.u.twi.addr, what = message.u.twi.msg;

    (void)irq;
    if (what & TWI_COND_STOP) {
        sensors->selected = 0;
    }
    if ((what & TWI_COND_START) && sensors_model_select(sensors, address, now_ns(chip))) {
        to_bus(TWI_COND_ACK, address, 1);
    }
    if (sensors->selected == 0) {
        return;
    }
    if (what & TWI_COND_WRITE) {
        to_bus(TWI_COND_ACK, address, 1);
        sensors_model_write(sensors, message.u.twi.data, now_ns(chip));
    }
    if (what & TWI_COND_READ) {
        to_bus(TWI_COND_READ, address, sensors_model_read(sensors));
    }
}

/* Both: the level that an input goes back to when its port is written, and the edge now. */
static void raise_pin(char port, int pin, bool high)
{
    static avr_ioport_external_t levels[] = {{.name = 'B'}, {.name = 'D'}};
    avr_ioport_external_t *level = &levels[port == 'D'];
    unsigned bit = 1u << pin;

    level->mask |= bit;
    level->value = (level->value & ~bit) | (high ? bit : 0);
    avr_ioctl(avr, AVR_IOCTL_IOPORT_SET_EXTERNAL(port), level);
    avr_raise_irq(avr_io_getirq(avr, AVR_IOCTL_IOPORT_GETIRQ(port), pin), high);
}

static void on_reset(avr_t *reset)
{
    the_chip->boot++;
    received_at = received_end = 0;
    uart_full = false;
    /* simavr 1.6 forgets its queue of interrupts but not that they are in it, and would never raise them again. */
    for (unsigned i = 0; i < reset->interrupts.vector_count; i++) {
        reset->interrupts.vector[i]->pending = 0;
    }
    if (reset_core != NULL) {
        reset_core(reset);
    }
}

static void do_not_sleep(avr_t *sleeping, avr_cycle_count_t cycles)
{
    (void)sleeping;
    (void)cycles; /* chip_run's caller keeps to the clock */
}

static bool load(const char *path)
{
    elf_firmware_t firmware = {.frequency = CRYSTAL_HZ};

    if (elf_read_firmware(path, &firmware) != 0) {
        fprintf(stderr, "%s: no firmware for an AVR\n", path);
        return false;
    }
    avr_load_firmware(avr, &firmware);
    avr->frequency = CRYSTAL_HZ;
    avr->vcc = avr->avcc = avr->aref = SUPPLY_MV;
    avr->flash[avr->flashend - 1] = LOOP_FOREVER & 0xFF;
    avr->flash[avr->flashend] = LOOP_FOREVER >> 8;
    avr->codeend = avr->flashend;
    return true;
}

static void write_uid(const char *digits)
{
    uint8_t uid[UID_SIZE];
    avr_eeprom_desc_t where = {.ee = uid, .offset = 0, .size = UID_SIZE};

    for (unsigned i = 0; i < UID_SIZE; i++) {
        char pair[3] = {digits[2 * i], digits[2 * i + 1], 0};

        uid[i] = (uint8_t)strtoul(pair, NULL, 16);
    }
    avr_ioctl(avr, AVR_IOCTL_EEPROM_SET, &where);
}

static void wire(chip_t *chip)
{
    static const char *names[] = {"8>input", "32<output"};
    uint32_t flags = 0;

    avr_ioctl(avr, AVR_IOCTL_UART_GET_FLAGS('0'), &flags);
    flags &= ~(uint32_t)(AVR_UART_FLAG_STDIO | AVR_UART_FLAG_POLL_SLEEP);
    avr_ioctl(avr, AVR_IOCTL_UART_SET_FLAGS('0'), &flags);
    uart = avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), 0);
    avr_irq_register_notify(uart + UART_IRQ_OUTPUT, on_uart_byte, chip);
    avr_irq_register_notify(uart + UART_IRQ_OUT_XON, on_uart_full, NULL);
    avr_irq_register_notify(uart + UART_IRQ_OUT_XOFF, on_uart_full, chip);
    avr_irq_register_notify(avr_io_getirq(avr, AVR_IOCTL_ADC_GETIRQ, ADC_IRQ_OUT_TRIGGER), on_conversion, chip);
    bus = avr_alloc_irq(&avr->irq_pool, 0, 2, names);
    avr_irq_register_notify(bus + TWI_IRQ_OUTPUT, on_bus, chip);
    avr_connect_irq(bus + TWI_IRQ_INPUT, avr_io_getirq(avr, AVR_IOCTL_TWI_GETIRQ(0), TWI_IRQ_INPUT));
    avr_connect_irq(avr_io_getirq(avr, AVR_IOCTL_TWI_GETIRQ(0), TWI_IRQ_OUTPUT), bus + TWI_IRQ_OUTPUT);
}

bool chip_init(chip_t *chip, const char *firmware, const char *uid)
{
    the_chip = chip;
    chip->ns_then = chip->origin_ns;
    chip->sensors.boot = &chip->boot;
    chip->sensors.truth = chip->truth;
    avr = avr_make_mcu_by_name("atmega328p");
    if (avr == NULL || avr_init(avr) != 0) {
        fprintf(stderr, "simavr knows no ATmega328P\n");
        return false;
    }
    avr->log = LOG_ERROR;
    avr->sleep = do_not_sleep;
    reset_core = avr->reset;
    avr->reset = on_reset;
    if (!load(firmware)) {
        return false;
    }
    if (uid != NULL) {
        write_uid(uid);
    }
    wire(chip);
    chip_reset(chip, CHIP_POWER_ON);
    return true;
}

void chip_reset(chip_t *chip, chip_reset_t reset)
{
    avr_reset(avr);
    avr->data[MCUSR] = (uint8_t)reset;
    if (reset == CHIP_POWER_ON) {
        for (unsigned at = RAM_START; at <= avr->ramend; at++) {
            avr->data[at] = (uint8_t)rand();
        }
        sensors_model_power_on(&chip->sensors);
    }
    if (reset == CHIP_PIN && chip->bootloader_s > 0) { /* Optiboot clears MCUSR, and says in r2 what was in it */
        avr->data[MCUSR] = 0;
        avr->data[2] = (uint8_t)reset;
        chip->paused_until = avr->cycle + (uint64_t)(chip->bootloader_s * CRYSTAL_HZ);
    }
    chip_button(false);
    chip_leads(false, false);
}

void chip_hang(void)
{
    avr->sreg[7] = 0;
    avr->pc = avr->flashend - 1;
    avr->state = cpu_Running;
}

void chip_button(bool pressed)
{
    raise_pin('D', 3, !pressed);
}

void chip_leads(bool plus_off, bool minus_off)
{
    raise_pin('B', 2, plus_off);
    raise_pin('B', 3, minus_off);
}

void chip_set_speed(chip_t *chip, double speed)
{
    chip->ns_then = now_ns(chip);
    chip->cycle_then = avr->cycle;
    chip->speed = speed;
}

/* Run to the next thing that happens outside the chip. */
static bool run_to(chip_t *chip, uint64_t end)
{
    int state;

    if (chip->paused_until > avr->cycle) {
        avr->cycle = end < chip->paused_until ? end : chip->paused_until;
    }
    while (avr->cycle < end) {
        state = avr_run(avr);
        if (state == cpu_Done || state == cpu_Crashed) {
            fprintf(stderr, "the program crashed at %#x\n", (unsigned)avr->pc);
            return false;
        }
        if (received_at < received_end && !uart_full && avr->cycle >= received_cycle) {
            avr_raise_irq(uart + UART_IRQ_INPUT, received[received_at++]);
        }
    }
    return true;
}

static int64_t real_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * (int64_t)1000000000 + now.tv_nsec;
}

bool chip_run(chip_t *chip, int64_t until_ns)
{
    uint64_t end = cycle_at(chip, until_ns);

    if (received_at == received_end) {
        received_at = 0;
        received_end = line_move(chip->line, received, sizeof received);
        received_cycle = cycle_at(chip, real_ns()); /* it runs behind, and hears nothing before it was sent */
    } else {
        line_move(chip->line, NULL, 0);
    }
    if (chip->line->opened) { /* DTR is wired to the reset; what came with it goes by unheard */
        chip->line->opened = false;
        chip_reset(chip, CHIP_PIN);
    }
    /*
     * The MAX30102's pin is held high until its interrupt is enabled: seeing it low before the kind of interrupt is
     * chosen, simavr 1.6 raises that for the low level, again and again, whatever is chosen then.
     */
    while (avr->cycle < end) {
        uint64_t next = end;

        if (chip->sensors.next_ns && cycle_at(chip, chip->sensors.next_ns) < end) {
            next = cycle_at(chip, chip->sensors.next_ns) + 1;
        }
        if (!run_to(chip, next)) {
            return false;
        }
        sensors_model_advance(&chip->sensors, now_ns(chip));
        raise_pin('D', 2, !(sensors_model_low(&chip->sensors) && (avr->data[EIMSK] & 1)));
    }
    return true;
}
