/* What a poll does: the only sender. */
#include <stddef.h>

#include "board.h"
#include "report.h"


static void sample(struct board *board)
{
    uint8_t i;

    for (i = 0; i < board->config->stream_count; i++) {
        if (!board->config->streams[i].in_interrupt) {
            board_sample(board, i);
        }
    }
}

/* When the frame that ended just now was received: exactly, unless more has come since. */
static uint32_t received_us(struct board *board)
{
    uint32_t now_us = board->hardware->now_us();
    uint8_t state = board->hardware->lock();

    if (ring_used(&board->rx) == 0) {
        now_us = board->delimiter_us;
    }
    board->hardware->unlock(state);
    return now_us;
}

/* Takes at most one command, and none that could not be acknowledged. */
static void receive(struct board *board)
{
    struct frame frame;
    uint8_t byte;

    while (ring_space(&board->tx) >= REPORT_SPACE && ring_get(&board->rx, &byte)) {
        switch (frame_feed(&board->receiver, byte, &frame)) {
        case FRAME_NOTHING:
            break;
        case FRAME_GOOD:
            command_handle(board, &frame, received_us(board));
            return;
        default:
            board->stats.damaged_frames++;
            break;
        }
    }
}

static bool describe(struct board *board, uint32_t now_us)
{
    uint8_t all = (uint8_t)(board->config->channel_count + 1);

    while (board->describing > 0) {
        bool sent = board->describing == all ? report_hello(board, now_us)
                                             : report_channel(board, (uint8_t)(all - 1 - board->describing));
        if (!sent) {
            return false;
        }
        board->describing--;
    }
    return true;
}

static bool send_events(struct board *board)
{
    const struct event *event;

    while ((event = event_first(&board->events)) != NULL) {
        uint8_t state;

        if (!report_event(board, event)) {
            return false;
        }
        state = board->hardware->lock();
        event_drop_first(&board->events);
        board->hardware->unlock(state);
    }
    return true;
}

static void toggle(struct board *board)
{
    if (board->hardware->led != NULL) {
        board->led = !board->led;
        board->hardware->led(board->led);
    }
}

static bool send_stats(struct board *board, uint32_t now_us)
{
    if (!stats_due(&board->stats, now_us)) {
        return true;
    }
    if (!report_stats(board, now_us)) {
        return false;
    }
    stats_sent(&board->stats, now_us);
    toggle(board);
    return true;
}

/* After IDENTIFY, so that somebody finds this board among others. */
static void blink(struct board *board, uint32_t now_us)
{
    if (board->blinks > 0 && now_us - board->blink_us >= BLINK_US) {
        board->blinks--;
        board->blink_us = now_us;
        toggle(board);
    }
}

/* By turns: a frame that does not fit is waited for, or short ones would for ever go before long ones. */
static void send_data(struct board *board)
{
    uint8_t i;

    for (i = 0; i < board->config->stream_count; i++) {
        struct stream *stream = &board->streams[board->turn];
        struct bank *bank = stream_full_bank(stream);

        if (bank != NULL) {
            if (!report_data(board, board->turn, bank)) {
                return;
            }
            stream_release(stream, bank);
        }
        board->turn = (uint8_t)((board->turn + 1) % board->config->stream_count);
    }
}

static void change_line(struct board *board)
{
    if (ring_used(&board->tx) > 0 || !board->hardware->transmitted()) {
        return;
    }
    if (board->rebooting) {
        board->hardware->reboot();
        board->rebooting = false;
        return;
    }
    board->hardware->set_baud(board->baud);
    board->baud = 0;
    (void)ring_put(&board->tx, 0); /* ends what the other side read of the change */
    board->hardware->transmit();
}

void board_poll(struct board *board)
{
    uint32_t now_us = board_now_us(board);

    stats_loop(&board->stats, now_us);
    sample(board);
    blink(board, now_us);
    if (board->rebooting || board->baud != 0) {
        change_line(board);
        return;
    }
    receive(board);
    if (describe(board, now_us) && send_events(board) && send_stats(board, now_us)) {
        send_data(board);
    }
}
