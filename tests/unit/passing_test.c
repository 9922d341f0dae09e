/* passing_test.c - descriptors that executors pass, from an executor's side of
 * the socket. */

#include "config.h"

#include "agent/os/passing.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/test.h"

#define RUN "F/executor/E"

static struct {
    struct event_base *base;
    struct passing *passing;
    char directory[64];
} t;

static bool is_token(void *arg, const char *run, const char *token)
{
    (void)arg;
    return strcmp(run, RUN) == 0 && strcmp(token, "secret") == 0;
}

static void begin(void)
{
    strcpy(t.directory, "/tmp/mezzo-passing.XXXXXX");
    CHECK(mkdtemp(t.directory) != NULL);
    t.base = event_base_new();
    CHECK(passing_new(&(struct passing_options){.base = t.base,
                                                .directory = t.directory,
                                                .is_token = is_token},
                      &t.passing, NULL) == 0);
}

static void end(void)
{
    char path[128];

    passing_free(t.passing);
    event_base_free(t.base);
    snprintf(path, sizeof path, "%s/descriptors", t.directory);
    unlink(path);
    rmdir(t.directory);
}

static int connect_as(const char *hello)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

    snprintf(address.sun_path, sizeof address.sun_path, "%s/descriptors",
             t.directory);
    CHECK(connect(fd, (const struct sockaddr *)&address, sizeof address) == 0);
    if (hello != NULL)
        CHECK(send(fd, hello, strlen(hello), MSG_NOSIGNAL) > 0);
    return fd;
}

static void pass(int fd, uint8_t process, size_t count)
{
    const uint8_t bytes[8] = {process};
    int fds[DESCRIPTORS_MAX];

    for (size_t i = 0; i < count; i++)
        fds[i] = STDERR_FILENO;
    CHECK(descriptors_send(fd, bytes, sizeof bytes, fds, count) == 8);
}

/* How many came; -errno. */
static int take(uint64_t process)
{
    struct descriptors fds;
    int result = passing_take(t.passing, RUN, process, &fds, NULL);
    int count = (int)fds.count;

    if (result < 0)
        return result;
    descriptors_close(&fds);
    return count;
}

static void what_is_passed_is_taken_in_order(void)
{
    int fd;

    begin();
    fd = connect_as("F E secret");
    pass(fd, 1, 2);
    pass(fd, 2, 3);
    CHECK(take(1) == 2); /* though it was not heard before */
    CHECK(take(2) == 3);
    CHECK(take(3) == -ENOENT);
    pass(fd, 4, 1);
    pass(fd, 5, DESCRIPTORS_MAX);
    CHECK(take(5) == DESCRIPTORS_MAX); /* 4 was never ordered */
    CHECK(take(4) == -ENOENT);
    close(fd);
    end();
}

static void who_has_no_token_is_not_heard(void)
{
    static const char *const hellos[] = {"F E wrong", "F other secret", "F",
                                         "secret", "F E"};

    begin();
    for (size_t i = 0; i < sizeof hellos / sizeof hellos[0]; i++) {
        int fd = connect_as(hellos[i]);
        char byte;

        event_base_loop(t.base, EVLOOP_NONBLOCK);
        event_base_loop(t.base, EVLOOP_NONBLOCK);
        CHECK(recv(fd, &byte, 1, MSG_DONTWAIT) == 0);
        CHECK(take(1) == -ENOENT);
        close(fd);
    }
    end();
}

static void who_connects_anew_is_the_one(void)
{
    int first, second;

    begin();
    first = connect_as("F E secret");
    pass(first, 1, 1);
    second = connect_as("F E secret");
    pass(second, 1, 2);
    CHECK(take(1) == 2);
    close(first);
    close(second);
    end();
}

static void nonsense_ends_the_connection(void)
{
    int fd;

    begin();
    fd = connect_as("F E secret");
    CHECK(send(fd, "abc", 3, MSG_NOSIGNAL) == 3);
    pass(fd, 1, 1);
    CHECK(take(1) == -ENOENT);
    close(fd);
    fd = connect_as("F E secret");
    pass(fd, 2, 1);
    CHECK(take(2) == 1);
    passing_end(t.passing, RUN);
    CHECK(take(3) == -ENOENT);
    close(fd);
    end();
}

static void strangers_do_not_keep_others_out(void)
{
    int fds[PASSING_STRANGERS_MAX * 2], fd;

    begin();
    for (int i = 0; i < PASSING_STRANGERS_MAX * 2; i++)
        fds[i] = connect_as(NULL);
    fd = connect_as("F E secret");
    pass(fd, 1, 1);
    for (int i = 0; i < 8; i++)
        event_base_loop(t.base, EVLOOP_NONBLOCK);
    CHECK(take(1) == 1);
    close(fd);
    for (int i = 0; i < PASSING_STRANGERS_MAX * 2; i++)
        close(fds[i]);
    end();
}

int main(void)
{
    what_is_passed_is_taken_in_order();
    who_has_no_token_is_not_heard();
    who_connects_anew_is_the_one();
    nonsense_ends_the_connection();
    strangers_do_not_keep_others_out();
    return test_done();
}
