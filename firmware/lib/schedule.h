/* When the samples of a stream are due, on a microsecond counter that rolls over, without drift. */
#ifndef EDGED_SCHEDULE_H
#define EDGED_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

struct schedule {
    uint32_t rate_mhz;    /* as achieved */
    uint32_t due_us;      /* of the next sample */
    uint32_t period_us;   /* whole microseconds of a period */
    uint32_t remainder;   /* what is left of it, in 1/rate_mhz us */
    uint32_t accumulated; /* of remainders */
};

/*
 * Set the rate and return what is achieved, in mHz; 0 < rate_mhz <= 1,000,000,000.
 * quantum_us: 0 or 1 spreads what a microsecond cannot hold over the periods, and achieves the rate exactly on
 * average; a larger one makes the period a whole number of it, as a timer that only ticks so often needs.
 */
uint32_t schedule_rate(struct schedule *schedule, uint32_t rate_mhz, uint16_t quantum_us);

/* The first sample is due at now_us. */
void schedule_start(struct schedule *schedule, uint32_t now_us);

/* Whether a sample is due; more than half a roll-over late counts as early. */
bool schedule_is_due(const struct schedule *schedule, uint32_t now_us);

/* Whether the sample after the one that is due is due, too. */
bool schedule_is_late(const struct schedule *schedule, uint32_t now_us);

/* Go on to the next sample. */
void schedule_next(struct schedule *schedule);

#endif
