#include "uart.h"

#include <avr/interrupt.h>
#include <avr/io.h>

static struct board *board;
static volatile bool sending; /* something was written since TXC0 was cleared */

void uart_init(struct board *the_board, uint32_t baud)
{
    board = the_board;
    uart_set_baud(baud);
    UCSR0C = _BV(UCSZ01) | _BV(UCSZ00);
    UCSR0B = _BV(RXEN0) | _BV(TXEN0) | _BV(RXCIE0);
}

bool uart_supports(uint32_t baud)
{
    return baud == 115200 || baud == 250000 || baud == 500000 || baud == 1000000;
}

void uart_set_baud(uint32_t baud)
{
    UCSR0A = _BV(U2X0);
    UBRR0 = (uint16_t)((F_CPU + 4 * baud) / (8 * baud) - 1);
}

void uart_transmit(void)
{
    UCSR0B |= _BV(UDRIE0);
}

bool uart_transmitted(void)
{
    return !(UCSR0B & _BV(UDRIE0)) && (!sending || (UCSR0A & _BV(TXC0)));
}

ISR(USART_UDRE_vect)
{
    uint8_t byte;

    if (board_transmit(board, &byte)) {
        UCSR0A = _BV(U2X0) | _BV(TXC0); /* writing a one clears it */
        UDR0 = byte;
        sending = true;
    } else {
        UCSR0B &= (uint8_t)~_BV(UDRIE0);
    }
}

ISR(USART_RX_vect)
{
    uint8_t status = UCSR0A;
    uint8_t byte = UDR0;

    if (status & (_BV(FE0) | _BV(DOR0))) {
        board_receive_error(board);
    }
    board_receive(board, byte);
}
