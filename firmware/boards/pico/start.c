#include "start.h"

#include <stdint.h>

#include "rp2040.h"

enum { WANTED = RESET_ADC | RESET_I2C0 | RESET_IO | RESET_PADS | RESET_PLL_USB | RESET_TIMER | RESET_UART0 };

extern uint32_t _stack_top, _data, _data_end, _data_load, _bss, _bss_end;

static void hang(void)
{
    for (;;) { /* until the watchdog bites */
    }
}

__attribute__((section(".vectors"), used)) static void (*const vectors[16 + 26])(void) = {
    (void (*)(void))&_stack_top, reset, hang, hang, 0, 0, 0, 0, 0, 0, 0, hang, 0, 0, hang, hang,
    [16 + IRQ_TIMER_0] = timer_0_interrupt,
    [16 + IRQ_IO] = io_interrupt,
    [16 + IRQ_UART0] = uart0_interrupt,
};

static void release(uint32_t blocks)
{
    RESETS_RESET &= ~blocks;
    while ((RESETS_DONE & blocks) != blocks) {
    }
}

/* 12 MHz x 100 / 5 / 5 = 48 MHz: enough for all there is to do, and for 3 MBd. */
static void start_pll(void)
{
    PLL_CS = 1;
    PLL_FBDIV = 100;
    PLL_PWR &= ~(1u << 5 | 1u << 0); /* the oscillator, and the whole */
    while (!(PLL_CS & 1u << 31)) {
    }
    PLL_PRIM = 5 << 16 | 5 << 12;
    PLL_PWR &= ~(1u << 3); /* the dividers */
}

static void start_clocks(void)
{
    XOSC_STARTUP = 47; /* 1 ms */
    XOSC_CTRL = 0xFAB << 12 | 0xAA0;
    while (!(XOSC_STATUS & 1u << 31)) {
    }
    CLK_REF_CTRL = 2;
    while (!(CLK_REF_SELECTED & 1 << 2)) {
    }
    CLK_SYS_CTRL = 0;
    while (!(CLK_SYS_SELECTED & 1)) {
    }
    release(RESET_PLL_USB);
    start_pll();
    CLK_SYS_CTRL = 1 << 5; /* from the USB PLL, while it runs from the crystal */
    CLK_SYS_CTRL = 1 << 5 | 1;
    while (!(CLK_SYS_SELECTED & 2)) {
    }
    CLK_PERI_CTRL = 1 << 11;
    CLK_ADC_CTRL = 1 << 11;
    WATCHDOG_TICK = 1 << 9 | 12; /* the timer counts microseconds */
}

void reset(void)
{
    uint32_t *to, *from = &_data_load;

    for (to = &_data; to < &_data_end;) {
        *to++ = *from++;
    }
    for (to = &_bss; to < &_bss_end;) {
        *to++ = 0;
    }
    VTOR = (uint32_t)vectors;
    start_clocks();
    release(WANTED);
    main();
}
