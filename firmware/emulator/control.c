#define _GNU_SOURCE
#include "control.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char pending[128];
static size_t length;
static FILE *answers;

bool control_init(void)
{
    int flags = fcntl(STDIN_FILENO, F_GETFL);

    answers = fdopen(dup(STDOUT_FILENO), "w");
    if (answers == NULL || dup2(STDERR_FILENO, STDOUT_FILENO) < 0) {
        return false;
    }
    return flags >= 0 && fcntl(STDIN_FILENO, F_SETFL, flags | O_NONBLOCK) == 0;
}

control_t control_next(char line[128])
{
    char byte;
    ssize_t got;

    while ((got = read(STDIN_FILENO, &byte, 1)) == 1) {
        if (byte == '\n') {
            memcpy(line, pending, length);
            line[length] = 0;
            length = 0;
            return CONTROL_LINE;
        }
        if (length < sizeof pending - 1) {
            pending[length++] = byte;
        }
    }
    return got == 0 || errno != EAGAIN ? CONTROL_END : CONTROL_NOTHING;
}

void control_answer(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vfprintf(answers, format, arguments);
    va_end(arguments);
    putc('\n', answers);
    fflush(answers);
}
