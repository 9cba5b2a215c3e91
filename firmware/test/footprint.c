/* The smallest board there is, for its size on an ATmega328P: the library and nothing of the hardware. */
#include "board.h"

static uint8_t nothing;
static volatile uint32_t clock_us;

static uint32_t now_us(void)
{
    return clock_us;
}

static uint8_t read_channel(uint8_t channel, int32_t *raw)
{
    *raw = channel;
    return 0;
}

static void transmit(void)
{
}

static bool transmitted(void)
{
    return true;
}

static uint8_t lock(void)
{
    return 0;
}

static void unlock(uint8_t state)
{
    nothing = state;
}

static uint32_t free_ram(void)
{
    return 0;
}

static uint8_t command[64];
static const struct channel channels[] = {{.label = "", .format = FORMAT_I16}};
static const struct stream_config streams[] = {
    {.samples = command, .samples_size = 4, .rate_mhz = 1, .max_rate_mhz = 1},
};
static const struct board_hardware hardware = {
    .now_us = now_us,
    .read = read_channel,
    .transmit = transmit,
    .transmitted = transmitted,
    .lock = lock,
    .unlock = unlock,
    .free_ram = free_ram,
};
static const struct board_config config = {
    .model = "",
    .channel_count = 1,
    .stream_count = 1,
    .channels = channels,
    .streams = streams,
    .tx = command, /* no ring is counted: their sizes are the board's */
    .tx_size = 256,
    .rx = command,
    .rx_size = 64,
    .command = command,
    .command_size = sizeof command,
    .hardware = &hardware,
};

static struct board board;

int main(void)
{
    uint8_t byte;

    (void)board_init(&board, &config);
    for (;;) {
        board_poll(&board);
        board_receive(&board, nothing);
        board_event(&board, EVENT_BUTTON, 0, 0);
        if (board_transmit(&board, &byte)) {
            nothing = byte;
        }
    }
}
