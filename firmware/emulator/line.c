#define _GNU_SOURCE
#include "line.h"

/* The kernel's termios, not the library's: boards talk at 250 kBd and other rates that have no name. */
#include <asm/termbits.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { TOLERATED_PERCENT = 4 }; /* A byte of ten bits is still sampled within its bits. */

static bool make_raw(int slave);
static void notice(line_t *line);
static bool rates_differ(const line_t *line);
static uint32_t draw(line_t *line);

void line_init(line_t *line, const char *link)
{
    memset(line, 0, sizeof *line);
    line->link = link;
    line->master = line->watch = -1;
    line->random = 0x9e3779b97f4a7c15u;
}

bool line_plug(line_t *line)
{
    char name[64], fresh[4096];
    int slave;

    line_unplug(line);
    line->master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (line->master < 0 || grantpt(line->master) || unlockpt(line->master)
        || ptsname_r(line->master, name, sizeof name)) {
        return false;
    }
    slave = open(name, O_RDWR | O_NOCTTY);
    if (slave < 0 || !make_raw(slave)) {
        return false;
    }
    close(slave);
    line->watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (line->watch < 0 || inotify_add_watch(line->watch, name, IN_OPEN | IN_CLOSE) < 0) {
        return false;
    }
    snprintf(fresh, sizeof fresh, "%s.new", line->link);
    unlink(fresh);
    return symlink(name, fresh) == 0 && rename(fresh, line->link) == 0;
}

void line_unplug(line_t *line)
{
    if (line->master < 0) {
        return;
    }
    unlink(line->link);
    close(line->master);
    close(line->watch);
    line->master = line->watch = -1;
    line->opens = 0;
    line->dtr = line->opened = false;
    line->pending = 0;
}

void line_send(line_t *line, uint8_t byte)
{
    line->sent++;
    if (!line->opens || line->pending == LINE_BUFFER) {
        line->lost++;
        return;
    }
    if (rates_differ(line)) {
        byte = (uint8_t)draw(line);
    } else if (line->noise > 0 && draw(line) < line->noise * 4294967296.0) {
        byte ^= (uint8_t)(1u << (draw(line) & 7));
        line->damaged++;
    }
    line->buffer[line->pending++] = byte;
}

size_t line_move(line_t *line, uint8_t *received, size_t room)
{
    struct pollfd state = {line->master, POLLIN, 0};
    struct termios2 settings;
    ssize_t moved;

    if (line->master < 0) {
        return 0;
    }
    notice(line);
    if (!line->opens || ioctl(line->master, TCGETS2, &settings)) {
        return 0;
    }
    line->host_baud = settings.c_ospeed;
    poll(&state, 1, 0);
    if (line->pending) {
        moved = write(line->master, line->buffer, line->pending);
        if (moved > 0) {
            line->pending -= (size_t)moved;
            memmove(line->buffer, line->buffer + moved, line->pending);
        }
    }
    if (!room || !(state.revents & POLLIN)) {
        return 0;
    }
    moved = read(line->master, received, room);
    if (moved <= 0) {
        return 0;
    }
    for (ssize_t i = 0; i < moved && rates_differ(line); i++) {
        received[i] = (uint8_t)draw(line);
    }
    return (size_t)moved;
}

static bool make_raw(int slave)
{
    struct termios2 settings;

    if (ioctl(slave, TCGETS2, &settings)) {
        return false;
    }
    settings.c_iflag = settings.c_oflag = settings.c_lflag = 0;
    settings.c_cflag = CS8 | CREAD | CLOCAL | HUPCL | B115200;
    settings.c_cc[VMIN] = 1;
    settings.c_cc[VTIME] = 0;
    return ioctl(slave, TCSETS2, &settings) == 0;
}

/* Who opened and closed, however short it was: the state of the pty alone would not tell. */
static void notice(line_t *line)
{
    char events[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
    const struct inotify_event *event;
    struct termios2 settings;
    ssize_t size = read(line->watch, events, sizeof events);

    for (ssize_t at = 0; at < size; at += (ssize_t)(sizeof *event + event->len)) {
        event = (const struct inotify_event *)(events + at);
        if ((event->mask & IN_OPEN) && line->opens++ == 0) {
            line->opened = line->opened || !line->dtr;
            line->dtr = true;
        }
        if ((event->mask & IN_CLOSE) && line->opens && --line->opens == 0) {
            line->dtr = ioctl(line->master, TCGETS2, &settings) == 0 && !(settings.c_cflag & HUPCL);
            line->pending = 0;
        }
    }
}

/* A host that listens at another rate gets bytes all the same, but not these. */
static bool rates_differ(const line_t *line)
{
    int64_t apart = (int64_t)line->host_baud - line->baud;

    return line->baud && llabs(apart) * 100 > (int64_t)line->baud * TOLERATED_PERCENT;
}

/* xorshift64*: the same noise in every run. */
static uint32_t draw(line_t *line)
{
    line->random ^= line->random >> 12;
    line->random ^= line->random << 25;
    line->random ^= line->random >> 27;
    return (uint32_t)((line->random * 0x2545f4914f6cdd1du) >> 32);
}
