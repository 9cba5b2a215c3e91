/*
 * A sensor board: its streams, its commands and its frames, on top of a handful of functions of the hardware.
 *
 * board_poll runs in the main loop and does all the sending. These may be called from interrupt handlers, each from
 * one place only: board_receive, board_transmit, and per stream board_sample or board_push; board_event from anywhere.
 */
#ifndef EDGED_BOARD_H
#define EDGED_BOARD_H

#include <stdbool.h>
#include <stdint.h>

#include "channel.h"
#include "command.h"
#include "event.h"
#include "frame.h"
#include "protocol.h"
#include "ring.h"
#include "stats.h"
#include "stream.h"

#ifndef STREAMS_MAX
#define STREAMS_MAX 4
#endif

#ifndef CHANNELS_MAX
#define CHANNELS_MAX 8 /* of one stream */
#endif

/* What a board can do. Those marked optional may be NULL. */
struct board_hardware {
    uint32_t (*now_us)(void);                /* a counter that rolls over at 2^32; called in interrupts too */
    uint8_t (*read)(uint8_t channel, int32_t *raw); /* sample a channel, return STATUS_* bits; f32: the float's bits */
    void (*transmit)(void);                  /* bytes to send: enable the interrupt that calls board_transmit */
    bool (*transmitted)(void);               /* whether the last bit has left the shift register */
    uint8_t (*lock)(void);                   /* interrupts off; returns the state before */
    void (*unlock)(uint8_t state);           /* the state as it was */
    uint32_t (*free_ram)(void);              /* bytes */
    void (*reboot)(void);                    /* optional; does not return */
    void (*led)(bool on);                    /* optional */
    bool (*baud_supported)(uint32_t baud);   /* optional, with set_baud */
    void (*set_baud)(uint32_t baud);         /* called when everything has been sent */
    uint32_t (*set_rate)(uint8_t stream, uint32_t rate_mhz); /* optional: set a timer; what it achieves, 0 for cannot */
    uint8_t (*run)(uint8_t stream, bool on); /* optional: start or stop a sensor; RESULT_OK, _BUSY or _HARDWARE */
};

struct board_config {
    const char *model;          /* at most 32 bytes are sent */
    uint16_t firmware;          /* version, major x 256 + minor */
    uint16_t capabilities;      /* CAPABILITY_* */
    uint32_t boot_id;           /* another one at every boot */
    uint8_t uid[8];             /* the same for the life of the board */
    uint8_t reset_cause;        /* enum reset_cause */
    uint8_t channel_count;
    uint8_t stream_count;       /* at most STREAMS_MAX */
    const struct channel *channels;
    const struct stream_config *streams;
    uint8_t *tx;                /* the transmit ring: a power of two, 256 at least */
    uint16_t tx_size;
    uint8_t *rx;                /* the receive ring: a power of two, enough for the longest time between polls */
    uint16_t rx_size;
    uint8_t *command;           /* where commands are assembled */
    uint16_t command_size;      /* 64 is plenty; longer frames are counted as damaged */
    const struct board_hardware *hardware;
};

#define BLINKS 30 /* of the light after IDENTIFY: three seconds, fast */
#define BLINK_US 100000u

struct board {
    const struct board_config *config;
    const struct board_hardware *hardware;
    struct ring rx;
    struct ring tx;
    struct frame_receiver receiver;
    struct stream streams[STREAMS_MAX];
    struct event_queue events;
    struct stats stats;
    struct command_memory memory;
    uint32_t last_us;           /* when rollovers was last right */
    uint16_t rollovers;         /* of now_us */
    uint16_t sequence;          /* of STREAM_BOARD */
    uint32_t baud;              /* to change to when all is sent; 0 for none */
    volatile uint32_t delimiter_us; /* when the last one was received */
    uint8_t describing;         /* descriptors still to be sent: HELLO, then one per channel */
    uint8_t turn;               /* the stream to send next */
    bool rebooting;             /* when all is sent */
    bool led;
    uint8_t blinks;             /* still to come since IDENTIFY */
    uint32_t blink_us;          /* when the last one was */
};

/* False: the configuration cannot work; see stream_init. The first poll sends HELLO. */
bool board_init(struct board *board, const struct board_config *config);

/* Do what is due: commands, samples of streams that no interrupt takes, frames. As often as possible. */
void board_poll(struct board *board);

/* A byte came: the receive interrupt's. */
void board_receive(struct board *board, uint8_t byte);

/* The UART lost a byte or saw a framing error: the receive interrupt's. */
void board_receive_error(struct board *board);

/* The next byte to send: the transmit interrupt's. False: there is none, disable it. */
bool board_transmit(struct board *board, uint8_t *byte);

/* Sample a stream if it is due, by the hardware's read: a timer interrupt's. */
void board_sample(struct board *board, uint8_t stream);

/*
 * Add a sample that was taken at t_us, one raw value per channel: for converters that work through a stream's
 * channels by themselves. Ignored while the stream is stopped. The board keeps the rate (see set_rate).
 */
void board_push(struct board *board, uint8_t stream, uint32_t t_us, const int32_t *raw, uint8_t status);

/* Something happened now. */
void board_event(struct board *board, uint8_t kind, uint8_t source, uint8_t value);

/* What commands do; a board's main program may do it too, between polls. Those with a result return enum result. */

/* Send HELLO and a CHANNEL for every channel, as soon as there is room. */
void board_describe(struct board *board);

/* rate_mhz: the rate wanted, then the one achieved. The samples so far go out at the old rate. */
uint8_t board_set_rate(struct board *board, uint8_t stream, uint32_t *rate_mhz);

/* Start or stop a stream; to start one that is running changes nothing. */
uint8_t board_run(struct board *board, uint8_t stream, bool on);

/* pattern: enum test_pattern, in all streams. */
void board_test(struct board *board, uint8_t pattern);

/* The counter; keeps count of its roll-overs, for which a poll every half hour is enough. */
uint32_t board_now_us(struct board *board);

/* How often the counter had rolled over at t_us, less than one roll-over ago. */
uint16_t board_rollovers(const struct board *board, uint32_t t_us);

#endif
