#include <stddef.h>

#include "check.h"
#include "event.h"
#include "protocol.h"

void test_event(void)
{
    struct event_queue queue = {.first = 0};
    unsigned put;
    unsigned got = 0;

    CHECK(event_first(&queue) == NULL);
    for (put = 0; put < 3 * EVENTS_MAX;) {
        struct event event = {put, EVENT_BUTTON, 1, 0};

        if (event_put(&queue, &event)) {
            put++;
        } else {
            CHECK_EQUAL(put - got, EVENTS_MAX);
            CHECK_EQUAL(event_first(&queue)->t_us, got);
            event_drop_first(&queue);
            got++;
        }
    }
    while (event_first(&queue) != NULL) {
        CHECK_EQUAL(event_first(&queue)->t_us, got++);
        event_drop_first(&queue);
    }
    CHECK_EQUAL(got, put);
}
