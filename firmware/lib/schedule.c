#include "schedule.h"

enum { HALF_ROLLOVER_BIT = 31 };

static const uint32_t MHZ_US = 1000000000UL; /* the rate of one sample a microsecond */

uint32_t schedule_rate(struct schedule *schedule, uint32_t rate_mhz, uint16_t quantum_us)
{
    uint32_t period_us = MHZ_US / rate_mhz;

    schedule->remainder = MHZ_US % rate_mhz;
    if (quantum_us > 1) {
        uint32_t quanta = (period_us + quantum_us / 2U) / quantum_us;

        period_us = (quanta > 0 ? quanta : 1) * quantum_us;
        rate_mhz = (MHZ_US + period_us / 2) / period_us;
        schedule->remainder = 0;
    }
    schedule->rate_mhz = rate_mhz;
    schedule->period_us = period_us;
    schedule->accumulated = 0;
    return rate_mhz;
}

void schedule_start(struct schedule *schedule, uint32_t now_us)
{
    schedule->due_us = now_us;
    schedule->accumulated = 0;
}

bool schedule_is_due(const struct schedule *schedule, uint32_t now_us)
{
    return ((now_us - schedule->due_us) >> HALF_ROLLOVER_BIT) == 0;
}

bool schedule_is_late(const struct schedule *schedule, uint32_t now_us)
{
    return schedule_is_due(schedule, now_us) && now_us - schedule->due_us > schedule->period_us;
}

void schedule_next(struct schedule *schedule)
{
    schedule->due_us += schedule->period_us;
    schedule->accumulated += schedule->remainder;
    if (schedule->accumulated >= schedule->rate_mhz) {
        schedule->accumulated -= schedule->rate_mhz;
        schedule->due_us++;
    }
}
