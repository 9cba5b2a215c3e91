/* CRC-32/ISO-HDLC, which is zlib's. */
#ifndef EDGED_CRC32_H
#define EDGED_CRC32_H

#include <stdint.h>

#define CRC32_INIT 0xFFFFFFFFUL
#define CRC32_RESIDUE 0xDEBB20E3UL /* the state after a message and its CRC */

/* The state after one more byte; the CRC is the complement of the last state. */
uint32_t crc32_update(uint32_t state, uint8_t byte);

#endif
