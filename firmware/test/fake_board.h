/* A board whose clock, converter and line belong to the test. */
#ifndef EDGED_FAKE_BOARD_H
#define EDGED_FAKE_BOARD_H

#include "board.h"

enum { FAKE_STREAMS = 3, FAKE_CHANNELS = 5, FAKE_SENT_MAX = 1 << 16 };

struct fake_board {
    struct board board;
    struct board_config config;
    struct board_hardware hardware;
    struct stream_config streams[FAKE_STREAMS];
    uint32_t now_us;
    int32_t raw[FAKE_CHANNELS];
    uint8_t status[FAKE_CHANNELS];
    unsigned reads;
    uint16_t line_bytes;    /* that the line takes in a step; 0 for a line that stands still */
    uint8_t sent[FAKE_SENT_MAX];
    uint32_t sent_length;
    uint32_t seen;          /* bytes of it that fake_next_frame has taken */
    struct frame_receiver receiver;
    uint8_t received[FRAME_MAX];
    unsigned damaged;       /* frames in what was sent; there must be none */
    bool shifting;          /* the last bit has not left */
    bool transmit_asked;
    uint32_t baud;
    unsigned reboots;
    unsigned leds;
    int locks;              /* depth */
    uint8_t run_result;
    uint32_t achieved_mhz;  /* by set_rate where the hardware has it */
};

extern struct fake_board fake;

/* Anew, with 500 Hz of two channels, 100 Hz of two and 1 Hz of one, and the boot said. */
void fake_init(void);

/* As fake_init, before board_init, so that a test may change the configuration. */
void fake_configure(void);

/* The clock goes on, a poll, and the line takes what it can. */
void fake_step(uint32_t us);

/* Steps of step_us for a time. */
void fake_run(uint32_t us, uint32_t step_us);

/* Bytes from the host. */
void fake_receive(const uint8_t *bytes, uint32_t length);

/* A command from the host, received but not polled. */
void fake_command(uint8_t type, uint16_t request, const uint8_t *arguments, uint8_t length);

/* The next frame that the board sent. */
bool fake_next_frame(struct frame *frame);

/* The next of a type, passing over others. */
bool fake_next_of(uint8_t type, struct frame *frame);

/* A command, polled, and the result in its acknowledgement; -1 for none. Forgets what was sent before. */
int fake_ask(uint8_t type, uint16_t request, const uint8_t *arguments, uint8_t length);

/* Forget what was sent. */
void fake_forget(void);

uint16_t fake_u16(const uint8_t *bytes);
uint32_t fake_u32(const uint8_t *bytes);

#endif
