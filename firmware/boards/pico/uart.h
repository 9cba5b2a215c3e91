/* The UART on GP0 and GP1: both directions by interrupts. */
#ifndef PICO_UART_H
#define PICO_UART_H

#include "board.h"

void uart_init(struct board *board, uint32_t baud);
bool uart_supports(uint32_t baud);
void uart_set_baud(uint32_t baud);

/* There is something to send. */
void uart_transmit(void);

/* Whether all of it is out. */
bool uart_transmitted(void);

#endif
