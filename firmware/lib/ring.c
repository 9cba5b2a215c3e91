#include "ring.h"

void ring_init(struct ring *ring, uint8_t *data, uint16_t size)
{
    ring->data = data;
    ring->mask = (ring_index)(size - 1U);
    ring->head = 0;
    ring->tail = 0;
}

uint16_t ring_used(const struct ring *ring)
{
    return (uint16_t)((ring->head - ring->tail) & ring->mask);
}

uint16_t ring_space(const struct ring *ring)
{
    return (uint16_t)(ring->mask - ring_used(ring));
}

bool ring_put(struct ring *ring, uint8_t byte)
{
    ring_index head = ring->head;

    if (ring_space(ring) == 0) {
        return false;
    }
    ring->data[head] = byte;
    RING_BARRIER();
    ring->head = (ring_index)((head + 1U) & ring->mask);
    return true;
}

bool ring_get(struct ring *ring, uint8_t *byte)
{
    ring_index tail = ring->tail;

    if (ring->head == tail) {
        return false;
    }
    RING_BARRIER();
    *byte = ring->data[tail];
    RING_BARRIER();
    ring->tail = (ring_index)((tail + 1U) & ring->mask);
    return true;
}
