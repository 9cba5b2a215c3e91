/* The UART: both directions by interrupts. */
#ifndef UNO_UART_H
#define UNO_UART_H

#include "board.h"

void uart_init(struct board *board, uint32_t baud);

/* The rates that 16 MHz divides into within 2.1 %. */
bool uart_supports(uint32_t baud);

void uart_set_baud(uint32_t baud);

/* There is something to send. */
void uart_transmit(void);

/* Whether all of it is out. */
bool uart_transmitted(void);

#endif
