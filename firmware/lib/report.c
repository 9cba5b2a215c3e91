#include "report.h"

enum { HELLO_PAYLOAD = 26, CHANNEL_PAYLOAD = 20, EVENT_PAYLOAD = 7, STATS_PAYLOAD = 20, ACK_PAYLOAD = 4 };

static bool begin(struct board *board, struct frame_writer *writer, uint8_t type, uint8_t payload)
{
    if (!frame_begin(writer, &board->tx, type, STREAM_BOARD, board->sequence, payload)) {
        return false;
    }
    board->sequence++;
    return true;
}

static void end(struct board *board, struct frame_writer *writer)
{
    frame_end(writer);
    board->hardware->transmit();
}

static uint8_t text_length(const char *text, uint8_t max)
{
    uint8_t length = 0;

    while (length < max && text[length] != 0) {
        length++;
    }
    return length;
}

bool report_hello(struct board *board, uint32_t now_us)
{
    const struct board_config *config = board->config;
    uint8_t length = text_length(config->model, MODEL_MAX);
    struct frame_writer writer;

    if (!begin(board, &writer, TYPE_HELLO, (uint8_t)(HELLO_PAYLOAD + length))) {
        return false;
    }
    frame_u8(&writer, PROTOCOL_MAJOR);
    frame_u8(&writer, PROTOCOL_MINOR);
    frame_u16(&writer, config->firmware);
    frame_bytes(&writer, config->uid, sizeof config->uid);
    frame_u8(&writer, config->reset_cause);
    frame_u8(&writer, config->stream_count);
    frame_u8(&writer, config->channel_count);
    frame_u8(&writer, FRAME_MAX);
    frame_u32(&writer, config->boot_id);
    frame_u32(&writer, now_us);
    frame_u16(&writer, config->capabilities);
    frame_bytes(&writer, config->model, length);
    end(board, &writer);
    return true;
}

bool report_channel(struct board *board, uint8_t index)
{
    const struct channel *channel = &board->config->channels[index];
    uint8_t length = text_length(channel->label, LABEL_MAX);
    struct frame_writer writer;

    if (!begin(board, &writer, TYPE_CHANNEL, (uint8_t)(CHANNEL_PAYLOAD + length))) {
        return false;
    }
    frame_u8(&writer, index);
    frame_u8(&writer, channel->stream);
    frame_u8(&writer, channel->kind);
    frame_u8(&writer, channel->format);
    frame_f32(&writer, channel->scale);
    frame_f32(&writer, channel->offset);
    frame_u32(&writer, board->streams[channel->stream].schedule.rate_mhz);
    frame_u8(&writer, channel->adc_bits);
    frame_u8(&writer, channel->unit);
    frame_u16(&writer, channel->flags);
    frame_bytes(&writer, channel->label, length);
    end(board, &writer);
    return true;
}

bool report_data(struct board *board, uint8_t stream, const struct bank *bank)
{
    uint8_t length = (uint8_t)(bank->count * board->streams[stream].sample_size); /* at most DATA_SAMPLES_MAX */
    struct frame_writer writer;

    if (!frame_begin(&writer, &board->tx, TYPE_DATA, stream, bank->sequence, (uint8_t)(DATA_HEADER + length))) {
        return false;
    }
    frame_u32(&writer, bank->t_us);
    frame_u8(&writer, bank->count);
    frame_u8(&writer, bank->status);
    frame_bytes(&writer, bank->bytes, length);
    end(board, &writer);
    return true;
}

bool report_event(struct board *board, const struct event *event)
{
    struct frame_writer writer;

    if (!begin(board, &writer, TYPE_EVENT, EVENT_PAYLOAD)) {
        return false;
    }
    frame_u32(&writer, event->t_us);
    frame_u8(&writer, event->kind);
    frame_u8(&writer, event->source);
    frame_u8(&writer, event->value);
    end(board, &writer);
    return true;
}

/* The counters that interrupts write are wider than a byte: read in one piece. */
static void counters(const struct board *board, uint16_t *receive_overruns, uint16_t *drops, uint16_t *late)
{
    uint8_t state = board->hardware->lock();
    uint8_t i;

    *receive_overruns = board->stats.receive_overruns;
    *drops = board->stats.event_drops;
    *late = 0;
    for (i = 0; i < board->config->stream_count; i++) {
        *drops += board->streams[i].overruns;
        *late += board->streams[i].late;
    }
    board->hardware->unlock(state);
}

bool report_stats(struct board *board, uint32_t now_us)
{
    uint16_t receive_overruns;
    uint16_t drops;
    uint16_t late;
    struct frame_writer writer;

    if (!begin(board, &writer, TYPE_STATS, STATS_PAYLOAD)) {
        return false;
    }
    counters(board, &receive_overruns, &drops, &late);
    frame_u32(&writer, now_us);
    frame_u32(&writer, board->hardware->free_ram());
    frame_u32(&writer, board->stats.loop_us);
    frame_u16(&writer, board->stats.damaged_frames);
    frame_u16(&writer, receive_overruns);
    frame_u16(&writer, drops);
    frame_u16(&writer, late);
    end(board, &writer);
    return true;
}

bool report_ack(struct board *board, const struct ack *ack)
{
    struct frame_writer writer;

    if (!begin(board, &writer, TYPE_ACK, (uint8_t)(ACK_PAYLOAD + ack->length))) {
        return false;
    }
    frame_u16(&writer, ack->request);
    frame_u8(&writer, ack->command);
    frame_u8(&writer, ack->result);
    frame_bytes(&writer, ack->data, ack->length);
    end(board, &writer);
    return true;
}
