/* The serial line between an emulated board and its host: a pty, and what goes wrong on a line. */
#ifndef EMULATOR_LINE_H
#define EMULATOR_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LINE_BUFFER = 1 << 16 };

typedef struct {
    const char *link;            /* where the port is published, as a symbolic link */
    int master;                  /* -1 while unplugged */
    int watch;                   /* inotify's, on the port */
    unsigned opens;              /* how often a host has it open */
    bool dtr;                    /* it stays up after a close without HUPCL */
    bool opened;                 /* DTR went up; for the caller to clear */
    uint32_t baud;               /* the board's; 0 takes whatever the host has set */
    uint32_t host_baud;
    double noise;                /* share of the bytes to the host that are damaged, 0 to 1 */
    uint64_t random;             /* state of the generator, never 0 */
    uint64_t sent, damaged, lost;
    size_t pending;
    uint8_t buffer[LINE_BUFFER]; /* to the host, until it reads */
} line_t;

/* Start without a port. */
void line_init(line_t *line, const char *link);

/* Publish the port, already raw: what a host writes never echoes. False, with errno, where that fails. */
bool line_plug(line_t *line);

/* Take the port away, as pulling out the plug does. */
void line_unplug(line_t *line);

/* Send one byte to the host. It is lost if nobody has the port open, or nobody reads. */
void line_send(line_t *line, uint8_t byte);

/* Move bytes; notice who opened and closed. Returns how many bytes the host sent, at most `room`. */
size_t line_move(line_t *line, uint8_t *received, size_t room);

#endif
