/* The smallest test framework: a failed check says where, and the run fails. */
#ifndef EDGED_CHECK_H
#define EDGED_CHECK_H

#include <stdbool.h>
#include <stdint.h>

extern unsigned checks;
extern unsigned failures;

void check_failed(const char *file, int line, const char *text, long long actual, long long expected);

#define CHECK(condition) \
    do { \
        checks++; \
        if (!(condition)) { \
            check_failed(__FILE__, __LINE__, #condition, 0, 1); \
        } \
    } while (0)

#define CHECK_EQUAL(actual, expected) \
    do { \
        long long check_actual = (long long)(actual); \
        long long check_expected = (long long)(expected); \
        checks++; \
        if (check_actual != check_expected) { \
            check_failed(__FILE__, __LINE__, #actual, check_actual, check_expected); \
        } \
    } while (0)

void test_crc32(void);
void test_ring(void);
void test_cobs(void);
void test_frame(void);
void test_channel(void);
void test_schedule(void);
void test_stream(void);
void test_event(void);
void test_stats(void);
void test_command(void);
void test_board(void);
void test_poll(void);
void test_vectors(const char *path);

#endif
