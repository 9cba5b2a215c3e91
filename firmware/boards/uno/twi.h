/* The ATmega's I2C controller. */
#ifndef UNO_TWI_H
#define UNO_TWI_H

/* 400 kHz, with the chip's own pull-ups; a long bus wants stronger ones. */
void twi_init(void);

#endif
