/* history_test.c - what has ended is kept in a file, once, and found again. */

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "io/history.h"
#include "tests/test.h"

static char directory[] = "/tmp/mezzo-history.XXXXXX", path[128];
static char found[1024], lost[256]; /* the rows, with blanks between */
static struct history_answer last;
static int answers;

static void log_cb(void *arg, const char *text)
{
    (void)arg;
    snprintf(lost, sizeof lost, "%s", text);
}

static struct history *open_one(int64_t rows_max, msec_t keep_ms)
{
    const struct history_options options = {
        .path = path, .keep_ms = keep_ms, .rows_max = rows_max, .log = log_cb};
    struct history *h = NULL;
    struct error err;

    CHECK(history_open(&options, &h, &err) == 0);
    return h;
}

static void keep(struct history *h, const char *id, const char *user, msec_t at)
{
    history_keep(h, &(struct history_row){.framework_id = "f",
                                          .task_id = id,
                                          .user = user,
                                          .ended_ms = at,
                                          .bytes = (const uint8_t *)id,
                                          .size = strlen(id)});
}

static void found_cb(void *arg, const struct history_answer *answer)
{
    size_t size = 0;

    (void)arg;
    answers++;
    last = *answer;
    found[0] = '\0';
    for (size_t i = 0; i < answer->count; i++)
        size += (size_t)snprintf(found + size, sizeof found - size, "%.*s ",
                                 (int)answer->rows[i].size,
                                 (const char *)answer->rows[i].bytes);
}

/* The rows that it finds. */
static const char *find(struct history *h,
                        int64_t after,
                        msec_t since_ms,
                        const char *user,
                        unsigned rows_max)
{
    struct pollfd fd = {.fd = history_fd(h), .events = POLLIN};
    int before = answers;

    history_find(h, &(struct history_question){.number = 7,
                                               .after = after,
                                               .since_ms = since_ms,
                                               .user = user,
                                               .rows_max = rows_max});
    while (answers == before && poll(&fd, 1, 10000) > 0)
        history_process(h, found_cb, NULL);
    CHECK(last.number == 7 && last.failure == NULL);
    return found;
}

static msec_t now_ms(void)
{
    return (msec_t)time(NULL) * 1000;
}

static void what_is_kept_is_found(void)
{
    struct history *h = open_one(1000, 1000000);
    msec_t now = now_ms();

    CHECK(history_newest_ms(h) == 0);
    keep(h, "a", "anna", now - 300);
    keep(h, "b", "bob", now - 200);
    keep(h, "a", "anna", now - 100); /* is there */
    keep(h, "c", "anna", now - 250);
    CHECK(strcmp(find(h, 0, 0, NULL, 10), "a b c ") == 0);
    CHECK(!last.is_more);
    CHECK(strcmp(find(h, 0, 0, "anna", 10), "a c ") == 0);
    CHECK(strcmp(find(h, 0, now - 250, NULL, 10), "b c ") == 0);
    CHECK(strcmp(find(h, 0, 0, NULL, 2), "a b ") == 0);
    CHECK(last.is_more);
    CHECK(strcmp(find(h, last.last, 0, NULL, 2), "c ") == 0);
    CHECK(!last.is_more);
    CHECK(strcmp(find(h, last.last, 0, NULL, 2), "") == 0);
    keep(h, "d", "bob", now); /* what comes later comes after it */
    CHECK(strcmp(find(h, last.last, 0, NULL, 2), "d ") == 0);
    history_close(h);
}

static void it_outlives_its_process(void)
{
    struct history *h = open_one(1000, 1000000);

    CHECK(history_newest_ms(h) > now_ms() - 100000);
    CHECK(strcmp(find(h, 0, 0, NULL, 10), "a b c d ") == 0);
    history_close(h);
}

static void another_process_may_not_have_it(void)
{
    struct history *h = open_one(1000, 1000000), *other;
    struct error err;

    CHECK(history_open(&(struct history_options){.path = path, .log = log_cb},
                       &other, &err) == -EBUSY);
    history_close(h);
}

static void what_is_too_much_or_too_old_goes(void)
{
    struct history *h = open_one(3, 1000000);

    history_close(h); /* it looks at once, and then each minute */
    h = open_one(1000, 1000000);
    CHECK(strcmp(find(h, 0, 0, NULL, 10), "b c d ") == 0);
    keep(h, "old", "bob", now_ms() - 2000000);
    CHECK(strcmp(find(h, 0, 0, NULL, 10), "b c d old ") == 0);
    history_close(h);
    h = open_one(1000, 1000000);
    CHECK(strcmp(find(h, 0, 0, NULL, 10), "b c d ") == 0);
    history_close(h);
}

static void a_damaged_file_is_refused(void)
{
    struct history *h;
    struct error err;
    FILE *f = fopen(path, "r+");

    CHECK(f != NULL);
    if (f == NULL)
        return;
    fputs("this is no database at all", f);
    fclose(f);
    CHECK(history_open(&(struct history_options){.path = path, .log = log_cb},
                       &h, &err) == -EIO);
    CHECK(strstr(err.text, path) != NULL);
    CHECK(strstr(err.text, "damaged at byte 0") != NULL);
}

int main(void)
{
    char command[64];

    CHECK(mkdtemp(directory) != NULL);
    snprintf(path, sizeof path, "%s/history.db", directory);
    what_is_kept_is_found();
    it_outlives_its_process();
    another_process_may_not_have_it();
    what_is_too_much_or_too_old_goes();
    a_damaged_file_is_refused();
    snprintf(command, sizeof command, "rm -rf %s", directory);
    CHECK(system(command) == 0);
    return test_done();
}
