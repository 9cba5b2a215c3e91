/* What went wrong since the boot, told once a second. Counters roll over. */
#ifndef EDGED_STATS_H
#define EDGED_STATS_H

#include <stdbool.h>
#include <stdint.h>

#define STATS_PERIOD_US 1000000UL

struct stats {
    uint32_t due_us;
    uint32_t poll_us;                    /* when the present loop began */
    uint32_t loop_us;                    /* the longest time between two polls since the last report */
    uint16_t damaged_frames;             /* commands that were cut, too long or failed their CRC */
    volatile uint16_t receive_overruns;  /* bytes */
    volatile uint16_t event_drops;       /* for which the queue had no room */
    bool wanted;                         /* by a command */
};

void stats_start(struct stats *stats, uint32_t now_us);

/* A loop begins. */
void stats_loop(struct stats *stats, uint32_t now_us);

/* Whether a report is due. */
bool stats_due(const struct stats *stats, uint32_t now_us);

/* A report was sent. */
void stats_sent(struct stats *stats, uint32_t now_us);

#endif
