#include "identity.h"

#include <avr/boot.h>
#include <avr/eeprom.h>
#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/wdt.h>
#include <stdbool.h>

#include "protocol.h"

enum {
    EEPROM_UID = 0,
    EEPROM_BOOTS = 8,
    UID_SIZE = 8,
    SERIAL_AT = 0x0E, /* of ten bytes in the signature row: lot, wafer, place on it */
    SERIAL_SIZE = 10,
    PAINT = 0xC5
};

#define REBOOT_WANTED 0xB007CA5EUL

extern uint8_t _end; /* the linker's: after the last variable */

static uint8_t flags __attribute__((section(".noinit")));
static uint32_t reboot_wanted __attribute__((section(".noinit"), used));

void identity_before_main(void) __attribute__((naked, used, section(".init3")));

/*
 * Before anything else: the watchdog still runs after it has reset the chip, and bites again in 15 ms. Optiboot
 * clears MCUSR and hands what it was over in r2.
 */
void identity_before_main(void)
{
    uint8_t from_bootloader;

    __asm__ volatile("mov %0, r2" : "=r"(from_bootloader));
    flags = MCUSR ? MCUSR : from_bootloader;
    MCUSR = 0;
    wdt_disable();
    for (uint8_t *at = &_end; at < (uint8_t *)SP; at++) {
        *at = PAINT;
    }
}

void identity_uid(uint8_t *uid)
{
    bool blank = true;

    for (uint8_t i = 0; i < UID_SIZE; i++) {
        uid[i] = eeprom_read_byte((const uint8_t *)(EEPROM_UID + i));
        blank = blank && uid[i] == 0xFF;
    }
    if (!blank) {
        return;
    }
    for (uint8_t i = 0; i < SERIAL_SIZE; i++) {
        uid[i % UID_SIZE] ^= boot_signature_byte_get(SERIAL_AT + i);
    }
}

uint32_t identity_boot_id(void)
{
    uint32_t boots = eeprom_read_dword((const uint32_t *)EEPROM_BOOTS) + 1; /* blank: 0 */

    eeprom_write_dword((uint32_t *)EEPROM_BOOTS, boots);
    return boots;
}

uint8_t identity_reset_cause(void)
{
    bool wanted = reboot_wanted == REBOOT_WANTED;

    reboot_wanted = 0;
    if (flags & _BV(PORF)) { /* the brown-out detector trips too while the supply rises */
        return RESET_POWER_ON;
    }
    if (flags & _BV(BORF)) {
        return RESET_BROWN_OUT;
    }
    if (flags & _BV(WDRF)) {
        return wanted ? RESET_SOFTWARE : RESET_WATCHDOG;
    }
    return flags & _BV(EXTRF) ? RESET_PIN : RESET_UNKNOWN;
}

void identity_reboot(void)
{
    cli();
    reboot_wanted = REBOOT_WANTED;
    wdt_enable(WDTO_15MS);
    for (;;) {
    }
}

uint32_t identity_free_ram(void)
{
    const uint8_t *at = &_end;

    while (at < (const uint8_t *)SP && *at == PAINT) {
        at++;
    }
    return (uint32_t)(at - &_end);
}
