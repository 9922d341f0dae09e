/* pipes_test.c - our ends of a process's stdin, stdout and stderr, with the
 * other ends in our hands. */

#include "config.h"

#include "agent/os/pipes.h"

#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "tests/test.h"

static struct {
    struct event_base *base;
    struct pipes *pipes;
    int fds[3];
    char took[PIPES_SIZE_MAX + 1];
    bool is_error, is_at_end;
    int took_count, fed_count;
    char fault[256];
} t;

static void took(
    void *arg, const uint8_t *bytes, size_t size, bool is_error, bool is_at_end)
{
    (void)arg;
    if (size > 0)
        memcpy(t.took, bytes, size);
    t.took[size] = '\0';
    t.is_error = is_error;
    t.is_at_end = is_at_end;
    t.took_count++;
}

static void fed(void *arg, const char *fault)
{
    (void)arg;
    snprintf(t.fault, sizeof t.fault, "%s", fault != NULL ? fault : "");
    t.fed_count++;
}

static const struct pipes_cb cb = {.took = took, .fed = fed};

static void begin(void)
{
    memset(&t, 0, sizeof t);
    t.base = event_base_new();
    t.pipes = pipes_new(t.base, &cb, NULL);
}

static void end(void)
{
    for (int i = 0; i < 3; i++)
        if (t.fds[i] >= 0)
            close(t.fds[i]);
    pipes_free(t.pipes);
    event_base_free(t.base);
}

static void output_is_told_apart_to_its_end(void)
{
    begin();
    CHECK(pipes_open(t.pipes, t.fds, NULL) == 0);
    pipes_take(t.pipes, 100);
    CHECK(t.took_count == 0);
    CHECK(write(t.fds[2], "oops", 4) == 4);
    event_base_loop(t.base, EVLOOP_ONCE);
    CHECK(t.took_count == 1 && t.is_error && strcmp(t.took, "oops") == 0);
    CHECK(write(t.fds[1], "hello", 5) == 5);
    pipes_take(t.pipes, 3);
    CHECK(t.took_count == 2 && !t.is_error && strcmp(t.took, "hel") == 0);
    close(t.fds[2]);
    t.fds[2] = -1;
    pipes_take(t.pipes, 100);
    CHECK(strcmp(t.took, "lo") == 0 && !t.is_at_end);
    pipes_take(t.pipes, 100);
    CHECK(t.took_count == 3);
    pipes_exited(t.pipes); /* though somebody else has it open still */
    CHECK(t.took_count == 4 && t.is_at_end);
    end();
}

static void what_was_written_before_the_exit_is_not_lost(void)
{
    begin();
    CHECK(pipes_open(t.pipes, t.fds, NULL) == 0);
    CHECK(write(t.fds[1], "last", 4) == 4);
    pipes_exited(t.pipes);
    pipes_take(t.pipes, 100);
    CHECK(strcmp(t.took, "last") == 0 && !t.is_at_end);
    pipes_take(t.pipes, 100);
    CHECK(t.is_at_end);
    end();
}

static void input_waits_for_its_reader(void)
{
    static uint8_t large[200000];
    static char read_back[sizeof large];
    size_t total = 0;

    begin();
    CHECK(pipes_open_input(t.pipes, &t.fds[0], NULL) == 0);
    t.fds[1] = t.fds[2] = -1;
    pipes_feed(t.pipes, large, sizeof large);
    CHECK(t.fed_count == 0);
    while (total < sizeof large) {
        ssize_t size = read(t.fds[0], read_back, sizeof read_back);

        total += size > 0 ? (size_t)size : 0;
        event_base_loop(t.base, EVLOOP_NONBLOCK);
    }
    CHECK(t.fed_count == 1 && t.fault[0] == '\0');
    pipes_end_input(t.pipes);
    CHECK(read(t.fds[0], read_back, 1) == 0);
    pipes_feed(t.pipes, large, 1);
    CHECK(t.fed_count == 2 && t.fault[0] != '\0');
    end();
}

static void a_reader_that_goes_is_told(void)
{
    begin();
    CHECK(pipes_open_input(t.pipes, &t.fds[0], NULL) == 0);
    t.fds[1] = t.fds[2] = -1;
    close(t.fds[0]);
    t.fds[0] = -1;
    pipes_feed(t.pipes, (const uint8_t *)"x", 1);
    CHECK(t.fed_count == 1 && strstr(t.fault, "does not read") != NULL);
    end();
}

static void a_terminal_has_a_size_and_an_end(void)
{
    struct winsize size = {0};
    char line[16] = "";
    int code;

    begin();
    code = pipes_open_terminal(t.pipes, geteuid(), 33, 101, t.fds, NULL);
    CHECK(code == 0);
    CHECK(isatty(t.fds[0]) && isatty(t.fds[2]));
    CHECK(ioctl(t.fds[0], TIOCGWINSZ, &size) == 0);
    CHECK(size.ws_row == 33 && size.ws_col == 101);
    pipes_resize(t.pipes, 5, 6);
    CHECK(ioctl(t.fds[0], TIOCGWINSZ, &size) == 0 && size.ws_row == 5);
    pipes_feed(t.pipes, (const uint8_t *)"hi\n", 3);
    CHECK(t.fed_count == 1 && read(t.fds[0], line, sizeof line) == 3);
    pipes_end_input(t.pipes);
    CHECK(read(t.fds[0], line, sizeof line) == 0); /* as by ^D */
    for (int i = 0; i < 3; i++) {
        close(t.fds[i]);
        t.fds[i] = -1;
    }
    do
        pipes_take(t.pipes, 100); /* the echo, and then nothing */
    while (!t.is_at_end && t.took_count < 10);
    CHECK(t.is_at_end);
    end();
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    output_is_told_apart_to_its_end();
    what_was_written_before_the_exit_is_not_lost();
    input_waits_for_its_reader();
    a_reader_that_goes_is_told();
    a_terminal_has_a_size_and_an_end();
    return test_done();
}
