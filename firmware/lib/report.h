/* The frames a board sends. Each returns false, and has sent nothing, where the transmit ring has no room for it. */
#ifndef EDGED_REPORT_H
#define EDGED_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "board.h"

/* What any frame but DATA and those with text needs of the ring; the longest of them is STATS. */
enum { REPORT_SPACE = FRAME_MIN + 22 + WIRE_OVERHEAD };

bool report_hello(struct board *board, uint32_t now_us);
bool report_channel(struct board *board, uint8_t index);
bool report_data(struct board *board, uint8_t stream, const struct bank *bank);
bool report_event(struct board *board, const struct event *event);
bool report_stats(struct board *board, uint32_t now_us);
bool report_ack(struct board *board, const struct ack *ack);

#endif
