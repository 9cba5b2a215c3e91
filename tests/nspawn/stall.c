/* A disk that does not answer: fsync and fdatasync wait while a file is there. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <unistd.h>

#define HANGS "/var/lib/edged/hangs"

static void wait_while_it_hangs(void)
{
    while (access(HANGS, F_OK) == 0) {
        usleep(20000);
    }
}

int fsync(int fd)
{
    static int (*real)(int);
    if (!real) {
        real = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    }
    wait_while_it_hangs();
    return real(fd);
}

int fdatasync(int fd)
{
    static int (*real)(int);
    if (!real) {
        real = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    }
    wait_while_it_hangs();
    return real(fd);
}
