#include "stats.h"

void stats_start(struct stats *stats, uint32_t now_us)
{
    *stats = (struct stats){.due_us = now_us + STATS_PERIOD_US, .poll_us = now_us};
}

void stats_loop(struct stats *stats, uint32_t now_us)
{
    uint32_t loop_us = now_us - stats->poll_us;

    stats->poll_us = now_us;
    if (loop_us > stats->loop_us) {
        stats->loop_us = loop_us;
    }
}

bool stats_due(const struct stats *stats, uint32_t now_us)
{
    return stats->wanted || (int32_t)(now_us - stats->due_us) >= 0;
}

void stats_sent(struct stats *stats, uint32_t now_us)
{
    stats->loop_us = 0;
    stats->wanted = false;
    if ((int32_t)(now_us - stats->due_us) >= 0) {
        stats->due_us += STATS_PERIOD_US;
    }
    if ((int32_t)(now_us - stats->due_us) >= 0) { /* so late that reports would follow each other at once */
        stats->due_us = now_us + STATS_PERIOD_US;
    }
}
