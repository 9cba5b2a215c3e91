/* Which board this is, which boot, and why it booted. */
#ifndef PICO_IDENTITY_H
#define PICO_IDENTITY_H

#include <stdint.h>

/* Fill in the eight bytes that the flash chip was given at its factory. Interrupts must be off. */
void identity_uid(uint8_t *uid);

/* A random number: the ring oscillator's, which is noisy. */
uint32_t identity_boot_id(void);

/* An enum reset_cause. A brown-out looks like a power-on. */
uint8_t identity_reset_cause(void);

/* Reset, which the next boot knows to be wanted. */
void identity_reboot(void);

/* Paint the memory that is free now. */
void identity_paint(void);

/* The least memory that was ever free between the variables and the stack, in bytes; to within 256. */
uint32_t identity_free_ram(void);

#endif
