#include "event.h"

#include <stddef.h>

bool event_put(struct event_queue *queue, const struct event *event)
{
    if (queue->count == EVENTS_MAX) {
        return false;
    }
    queue->events[(queue->first + queue->count) % EVENTS_MAX] = *event;
    queue->count++;
    return true;
}

const struct event *event_first(const struct event_queue *queue)
{
    return queue->count > 0 ? &queue->events[queue->first] : NULL;
}

void event_drop_first(struct event_queue *queue)
{
    queue->first = (uint8_t)((queue->first + 1) % EVENTS_MAX);
    queue->count--;
}
