#include "board.h"

#include <stddef.h>

static uint8_t channels_of(const struct board_config *config, uint8_t stream, const struct channel **first)
{
    uint8_t count = 0;
    uint8_t i;

    for (i = 0; i < config->channel_count; i++) {
        if (config->channels[i].stream == stream) {
            if (count == 0) {
                *first = &config->channels[i];
            } else if (*first + count != &config->channels[i]) {
                return 0;
            }
            count++;
        }
    }
    return count;
}

static bool power_of_two(uint16_t size)
{
    return size > 0 && (size & (size - 1U)) == 0;
}

bool board_init(struct board *board, const struct board_config *config)
{
    uint8_t i;

    *board = (struct board){.config = config, .hardware = config->hardware};
    if (!power_of_two(config->tx_size) || config->tx_size < FRAME_MAX + WIRE_OVERHEAD) {
        return false;
    }
    if (!power_of_two(config->rx_size) || config->stream_count > STREAMS_MAX) {
        return false;
    }
    ring_init(&board->tx, config->tx, config->tx_size);
    ring_init(&board->rx, config->rx, config->rx_size);
    frame_receiver_init(&board->receiver, config->command, config->command_size);
    for (i = 0; i < config->stream_count; i++) {
        const struct channel *first = NULL;
        uint8_t count = channels_of(config, i, &first);
        uint32_t rate_mhz = config->streams[i].rate_mhz;

        if (count > CHANNELS_MAX || !stream_init(&board->streams[i], &config->streams[i], first, count)) {
            return false;
        }
        if (board_set_rate(board, i, &rate_mhz) != RESULT_OK) {
            return false;
        }
    }
    board->last_us = board->hardware->now_us();
    stats_start(&board->stats, board->last_us);
    (void)ring_put(&board->tx, 0); /* ends whatever the line carried during the reset */
    board_describe(board);
    return true;
}

/* What interrupts call. */

void board_receive(struct board *board, uint8_t byte)
{
    if (byte == 0) {
        board->delimiter_us = board->hardware->now_us();
    }
    if (!ring_put(&board->rx, byte)) {
        board->stats.receive_overruns++;
    }
}

void board_receive_error(struct board *board)
{
    board->stats.receive_overruns++;
}

bool board_transmit(struct board *board, uint8_t *byte)
{
    return ring_get(&board->tx, byte);
}

void board_sample(struct board *board, uint8_t index)
{
    struct stream *stream = &board->streams[index];
    int32_t raw[CHANNELS_MAX] = {0};
    uint8_t status = 0;
    uint32_t now_us;
    uint32_t due_us;
    uint8_t i;

    if (!stream->running) {
        return;
    }
    now_us = board->hardware->now_us();
    if (!schedule_is_due(&stream->schedule, now_us)) {
        return;
    }
    if (schedule_is_late(&stream->schedule, now_us)) {
        stream_catch_up(stream, now_us);
    }
    due_us = stream->schedule.due_us;
    schedule_next(&stream->schedule);
    if (stream->pattern == TEST_OFF) {
        uint8_t first = (uint8_t)(stream->channels - board->config->channels);

        for (i = 0; i < stream->channel_count; i++) {
            status |= board->hardware->read((uint8_t)(first + i), &raw[i]);
        }
    }
    stream_push(stream, due_us, raw, status);
}

void board_push(struct board *board, uint8_t index, uint32_t t_us, const int32_t *raw, uint8_t status)
{
    struct stream *stream = &board->streams[index];

    if (stream->running) {
        stream_push(stream, t_us, raw, status);
    }
}

void board_event(struct board *board, uint8_t kind, uint8_t source, uint8_t value)
{
    struct event event = {board->hardware->now_us(), kind, source, value};
    uint8_t state = board->hardware->lock();

    if (!event_put(&board->events, &event)) {
        board->stats.event_drops++;
    }
    board->hardware->unlock(state);
}

/* What commands do. */

void board_describe(struct board *board)
{
    board->describing = (uint8_t)(board->config->channel_count + 1);
}

static bool halt(struct board *board, struct stream *stream)
{
    uint8_t state = board->hardware->lock();
    bool running = stream->running;

    stream->running = false;
    stream_flush(stream);
    board->hardware->unlock(state);
    return running;
}

static void resume(struct board *board, struct stream *stream)
{
    stream_start(stream, board->hardware->now_us());
    RING_BARRIER();
    stream->running = true;
}

uint8_t board_set_rate(struct board *board, uint8_t index, uint32_t *rate_mhz)
{
    const struct stream_config *config;
    struct stream *stream;
    uint32_t achieved_mhz = *rate_mhz;
    uint16_t quantum_us;
    bool running;

    if (index >= board->config->stream_count || achieved_mhz == 0) {
        return RESULT_BAD_ARGUMENT;
    }
    config = &board->config->streams[index];
    stream = &board->streams[index];
    quantum_us = config->quantum_us;
    if (achieved_mhz < config->min_rate_mhz || achieved_mhz > config->max_rate_mhz) {
        return RESULT_BAD_ARGUMENT;
    }
    running = halt(board, stream);
    if (board->hardware->set_rate != NULL) {
        achieved_mhz = board->hardware->set_rate(index, achieved_mhz);
        quantum_us = 0;
    }
    if (achieved_mhz > 0) {
        *rate_mhz = stream_rate(stream, achieved_mhz, quantum_us);
    }
    if (running) {
        resume(board, stream);
    }
    return achieved_mhz > 0 ? RESULT_OK : RESULT_HARDWARE;
}

uint8_t board_run(struct board *board, uint8_t index, bool on)
{
    struct stream *stream = &board->streams[index];
    uint8_t result = RESULT_OK;

    if (stream->running == on) {
        return RESULT_OK;
    }
    if (!on) {
        (void)halt(board, stream);
    }
    if (board->hardware->run != NULL) {
        result = board->hardware->run(index, on);
    }
    if (on && result == RESULT_OK) {
        resume(board, stream);
    }
    return result;
}

void board_test(struct board *board, uint8_t pattern)
{
    uint8_t i;

    for (i = 0; i < board->config->stream_count; i++) {
        uint8_t state = board->hardware->lock();

        stream_flush(&board->streams[i]);
        board->streams[i].pattern = pattern;
        board->hardware->unlock(state);
    }
}

uint32_t board_now_us(struct board *board)
{
    uint32_t now_us = board->hardware->now_us();

    if (now_us < board->last_us) {
        board->rollovers++;
    }
    board->last_us = now_us;
    return now_us;
}

uint16_t board_rollovers(const struct board *board, uint32_t t_us)
{
    return t_us > board->last_us ? (uint16_t)(board->rollovers - 1) : board->rollovers;
}
