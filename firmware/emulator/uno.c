/*
 * An emulated Uno: a serial port that behaves like one with the board behind it. A program for tests only; it is linked
 * with simavr, which is under the GNU General Public License, version 3. See README.md.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "chip.h"
#include "control.h"

enum { SLICE_NS = 1000000, NS_PER_S = 1000000000 };

typedef struct {
    const char *firmware, *port, *waveform, *truth, *uid;
    unsigned channels;
    double rate_hz, speed, noise, bootloader_s;
    bool bare;
} options_t;

static volatile sig_atomic_t ended;
static line_t line;
static waveform_t waveform;
static chip_t chip;
static int64_t latest_ns; /* the most the emulator was late */

static int64_t clock_ns(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

static void report(void)
{
    control_answer(
        "{\"origin_ns\": %" PRId64 ", \"seconds\": %.3f, \"cpu_s\": %.3f, \"late_s\": %.4f, \"boots\": %u"
        ", \"sent\": %" PRIu64 ", \"damaged\": %" PRIu64 ", \"lost\": %" PRIu64 "}",
        chip.origin_ns,
        (double)(clock_ns(CLOCK_MONOTONIC) - chip.origin_ns) / NS_PER_S,
        (double)clock_ns(CLOCK_PROCESS_CPUTIME_ID) / NS_PER_S, (double)latest_ns / NS_PER_S, chip.boot, line.sent,
        line.damaged, line.lost
    );
}

/* False: it is no command. Those with an argument come first. */
static bool obey(const char *command)
{
    double number;
    int plus, minus;

    if (sscanf(command, "noise %lf", &number) == 1) {
        line.noise = number;
    } else if (sscanf(command, "speed %lf", &number) == 1 && number > 0) {
        chip_set_speed(&chip, number);
    } else if (sscanf(command, "button %d", &plus) == 1) {
        chip_button(plus);
    } else if (sscanf(command, "lead_off %d %d", &plus, &minus) == 2) {
        chip_leads(plus, minus);
    } else if (sscanf(command, "temperature %lf", &number) == 1) {
        chip.sensors.celsius = number;
    } else if (sscanf(command, "sensors %d", &plus) == 1) {
        chip.sensors.ppg_attached = chip.sensors.temperature_attached = plus;
        sensors_model_power_on(&chip.sensors);
    } else if (strcmp(command, "power_cycle") == 0) {
        chip_reset(&chip, CHIP_POWER_ON);
    } else if (strcmp(command, "brown_out") == 0) {
        chip_reset(&chip, CHIP_BROWN_OUT);
    } else if (strcmp(command, "reset") == 0) {
        chip_reset(&chip, CHIP_PIN);
    } else if (strcmp(command, "hang") == 0) {
        chip_hang();
    } else if (strcmp(command, "unplug") == 0) {
        line_unplug(&line);
    } else if (strcmp(command, "plug") == 0) { /* the board has its power from the plug */
        chip_reset(&chip, CHIP_POWER_ON);
        return line_plug(&line);
    } else {
        return false;
    }
    return true;
}

static void listen(void)
{
    char command[128];
    control_t got;

    while ((got = control_next(command)) == CONTROL_LINE) {
        if (strcmp(command, "report") == 0) {
            report();
        } else {
            control_answer(obey(command) ? "ok" : "unknown: %s", command);
        }
    }
    if (got == CONTROL_END) {
        ended = 1;
    }
}

/* Late, it catches up; the board's time goes on as a real one's does. */
static bool run(void)
{
    int64_t until_ns = chip.origin_ns, late_ns;
    struct timespec until;

    while (!ended) {
        until_ns += SLICE_NS;
        until = (struct timespec){until_ns / NS_PER_S, until_ns % NS_PER_S};
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
        late_ns = clock_ns(CLOCK_MONOTONIC) - until_ns;
        latest_ns = late_ns > latest_ns ? late_ns : latest_ns;
        listen();
        if (!chip_run(&chip, until_ns)) {
            return false;
        }
    }
    return true;
}

static void end(int number)
{
    (void)number;
    ended = 1;
}

static bool parse(int count, char **arguments, options_t *options)
{
    static const struct option names[] = {
        {"waveform", required_argument, NULL, 'w'}, {"rate", required_argument, NULL, 'r'},
        {"channels", required_argument, NULL, 'c'}, {"truth", required_argument, NULL, 't'},
        {"speed", required_argument, NULL, 's'},    {"noise", required_argument, NULL, 'n'},
        {"uid", required_argument, NULL, 'u'},      {"bootloader", required_argument, NULL, 'b'},
        {"no-sensors", no_argument, NULL, 'x'},     {NULL, 0, NULL, 0},
    };
    const char *speed = getenv("SPEED");
    int name;

    *options = (options_t){.channels = 1, .rate_hz = 1000, .speed = speed != NULL ? atof(speed) : 1};
    while ((name = getopt_long(count, arguments, "", names, NULL)) != -1) {
        switch (name) {
        case 'w': options->waveform = optarg; break;
        case 'r': options->rate_hz = atof(optarg); break;
        case 'c': options->channels = (unsigned)atoi(optarg); break;
        case 't': options->truth = optarg; break;
        case 's': options->speed = atof(optarg); break;
        case 'n': options->noise = atof(optarg); break;
        case 'u': options->uid = optarg; break;
        case 'b': options->bootloader_s = atof(optarg); break;
        case 'x': options->bare = true; break;
        default: return false;
        }
    }
    if (count - optind != 2 || options->speed <= 0 || options->channels == 0 || options->rate_hz <= 0
        || (options->uid != NULL && strlen(options->uid) != 16)) {
        return false;
    }
    options->firmware = arguments[optind];
    options->port = arguments[optind + 1];
    return true;
}

static bool set_up(const options_t *options)
{
    line_init(&line, options->port);
    line.noise = options->noise;
    if (options->waveform != NULL
        && !waveform_load(&waveform, options->waveform, options->channels, options->rate_hz)) {
        fprintf(stderr, "%s: no waveform of %u channels\n", options->waveform, options->channels);
        return false;
    }
    chip = (chip_t){.line = &line, .waveform = &waveform, .speed = options->speed};
    chip.bootloader_s = options->bootloader_s;
    chip.sensors.celsius = 36.5;
    chip.sensors.ppg_attached = chip.sensors.temperature_attached = !options->bare;
    if (options->truth != NULL && (chip.truth = fopen(options->truth, "wb")) == NULL) {
        fprintf(stderr, "%s: %s\n", options->truth, strerror(errno));
        return false;
    }
    chip.origin_ns = clock_ns(CLOCK_MONOTONIC);
    if (!chip_init(&chip, options->firmware, options->uid)) {
        return false;
    }
    if (!line_plug(&line)) {
        fprintf(stderr, "%s: %s\n", options->port, strerror(errno));
        return false;
    }
    return true;
}

int main(int count, char **arguments)
{
    options_t options;
    bool well;

    if (!parse(count, arguments, &options)) {
        fprintf(
            stderr, "%s [--waveform FILE --channels N --rate HZ] [--truth FILE] [--speed 1.0] [--noise 0.0]"
                    " [--uid HEX] [--bootloader S] [--no-sensors] FIRMWARE PORT\n", arguments[0]
        );
        return 2;
    }
    signal(SIGTERM, end);
    signal(SIGINT, end);
    if (!control_init() || !set_up(&options)) {
        return 1;
    }
    control_answer("ready %s", options.port);
    well = run();
    line_unplug(&line);
    report();
    if (chip.truth != NULL) {
        fclose(chip.truth);
    }
    return well ? 0 : 1;
}
