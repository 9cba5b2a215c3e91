#include "check.h"
#include "stats.h"

void test_stats(void)
{
    struct stats stats;
    uint32_t start_us = 0xFFFFFFF0;

    stats_start(&stats, start_us);
    stats_loop(&stats, start_us + 10);
    stats_loop(&stats, start_us + 310);
    stats_loop(&stats, start_us + 320);
    CHECK_EQUAL(stats.loop_us, 300);
    CHECK(!stats_due(&stats, start_us + 999999));
    CHECK(stats_due(&stats, start_us + 1000000));
    stats_sent(&stats, start_us + 1000400);
    CHECK_EQUAL(stats.loop_us, 0);
    CHECK(!stats_due(&stats, start_us + 1999999));
    CHECK(stats_due(&stats, start_us + 2000000)); /* a late report delays none */
    stats_sent(&stats, start_us + 5500000);
    CHECK(!stats_due(&stats, start_us + 6499999)); /* reports that were missed are not made up for */
    CHECK(stats_due(&stats, start_us + 6500000));
    stats_sent(&stats, start_us + 6500000);
    stats.wanted = true;
    CHECK(stats_due(&stats, start_us + 6500001));
    stats_sent(&stats, start_us + 6500001);
    CHECK(!stats_due(&stats, start_us + 7499999));
    CHECK(stats_due(&stats, start_us + 7500000)); /* one that was asked for changes no other */
}
