/* stamp.c - the first thing it does is to look at the clock; then it appends
 * what that said, CLOCK_BOOTTIME in nanoseconds, to the file it is given.
 *
 * Linked statically, so that its first instruction is soon ours. */

#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    struct timespec now;
    char text[32];
    int size, fd;

    clock_gettime(CLOCK_BOOTTIME, &now);
    fd = argc == 2 ? open(argv[1], O_WRONLY | O_APPEND | O_CREAT, 0666) : -1;
    size = snprintf(text, sizeof text, "%lld%09ld\n", (long long)now.tv_sec,
                    now.tv_nsec);
    return fd >= 0 && write(fd, text, (size_t)size) == size ? 0 : 1;
}
