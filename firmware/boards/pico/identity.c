#include "identity.h"

#include "protocol.h"
#include "rp2040.h"

enum { READ_UNIQUE_ID = 0x4B, DUMMY_BYTES = 4, UID_SIZE = 8, SR_TFNF = 1 << 1, SR_RFNE = 1 << 3 };
enum { SELECT_LOW = 2 << 8, SELECT_HIGH = 3 << 8, SELECT_BY_SSI = 0 };
enum { HAD_POR = 1 << 8, HAD_RUN = 1 << 16, REASON_TIMER = 1 << 0, REASON_FORCE = 1 << 1 };

#define PAINT 0xC5C5C5C5u
#define STRIDE 64 /* words */

extern uint32_t _bss_end, _stack_top;

/* From RAM: while the flash answers this, no code can be read from it. */
__attribute__((section(".ram_code"), noinline)) static void
transfer(const uint8_t *send, uint8_t *receive, uint32_t count)
{
    uint32_t ctrlr0 = SSI_CTRLR0, ctrlr1 = SSI_CTRLR1, spi = SSI_SPI_CTRLR0, sent = 0, received = 0;

    SSI_SSIENR = 0;
    SSI_CTRLR0 = 7 << 16; /* plain SPI, both ways, eight bits */
    SSI_SSIENR = 1;
    IO_QSPI_SS_CTRL = SELECT_LOW;
    while (received < count) {
        if (sent < count && sent - received < 8 && (SSI_SR & SR_TFNF)) {
            SSI_DR0 = send[sent++];
        }
        if (SSI_SR & SR_RFNE) {
            receive[received++] = (uint8_t)SSI_DR0;
        }
    }
    IO_QSPI_SS_CTRL = SELECT_HIGH;
    SSI_SSIENR = 0;
    SSI_CTRLR0 = ctrlr0;
    SSI_CTRLR1 = ctrlr1;
    SSI_SPI_CTRLR0 = spi;
    SSI_SSIENR = 1;
    IO_QSPI_SS_CTRL = SELECT_BY_SSI;
}

void identity_uid(uint8_t *uid)
{
    uint8_t send[1 + DUMMY_BYTES + UID_SIZE] = {READ_UNIQUE_ID}, receive[sizeof send];

    transfer(send, receive, sizeof send);
    for (uint32_t i = 0; i < UID_SIZE; i++) {
        uid[i] = receive[1 + DUMMY_BYTES + i];
    }
}

uint32_t identity_boot_id(void)
{
    uint32_t random = 0;

    for (uint32_t i = 0; i < 256; i++) { /* neighbouring bits are alike: eight are folded into each */
        random = (random << 1 | random >> 31) ^ (ROSC_RANDOMBIT & 1);
    }
    return random;
}

uint8_t identity_reset_cause(void)
{
    uint32_t reason = WATCHDOG_REASON, reset = CHIP_RESET;

    if (reason & REASON_FORCE) {
        return RESET_SOFTWARE;
    }
    if (reason & REASON_TIMER) {
        return RESET_WATCHDOG;
    }
    if (reset & HAD_RUN) {
        return RESET_PIN;
    }
    return reset & HAD_POR ? RESET_POWER_ON : RESET_UNKNOWN;
}

void identity_reboot(void)
{
    WATCHDOG_CTRL = 1u << 31;
    for (;;) {
    }
}

void identity_paint(void)
{
    for (uint32_t *at = &_bss_end; at < (uint32_t *)__builtin_frame_address(0) - 16; at++) {
        *at = PAINT;
    }
}

uint32_t identity_free_ram(void)
{
    const uint32_t *at = &_bss_end;

    while (at < &_stack_top && *at == PAINT) { /* in strides: a whole look at 256 KiB takes 10 ms */
        at += STRIDE;
    }
    return (uint32_t)(at - &_bss_end) * sizeof *at;
}
