/* Counts what a process writes and how often it has that flushed to the disk; preloaded by test_wear.py. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>
#include <sys/types.h>
#include <unistd.h>

long wear_syncs = 0;
long wear_bytes = 0;

#define NEXT(name) __typeof__(&name) next = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

int fsync(int fd)
{
    NEXT(fsync);
    __atomic_add_fetch(&wear_syncs, 1, __ATOMIC_RELAXED);
    return next(fd);
}

int fdatasync(int fd)
{
    NEXT(fdatasync);
    __atomic_add_fetch(&wear_syncs, 1, __ATOMIC_RELAXED);
    return next(fd);
}

ssize_t pwrite(int fd, const void *data, size_t n, off_t at)
{
    NEXT(pwrite);
    ssize_t written = next(fd, data, n, at);
    if (written > 0)
        __atomic_add_fetch(&wear_bytes, written, __ATOMIC_RELAXED);
    return written;
}

ssize_t pwrite64(int fd, const void *data, size_t n, off64_t at)
{
    NEXT(pwrite64);
    ssize_t written = next(fd, data, n, at);
    if (written > 0)
        __atomic_add_fetch(&wear_bytes, written, __ATOMIC_RELAXED);
    return written;
}
