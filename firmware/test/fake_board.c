#include "fake_board.h"

#include <string.h>

struct fake_board fake;

static uint8_t tx[256];
static uint8_t rx[256];
static uint8_t command[FRAME_MAX];
static uint8_t fast[STREAM_BYTES(20, 4)];
static uint8_t middle[STREAM_BYTES(4, 6)];
static uint8_t slow[STREAM_BYTES(1, 4)];

static const struct channel channels[FAKE_CHANNELS] = {
    {"ECG", 0.5F, -1.0F, CHANNEL_LEAD_OFF_DETECTION, 0, KIND_ECG, FORMAT_I16, UNIT_MV, 12},
    {"EDA", 0.25F, 0, 0, 0, KIND_EDA, FORMAT_U16, UNIT_US, 10},
    {"red", 1.0F, 0, 0, 1, KIND_PPG_RED, FORMAT_I24, UNIT_NA, 0},
    {"infrared", 1.0F, 0, 0, 1, KIND_PPG_INFRARED, FORMAT_I24, UNIT_NA, 0},
    {"skin", 1.0F, 0, 0, 2, KIND_TEMPERATURE, FORMAT_F32, UNIT_CELSIUS, 0},
};

static uint32_t now_us(void)
{
    return fake.now_us;
}

static uint8_t read_channel(uint8_t channel, int32_t *raw)
{
    fake.reads++;
    *raw = fake.raw[channel];
    return fake.status[channel];
}

static void transmit(void)
{
    fake.transmit_asked = true;
}

static bool transmitted(void)
{
    return !fake.shifting;
}

static uint8_t lock(void)
{
    return (uint8_t)fake.locks++;
}

static void unlock(uint8_t state)
{
    fake.locks = state;
}

static uint32_t free_ram(void)
{
    return 1234;
}

static void reboot(void)
{
    fake.reboots++;
}

static void led(bool on)
{
    (void)on;
    fake.leds++;
}

static bool baud_supported(uint32_t baud)
{
    return baud <= 1000000;
}

static void set_baud(uint32_t baud)
{
    fake.baud = baud;
}

static uint8_t run(uint8_t stream, bool on)
{
    (void)stream;
    return on ? fake.run_result : RESULT_OK;
}

void fake_configure(void)
{
    memset(&fake, 0, sizeof fake);
    fake.hardware = (struct board_hardware){
        .now_us = now_us,
        .read = read_channel,
        .transmit = transmit,
        .transmitted = transmitted,
        .lock = lock,
        .unlock = unlock,
        .free_ram = free_ram,
        .reboot = reboot,
        .led = led,
        .baud_supported = baud_supported,
        .set_baud = set_baud,
        .run = run,
    };
    fake.streams[0] = (struct stream_config){fast, sizeof fast, 500000, 1000, 2000000, 0, false};
    fake.streams[1] = (struct stream_config){middle, sizeof middle, 100000, 25000, 400000, 0, false};
    fake.streams[2] = (struct stream_config){slow, sizeof slow, 1000, 100, 10000, 0, false};
    fake.config = (struct board_config){
        .model = "fake",
        .firmware = 0x0102,
        .capabilities = CAPABILITY_SET_BAUD | CAPABILITY_SET_RATE | CAPABILITY_TEST_PATTERN | CAPABILITY_REBOOT,
        .boot_id = 0xB0071D00,
        .uid = {1, 2, 3, 4, 5, 6, 7, 8},
        .reset_cause = RESET_POWER_ON,
        .channel_count = FAKE_CHANNELS,
        .stream_count = FAKE_STREAMS,
        .channels = channels,
        .streams = fake.streams,
        .tx = tx,
        .tx_size = sizeof tx,
        .rx = rx,
        .rx_size = sizeof rx,
        .command = command,
        .command_size = sizeof command,
        .hardware = &fake.hardware,
    };
    fake.raw[1] = 1; /* at 0 it would be saturated */
    fake.line_bytes = UINT16_MAX;
    frame_receiver_init(&fake.receiver, fake.received, sizeof fake.received);
}

void fake_init(void)
{
    fake_configure();
    (void)board_init(&fake.board, &fake.config);
    fake_step(0);
    fake_step(0);
}

void fake_step(uint32_t us)
{
    uint16_t taken = 0;
    uint8_t byte;

    fake.now_us += us;
    board_poll(&fake.board);
    while (taken < fake.line_bytes && board_transmit(&fake.board, &byte)) {
        taken++;
        if (fake.sent_length < FAKE_SENT_MAX) {
            fake.sent[fake.sent_length++] = byte;
        }
    }
}

void fake_run(uint32_t us, uint32_t step_us)
{
    uint32_t end_us = fake.now_us + us;

    while (fake.now_us != end_us) {
        uint32_t left = end_us - fake.now_us;

        fake_step(left < step_us ? left : step_us);
    }
}

void fake_receive(const uint8_t *bytes, uint32_t length)
{
    while (length-- > 0) {
        board_receive(&fake.board, *bytes++);
    }
}

void fake_command(uint8_t type, uint16_t request, const uint8_t *arguments, uint8_t length)
{
    uint8_t data[256];
    struct ring wire;
    struct frame_writer writer;
    uint8_t byte;

    ring_init(&wire, data, sizeof data);
    if (frame_begin(&writer, &wire, type, STREAM_BOARD, request, length)) {
        frame_bytes(&writer, arguments, length);
        frame_end(&writer);
    }
    while (ring_get(&wire, &byte)) {
        board_receive(&fake.board, byte);
    }
}

bool fake_next_frame(struct frame *frame)
{
    while (fake.seen < fake.sent_length) {
        switch (frame_feed(&fake.receiver, fake.sent[fake.seen++], frame)) {
        case FRAME_GOOD:
            return true;
        case FRAME_NOTHING:
            break;
        default:
            fake.damaged++;
            break;
        }
    }
    return false;
}

bool fake_next_of(uint8_t type, struct frame *frame)
{
    while (fake_next_frame(frame)) {
        if (frame->type == type) {
            return true;
        }
    }
    return false;
}

int fake_ask(uint8_t type, uint16_t request, const uint8_t *arguments, uint8_t length)
{
    struct frame frame;

    fake_forget();
    fake_command(type, request, arguments, length);
    fake_step(0);
    if (!fake_next_of(TYPE_ACK, &frame) || fake_u16(frame.payload) != request || frame.payload[2] != type) {
        return -1;
    }
    return frame.payload[3];
}

void fake_forget(void)
{
    fake.sent_length = 0;
    fake.seen = 0;
}

uint16_t fake_u16(const uint8_t *bytes)
{
    return (uint16_t)(bytes[0] | bytes[1] << 8);
}

uint32_t fake_u32(const uint8_t *bytes)
{
    return fake_u16(bytes) | (uint32_t)fake_u16(bytes + 2) << 16;
}
