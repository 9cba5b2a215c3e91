/* Where constant tables lie. On AVR a plain const takes RAM; a board's build may define both for another chip. */
#ifndef EDGED_FLASH_H
#define EDGED_FLASH_H

#if defined(__AVR__) && !defined(FLASH_TABLE)
#include <avr/pgmspace.h>
#define FLASH_TABLE PROGMEM
#define FLASH_READ_U32(pointer) pgm_read_dword(pointer)
#endif

#ifndef FLASH_TABLE
#define FLASH_TABLE
#define FLASH_READ_U32(pointer) (*(pointer))
#endif

#endif
