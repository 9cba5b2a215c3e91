/* A byte ring between one producer and one consumer, either of which may be an interrupt handler. */
#ifndef EDGED_RING_H
#define EDGED_RING_H

#include <stdbool.h>
#include <stdint.h>

/* An index must be read and written by one instruction: a byte on AVR, where a ring is at most 256 bytes. */
#if defined(RING_INDEX)
typedef RING_INDEX ring_index;
#elif defined(__AVR__)
typedef uint8_t ring_index;
#else
typedef uint16_t ring_index;
#endif

/* Bytes are in memory before the index that publishes them. Enough on one core. */
#define RING_BARRIER() __asm__ volatile("" ::: "memory")

struct ring {
    uint8_t *data;
    ring_index mask;
    volatile ring_index head; /* written by the producer only */
    volatile ring_index tail; /* written by the consumer only */
};

/* size: a power of two, of which one byte is never used. */
void ring_init(struct ring *ring, uint8_t *data, uint16_t size);

uint16_t ring_used(const struct ring *ring);
uint16_t ring_space(const struct ring *ring);

/* The producer's. False: full, and nothing was stored. */
bool ring_put(struct ring *ring, uint8_t byte);

/* The consumer's. False: empty. */
bool ring_get(struct ring *ring, uint8_t *byte);

#endif
