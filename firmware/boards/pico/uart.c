#include "uart.h"

#include "rp2040.h"
#include "start.h"

enum { WORD_8 = 3 << 5, ENABLE = 1 << 0 | 1 << 8 | 1 << 9, BAUD_MIN = 1200, BAUD_MAX = CLOCK_HZ / 16 };

static struct board *board;

/* Without the FIFOs, so that a command's time is that of its last byte. */
void uart_init(struct board *the_board, uint32_t baud)
{
    board = the_board;
    uart_set_baud(baud);
    UART_IMSC = UART_RX;
}

bool uart_supports(uint32_t baud)
{
    return baud >= BAUD_MIN && baud <= BAUD_MAX;
}

/* The divisors are taken over when LCR_H is written (PL011 3.3.6). */
void uart_set_baud(uint32_t baud)
{
    uint32_t divisor = (8 * (uint32_t)CLOCK_HZ / baud + 1) / 2; /* in 64ths, of 16 clocks a bit */

    UART_CR = 0;
    UART_IBRD = divisor >> 6;
    UART_FBRD = divisor & 63;
    UART_LCR_H = WORD_8;
    UART_CR = ENABLE;
}

/* The interrupt only comes when a byte has gone out: the first is sent by pretending that it came. */
void uart_transmit(void)
{
    UART_IMSC = UART_RX | UART_TX;
    NVIC_PEND = 1u << IRQ_UART0;
}

bool uart_transmitted(void)
{
    return !(UART_IMSC & UART_TX) && !(UART_FR & UART_FR_BUSY);
}

void uart0_interrupt(void)
{
    uint8_t byte;

    while (!(UART_FR & UART_FR_RXFE)) {
        uint32_t received = UART_DR;

        if (received & UART_DR_ERRORS) {
            board_receive_error(board);
        }
        board_receive(board, (uint8_t)received);
    }
    UART_ICR = UART_TX;
    while (!(UART_FR & UART_FR_TXFF)) {
        if (!board_transmit(board, &byte)) {
            UART_IMSC = UART_RX;
            break;
        }
        UART_DR = byte;
    }
}
