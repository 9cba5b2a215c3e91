/* Commands: each is executed once and acknowledged as often as it is sent. */
#ifndef EDGED_COMMAND_H
#define EDGED_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

#include "frame.h"

#ifndef COMMANDS_REMEMBERED
#define COMMANDS_REMEMBERED 4
#endif

enum { ACK_RESULT_MAX = 10 };

/* An acknowledgement as it was sent, to be sent again. */
struct ack {
    uint16_t request;
    uint8_t command;
    uint8_t result;            /* enum result */
    uint8_t length;            /* of data */
    uint8_t data[ACK_RESULT_MAX];
};

struct command_memory {
    struct ack acks[COMMANDS_REMEMBERED];
    uint8_t next;
    uint8_t count;
};

struct board;

/* Execute a command, or remember what it did, and acknowledge. received_us: when its last byte came. */
void command_handle(struct board *board, const struct frame *frame, uint32_t received_us);

#endif
