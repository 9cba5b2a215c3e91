/* Runs every test; the argument is the file of vectors. */
#include <stdio.h>

#include "check.h"

unsigned checks;
unsigned failures;

void check_failed(const char *file, int line, const char *text, long long actual, long long expected)
{
    failures++;
    fprintf(stderr, "%s:%d: %s is %lld, not %lld\n", file, line, text, actual, expected);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: test VECTORS\n");
        return 2;
    }
    test_crc32();
    test_ring();
    test_cobs();
    test_frame();
    test_channel();
    test_schedule();
    test_stream();
    test_event();
    test_stats();
    test_command();
    test_board();
    test_poll();
    test_vectors(argv[1]);
    printf("%u checks, %u failed\n", checks, failures);
    return failures > 0;
}
