/* The I2C controller, on GP4 and GP5. */
#ifndef PICO_BUS_H
#define PICO_BUS_H

/* 400 kHz. */
void bus_init(void);

#endif
