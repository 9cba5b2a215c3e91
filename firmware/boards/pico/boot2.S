/*
 * The second stage of the boot: 256 bytes that the chip's ROM copies to RAM, checks and calls. It has code read from
 * the flash with the plain command 03h, which every flash chip knows, and goes to the program behind it.
 * The last four bytes are their CRC, put there by seal.py. RP2040 data sheet, 2.8.1.3.1 and 4.10.
 */
    .syntax unified
    .cpu cortex-m0plus
    .thumb
    .section .boot2, "ax"

    push {lr}
    ldr r3, =0x18000000         /* the SPI controller of the flash */
    movs r1, #0
    str r1, [r3, #0x08]         /* SSIENR: off */
    movs r1, #4
    str r1, [r3, #0x14]         /* BAUDR: a quarter of the processor's clock */
    ldr r1, =(3 << 8 | 31 << 16)
    str r1, [r3, #0x00]         /* CTRLR0: send a command, then read 32 bits */
    movs r1, #0
    str r1, [r3, #0x04]         /* CTRLR1: once */
    ldr r1, =(0x03 << 24 | 2 << 8 | 6 << 2)
    ldr r2, =0x180000F4
    str r1, [r2]                /* SPI_CTRLR0: 03h, 8 bits of command and 24 of address */
    movs r1, #1
    str r1, [r3, #0x08]
    pop {r0}
    cmp r0, #0
    beq start
    bx r0                       /* called by a program that lives on, which set the flash up anew */
start:
    ldr r0, =0x10000100
    ldr r1, =0xE000ED08
    str r0, [r1]                /* VTOR */
    ldmia r0!, {r1, r2}
    msr msp, r1
    bx r2
    .ltorg
    .balign 256
