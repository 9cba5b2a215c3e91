#include "check.h"
#include "schedule.h"

/* After n samples the next is due n periods after the start, to the microsecond. */
static void does_not_drift(uint32_t rate_mhz)
{
    struct schedule schedule;
    uint64_t n;
    uint32_t start_us = 0xFFFF0000;

    CHECK_EQUAL(schedule_rate(&schedule, rate_mhz, 0), rate_mhz);
    schedule_start(&schedule, start_us);
    for (n = 0; n < 100000; n++) {
        uint64_t exact_us = n * 1000000000 / rate_mhz;

        if (schedule.due_us != (uint32_t)(start_us + exact_us)) {
            CHECK_EQUAL(schedule.due_us, (uint32_t)(start_us + exact_us));
            return;
        }
        schedule_next(&schedule);
    }
    CHECK_EQUAL(schedule.due_us - start_us, (uint32_t)(n * 1000000000 / rate_mhz));
}

static void keeps_to_a_timers_ticks(void)
{
    struct schedule schedule;
    int i;

    CHECK_EQUAL(schedule_rate(&schedule, 300000, 1000), 333333);
    schedule_start(&schedule, 7);
    for (i = 0; i < 1000; i++) {
        CHECK_EQUAL(schedule.due_us, 7 + 3000 * i);
        schedule_next(&schedule);
    }
    CHECK_EQUAL(schedule_rate(&schedule, 5000000, 1000), 1000000); /* at most one a tick */
    CHECK_EQUAL(schedule_rate(&schedule, 500000, 1), 500000);
}

static void is_due_across_the_roll_over(void)
{
    struct schedule schedule;

    (void)schedule_rate(&schedule, 1000000, 0);
    schedule_start(&schedule, 0xFFFFFF00);
    CHECK(!schedule_is_due(&schedule, 0xFFFFFEFF));
    CHECK(schedule_is_due(&schedule, 0xFFFFFF00));
    CHECK(schedule_is_due(&schedule, 10));
    CHECK(!schedule_is_late(&schedule, 0xFFFFFF00 + 1000));
    CHECK(schedule_is_late(&schedule, 0xFFFFFF00 + 1001));
    schedule_next(&schedule);
    CHECK_EQUAL(schedule.due_us, 744);
    CHECK(!schedule_is_due(&schedule, 743));
    CHECK(!schedule_is_late(&schedule, 743));
}

void test_schedule(void)
{
    does_not_drift(500000);
    does_not_drift(360000);
    does_not_drift(333333);
    does_not_drift(1);
    does_not_drift(130123);
    does_not_drift(1000000000);
    keeps_to_a_timers_ticks();
    is_due_across_the_roll_over();
}
