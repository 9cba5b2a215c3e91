/* Which board this is, which boot, and why it booted. */
#ifndef UNO_IDENTITY_H
#define UNO_IDENTITY_H

#include <stdint.h>

/* Fill in the eight bytes: from EEPROM bytes 0 to 7 where they are written, else from the chip's serial number. */
void identity_uid(uint8_t *uid);

/* Count this boot in the EEPROM (bytes 8 to 11) and return the count. */
uint32_t identity_boot_id(void);

/* An enum reset_cause. */
uint8_t identity_reset_cause(void);

/* Reset, which the next boot knows to be wanted. */
void identity_reboot(void);

/* The least memory that was ever free between the variables and the stack, in bytes. */
uint32_t identity_free_ram(void);

#endif
