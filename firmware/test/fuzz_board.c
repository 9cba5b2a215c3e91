/*
 * A whole board under any commands, times and line: the bytes are a program of what happens to it. Whatever that is,
 * all it sends is whole frames, and after one zero it still answers.
 */
#include <stddef.h>
#include <stdlib.h>

#include "fake_board.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

struct program {
    const uint8_t *next;
    size_t left;
};

static uint8_t take(struct program *program)
{
    if (program->left == 0) {
        return 0;
    }
    program->left--;
    return *program->next++;
}

static void command(struct program *program)
{
    uint8_t arguments[16];
    uint8_t type = (uint8_t)(COMMAND_FIRST + take(program) % 11);
    uint16_t request = take(program) % 16;
    uint8_t length = take(program) % sizeof arguments;
    uint8_t i;

    for (i = 0; i < length; i++) {
        arguments[i] = take(program);
    }
    fake_command(type, request, arguments, length);
}

static void step(struct program *program)
{
    uint8_t byte;

    switch (take(program) % 8) {
    case 0:
        byte = take(program);
        fake_receive(&byte, 1);
        break;
    case 1:
    case 2:
        command(program);
        break;
    case 3:
        fake.line_bytes = take(program);
        break;
    case 4:
        fake_step((uint32_t)take(program) << take(program) % 24);
        break;
    case 5:
        board_event(&fake.board, take(program), take(program), take(program));
        break;
    case 6:
        fake.raw[take(program) % FAKE_CHANNELS] = (int32_t)(take(program) * 0x01010101U);
        break;
    default:
        fake_run(20000, 500);
        break;
    }
}

static void check_sent(void)
{
    struct frame frame;

    while (fake_next_frame(&frame)) {
        if (frame.type == TYPE_DATA && (frame.stream >= FAKE_STREAMS || frame.payload[4] == 0)) {
            abort();
        }
    }
    if (fake.damaged > 0 || fake.locks != 0) {
        abort();
    }
    fake_forget();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct program program = {bytes, length};
    struct frame frame;
    uint8_t zero = 0;
    bool answered = false;
    int i;

    fake_init();
    while (program.left > 0) {
        step(&program);
        check_sent();
    }
    fake.line_bytes = UINT16_MAX;
    fake_run(20000, 500); /* what is left of the commands, one a poll, and of a change of the line */
    check_sent();
    fake_receive(&zero, 1);
    fake_run(20000, 500);
    check_sent();
    fake_command(TYPE_IDENTIFY, 0xFFFF, NULL, 0);
    for (i = 0; i < 10 && !answered; i++) {
        fake_step(500);
        answered = fake_next_of(TYPE_ACK, &frame) && fake_u16(frame.payload) == 0xFFFF;
    }
    if (!answered) {
        abort();
    }
    return 0;
}
