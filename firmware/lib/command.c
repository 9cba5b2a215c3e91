#include "command.h"

#include <stddef.h>

#include "board.h"
#include "report.h"

static uint16_t u16_at(const uint8_t *bytes)
{
    return (uint16_t)(bytes[0] | (uint16_t)bytes[1] << 8);
}

static uint32_t u32_at(const uint8_t *bytes)
{
    return u16_at(bytes) | (uint32_t)u16_at(bytes + 2) << 16;
}

static void append(struct ack *ack, uint32_t value, uint8_t size)
{
    while (size-- > 0) {
        ack->data[ack->length++] = (uint8_t)value;
        value >>= 8;
    }
}

/* The functions below are executions: arguments are as long as the table says, data of the result goes into ack. */

static uint8_t identify(struct board *board, const uint8_t *arguments, struct ack *ack)
{
    (void)arguments;
    (void)ack;
    board_describe(board);
    board->blinks = BLINKS;
    return RESULT_OK;
}

static uint8_t set_rate(struct board *board, const uint8_t *arguments, struct ack *ack)
{
    uint8_t stream = arguments[0];
    uint32_t rate_mhz = u32_at(arguments + 2);
    uint8_t result = board_set_rate(board, stream, &rate_mhz);

    if (result == RESULT_OK) {
        append(ack, rate_mhz, sizeof rate_mhz);
    }
    return result;
}

static uint8_t run(struct board *board, uint16_t mask, bool on)
{
    uint8_t result = RESULT_OK;
    uint8_t i;

    if (mask >> board->config->stream_count != 0) {
        return RESULT_BAD_ARGUMENT;
    }
    for (i = 0; i < board->config->stream_count; i++) {
        if ((mask >> i & 1) != 0) {
            uint8_t of_stream = board_run(board, i, on);

            result = of_stream == RESULT_OK ? result : of_stream;
        }
    }
    return result;
}

static uint8_t start(struct board *board, const uint8_t *arguments, struct ack *ack)
{
    (void)ack;
    return run(board, u16_at(arguments), true);
}

static uint8_t stop(struct board *board, const uint8_t *arguments, struct ack *ack)
{
    (void)ack;
    return run(board, u16_at(arguments), false);
}

static uint8_t set_baud(struct board *board, const uint8_t *arguments, struct ack *ack)
{
    uint32_t baud = u32_at(arguments);

    (void)ack;
    if (board->hardware->baud_supported == NULL) {
        return RESULT_UNKNOWN;
    }
    if (baud == 0 || !board->hardware->baud_supported(baud)) {
        return RESULT_BAD_ARGUMENT;
    }
    board->baud = baud;
    return RESULT_OK;
}

static uint8_t test(struct board *board, const uint8_t *arguments, struct ack *ack)
{
    (void)ack;
    if (arguments[0] > TEST_RAMP) {
        return RESULT_BAD_ARGUMENT;
    }
    board_test(board, arguments[0]);
    return RESULT_OK;
}

static uint8_t send_stats(struct board *board, const uint8_t *arguments, struct ack *ack)
{
    (void)arguments;
    (void)ack;
    board->stats.wanted = true;
    return RESULT_OK;
}

static uint8_t reboot(struct board *board, const uint8_t *arguments, struct ack *ack)
{
    (void)arguments;
    (void)ack;
    if (board->hardware->reboot == NULL) {
        return RESULT_UNKNOWN;
    }
    board->rebooting = true;
    return RESULT_OK;
}

static uint8_t execute(struct board *board, const struct frame *frame, uint32_t received_us, struct ack *ack)
{
    static const struct {
        uint8_t type;
        uint8_t length; /* of the arguments; what follows them is ignored */
        uint8_t (*execute)(struct board *board, const uint8_t *arguments, struct ack *ack);
    } commands[] = {
        {TYPE_IDENTIFY, 0, identify},
        {TYPE_SET_RATE, 6, set_rate},
        {TYPE_START, 2, start},
        {TYPE_STOP, 2, stop},
        {TYPE_SET_BAUD, 4, set_baud},
        {TYPE_TEST, 1, test},
        {TYPE_SEND_STATS, 0, send_stats},
        {TYPE_REBOOT, 0, reboot},
    };
    uint8_t i;

    if (frame->type == TYPE_TIME) { /* the board keeps no wall clock: the host's time is for a listener's trace */
        if (frame->length < 8) {
            return RESULT_BAD_ARGUMENT;
        }
        append(ack, received_us, sizeof received_us);
        append(ack, board_now_us(board), sizeof(uint32_t));
        append(ack, board_rollovers(board, received_us), sizeof(uint16_t));
        return RESULT_OK;
    }
    for (i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (commands[i].type == frame->type) {
            if (frame->length < commands[i].length) {
                return RESULT_BAD_ARGUMENT;
            }
            return commands[i].execute(board, frame->payload, ack);
        }
    }
    return RESULT_UNKNOWN;
}

static const struct ack *remembered(const struct command_memory *memory, uint16_t request)
{
    uint8_t i;

    for (i = 0; i < memory->count; i++) {
        if (memory->acks[i].request == request) {
            return &memory->acks[i];
        }
    }
    return NULL;
}

void command_handle(struct board *board, const struct frame *frame, uint32_t received_us)
{
    struct command_memory *memory = &board->memory;
    const struct ack *done;

    if (frame->type < COMMAND_FIRST || frame->type > COMMAND_LAST) {
        return;
    }
    done = remembered(memory, frame->sequence);
    if (done == NULL) {
        struct ack *ack = &memory->acks[memory->next];

        ack->request = frame->sequence;
        ack->command = frame->type;
        ack->length = 0;
        ack->result = execute(board, frame, received_us, ack);
        memory->next = (uint8_t)((memory->next + 1) % COMMANDS_REMEMBERED);
        memory->count = (uint8_t)(memory->count + (memory->count < COMMANDS_REMEMBERED));
        done = ack;
    }
    report_ack(board, done);
}
