/* job_streams_test.c - output of tasks on its way to ours.
 *
 * The scheduler is played by this file: it notes who is read from where. */

#include "cli/streams.h"

#include <errno.h>
#include <fcntl.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/output.h"
#include "tests/test.h"

enum {
    READERS_MAX = 3
};

static struct {
    uint64_t next;
    size_t count;
    struct {
        uint64_t reader; /* 0: none */
        uint64_t offset;
        char file[16];
    } readers[READERS_MAX];
    sem_t woken;
} played;

int mezzo_scheduler_read(struct mezzo_scheduler *scheduler,
                         const struct mezzo_read *read,
                         uint64_t *reader)
{
    (void)scheduler;
    for (int i = 0; i < READERS_MAX; i++) {
        if (played.readers[i].reader != 0)
            continue;
        played.readers[i].reader = *reader = ++played.next;
        played.readers[i].offset = read->offset;
        snprintf(played.readers[i].file, sizeof played.readers[i].file, "%s",
                 read->file);
        played.count++;
        return 0;
    }
    return -ENOSPC;
}

int mezzo_scheduler_close(struct mezzo_scheduler *scheduler, uint64_t reader)
{
    (void)scheduler;
    for (int i = 0; i < READERS_MAX; i++) {
        if (played.readers[i].reader == reader) {
            played.readers[i].reader = 0;
            played.count--;
            return 0;
        }
    }
    return -ENOENT;
}

void mezzo_scheduler_wake(struct mezzo_scheduler *scheduler)
{
    (void)scheduler;
    sem_post(&played.woken);
}

static void give(struct streams *s,
                 uint64_t reader,
                 enum mezzo_output_kind kind,
                 uint64_t offset,
                 const void *data,
                 size_t size)
{
    const struct mezzo_output output = {.kind = kind,
                                        .reader = reader,
                                        .offset = offset,
                                        .data = data,
                                        .size = size};

    if (kind != MEZZO_OUTPUT_DATA) /* the library forgets it first */
        mezzo_scheduler_close(NULL, reader);
    streams_take(s, &output);
}

static void give_text(struct streams *s, uint64_t reader, const char *text)
{
    static uint64_t offset; /* a gap would be told, but nothing else changes */

    give(s, reader, MEZZO_OUTPUT_DATA, offset, text, strlen(text));
}

/* Our stdout goes into a pipe until take_back(). */
static int stdout_saved, stdout_read;

static void divert(void)
{
    int fds[2];

    fflush(stdout);
    memset(&played, 0, sizeof played);
    sem_init(&played.woken, 0, 0);
    if (pipe(fds) < 0)
        abort();
    stdout_saved = dup(STDOUT_FILENO);
    dup2(fds[1], STDOUT_FILENO);
    close(fds[1]);
    stdout_read = fds[0];
}

static char *take_back(void)
{
    char *text = calloc(1, 1 << 16);
    size_t size = 0;
    ssize_t part;

    dup2(stdout_saved, STDOUT_FILENO);
    close(stdout_saved);
    while (text != NULL &&
           (part = read(stdout_read, text + size, (1 << 16) - 1 - size)) > 0)
        size += (size_t)part;
    close(stdout_read);
    return text;
}

static void lines_get_the_name_of_their_instance(void)
{
    struct streams *s;
    char *text;

    divert();
    s = streams_new(NULL, 2, true);
    streams_open(s, 0, "id-1", "web-1");
    give_text(s, 1, "on");
    give_text(s, 1, "e\ntwo\nhalf");
    give(s, 1, MEZZO_OUTPUT_ENDED, 0, NULL, 0);
    streams_free(s);
    text = take_back();
    CHECK(strcmp(text, "web-1: one\nweb-1: two\nweb-1: half\n") == 0);
    free(text);
}

static void one_instance_is_passed_on_as_it_is(void)
{
    struct streams *s;
    char *text;

    divert();
    s = streams_new(NULL, 1, false);
    streams_open(s, 0, "id", "web");
    give_text(s, 1, "half");
    give_text(s, 99, "of nobody that we read");
    streams_free(s);
    text = take_back();
    CHECK(strcmp(text, "half") == 0);
    free(text);
}

static void a_line_that_never_ends_is_broken(void)
{
    enum {
        LINE_MAX_SIZE = 1 << 16,
        REST = 100
    };
    char *line = malloc(LINE_MAX_SIZE + REST);
    char *text = calloc(1, 2 * LINE_MAX_SIZE);
    size_t size = 0;
    struct streams *s;

    memset(line, 'x', LINE_MAX_SIZE + REST);
    divert();
    s = streams_new(NULL, 1, true);
    streams_open(s, 0, "id", "web");
    give(s, 1, MEZZO_OUTPUT_DATA, 0, line, LINE_MAX_SIZE + REST);
    give(s, 1, MEZZO_OUTPUT_ENDED, 0, NULL, 0);
    while (size < LINE_MAX_SIZE + REST + 2 * strlen("web: \n"))
        size +=
            (size_t)read(stdout_read, text + size, 2 * LINE_MAX_SIZE - size);
    streams_free(s);
    free(take_back());
    CHECK(strncmp(text, "web: xxx", 8) == 0);
    CHECK(strncmp(text + LINE_MAX_SIZE + strlen("web: "), "\nweb: xxx", 9) ==
          0);
    free(text);
    free(line);
}

static void as_many_as_may_be_are_read_and_then_the_next(void)
{
    struct streams *s;
    size_t followed_first, followed_then;
    bool ended_first, ended_then;

    divert();
    s = streams_new(NULL, 2, true);
    streams_open(s, 0, "id-1", "web-1");
    streams_open(s, 1, "id-2", "web-2");
    followed_first = played.count;
    give(s, 1, MEZZO_OUTPUT_ENDED, 0, NULL, 0);
    followed_then = played.count;
    ended_first = streams_have_ended(s);
    for (uint64_t reader = 2; reader <= 4; reader++)
        give(s, reader, MEZZO_OUTPUT_ENDED, 0, NULL, 0);
    ended_then = streams_have_ended(s);
    streams_free(s);
    free(take_back());
    CHECK(followed_first == READERS_MAX);
    CHECK(followed_then == READERS_MAX);
    CHECK(!ended_first);
    CHECK(ended_then);
}

static void a_stdout_that_takes_nothing_stops_reading(void)
{
    enum {
        SIZE = OUTPUT_WAITING_MAX + (1 << 18)
    };
    char *bytes = calloc(1, SIZE), sink[4096];
    size_t followed_full, followed_after;
    uint64_t offset_after;
    struct streams *s;

    divert();
    s = streams_new(NULL, 1, false);
    streams_open(s, 0, "id", "web");
    give(s, 1, MEZZO_OUTPUT_DATA, 0, bytes, SIZE);
    followed_full = played.count;
    streams_resume(s); /* not drained yet */
    followed_full += played.count;
    for (size_t left = SIZE; left > 0;) {
        ssize_t part = read(stdout_read, sink, sizeof sink);

        if (part <= 0)
            break;
        left -= (size_t)part;
    }
    sem_wait(&played.woken);
    streams_resume(s);
    followed_after = played.count;
    offset_after = played.readers[0].offset;
    streams_free(s);
    free(take_back());
    free(bytes);
    CHECK(followed_full == 0);
    CHECK(followed_after == 2);
    CHECK(offset_after == SIZE); /* where it was, neither again nor later */
}

static void a_task_that_is_replaced_begins_anew(void)
{
    struct streams *s;
    uint64_t offset;
    char *text;

    divert();
    s = streams_new(NULL, 1, true);
    streams_open(s, 0, "id", "web");
    give_text(s, 1, "lost");
    streams_reset(s, 0);
    streams_open(s, 0, "id.1", "web");
    offset = played.readers[0].offset;
    give_text(s, 3, "kept\n");
    streams_free(s);
    text = take_back();
    CHECK(offset == 0);
    CHECK(strcmp(text, "web: kept\n") == 0);
    free(text);
}

int main(void)
{
    lines_get_the_name_of_their_instance();
    one_instance_is_passed_on_as_it_is();
    a_line_that_never_ends_is_broken();
    as_many_as_may_be_are_read_and_then_the_next();
    a_stdout_that_takes_nothing_stops_reading();
    a_task_that_is_replaced_begins_anew();
    return test_done();
}
