/* What happened, on its way to the host: kept until there is room on the wire. */
#ifndef EDGED_EVENT_H
#define EDGED_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#ifndef EVENTS_MAX
#define EVENTS_MAX 4
#endif

struct event {
    uint32_t t_us;
    uint8_t kind; /* enum event_kind */
    uint8_t source;
    uint8_t value;
};

struct event_queue {
    struct event events[EVENTS_MAX];
    uint8_t first;
    uint8_t count;
};

/* False: full, and the event is lost. */
bool event_put(struct event_queue *queue, const struct event *event);

/* The oldest, or NULL. */
const struct event *event_first(const struct event_queue *queue);

void event_drop_first(struct event_queue *queue);

#endif
