/* output_test.c - a slow reader of ours stops who feeds us, and no more. */

#include "cli/output.h"

#include <errno.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/test.h"

static void drained_cb(void *arg)
{
    sem_post(arg);
}

static void all_is_written_in_order(void)
{
    char bytes[8] = "";
    struct output *o;
    sem_t drained;
    int fds[2];

    CHECK(pipe(fds) == 0 && sem_init(&drained, 0, 0) == 0);
    o = output_new(drained_cb, &drained);
    output_write(o, fds[1], "one", 3);
    output_write(o, fds[1], "two", 3);
    output_free(o);
    CHECK(read(fds[0], bytes, sizeof bytes) == 6);
    CHECK(memcmp(bytes, "onetwo", 6) == 0);
    close(fds[0]);
    close(fds[1]);
}

static void a_reader_that_stops_makes_it_full_until_it_goes_on(void)
{
    enum {
        SIZE = 1 << 16,
        COUNT = OUTPUT_WAITING_MAX / SIZE + 4
    };
    char *bytes = calloc(1, SIZE);
    struct output *o;
    sem_t drained;
    int fds[2];

    CHECK(pipe(fds) == 0 && sem_init(&drained, 0, 0) == 0);
    o = output_new(drained_cb, &drained);
    CHECK(!output_is_full(o));
    for (int i = 0; i < COUNT; i++)
        output_write(o, fds[1], bytes, SIZE);
    CHECK(output_is_full(o));
    CHECK(sem_trywait(&drained) < 0);
    for (size_t left = (size_t)COUNT * SIZE; left > 0;) {
        ssize_t size = read(fds[0], bytes, SIZE);

        if (size <= 0)
            break;
        left -= (size_t)size;
    }
    CHECK(sem_wait(&drained) == 0);
    CHECK(!output_is_full(o));
    CHECK(output_broken(o) == 0);
    output_free(o);
    close(fds[0]);
    close(fds[1]);
    free(bytes);
}

static void a_reader_that_is_gone_breaks_it(void)
{
    struct output *o;
    sem_t drained;
    int fds[2];

    CHECK(pipe(fds) == 0 && sem_init(&drained, 0, 0) == 0);
    close(fds[0]);
    o = output_new(drained_cb, &drained);
    output_write(o, fds[1], "one", 3);
    CHECK(sem_wait(&drained) == 0); /* whoever feeds it is told */
    CHECK(output_broken(o) == EPIPE);
    output_write(o, fds[1], "two", 3);
    output_free(o);
    close(fds[1]);
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    all_is_written_in_order();
    a_reader_that_stops_makes_it_full_until_it_goes_on();
    a_reader_that_is_gone_breaks_it();
    return test_done();
}
