/* What the emulator is told while it runs: a line a command on standard input, and a line back for each. */
#ifndef EMULATOR_CONTROL_H
#define EMULATOR_CONTROL_H

#include <stdbool.h>

typedef enum { CONTROL_NOTHING, CONTROL_LINE, CONTROL_END } control_t;

/* Do not wait for input, and have what simavr prints go to standard error. False where that fails. */
bool control_init(void);

/* Take the next line, without its end: at most 127 bytes, the rest is cut off. CONTROL_END: nobody tells any more. */
control_t control_next(char line[128]);

/* Answer on standard output, at once. */
void control_answer(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
