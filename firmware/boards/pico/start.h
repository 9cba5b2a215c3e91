/* From reset to main: memory, clocks, and the vectors that the interrupt handlers of the other files are in. */
#ifndef PICO_START_H
#define PICO_START_H

enum { CLOCK_HZ = 48000000 }; /* of the processor, the UART, I2C and the converter */

int main(void);
void reset(void);

/* Interrupts. */
void timer_0_interrupt(void);
void io_interrupt(void);
void uart0_interrupt(void);

#endif
