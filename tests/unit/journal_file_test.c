/* journal_file_test.c - what was answered is in the file, and of what failed
 * nothing is; the disk is full where the kernel says that a file may not grow.
 */

#include "agent/os/journal_file.h"

#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <sys/resource.h>

#include "tests/test.h"
#include "tests/unit/place.h"

static struct event_base *base;
static struct journal_file *j;
static char answers[4096]; /* "1 2! ": 2 failed */
static char fault[256];
static unsigned answers_count;

static void answer(void *arg, uint64_t ticket, const char *why)
{
    size_t used = strlen(answers);

    (void)arg;
    answers_count++;
    snprintf(answers + used, sizeof answers - used, "%d%s ", (int)ticket,
             why == NULL ? "" : "!");
    if (why != NULL)
        snprintf(fault, sizeof fault, "%s", why);
}

static void reopen(void)
{
    journal_file_close(j);
    j = NULL;
    answers[0] = fault[0] = '\0';
    answers_count = 0;
    CHECK(journal_file_open(base, place_path("journal"), answer, NULL, &j,
                            NULL) == 0);
}

static void append(uint64_t ticket, const char *text, bool is_synced)
{
    journal_file_append(j, ticket, (const uint8_t *)text, strlen(text),
                        is_synced);
}

static void rewrite(uint64_t ticket, const char *text)
{
    journal_file_rewrite(j, ticket, (const uint8_t *)text, strlen(text));
}

static void until(unsigned count)
{
    while (answers_count < count)
        event_base_loop(base, EVLOOP_ONCE);
}

/* By us, and by anyone. */
static bool holds(const char *text)
{
    uint8_t *bytes;
    size_t size = 0;
    bool is_same = journal_file_read(j, &bytes, &size, NULL) == 0 &&
                   size == strlen(text) && memcmp(bytes, text, size) == 0;

    free(bytes);
    return is_same && strcmp(place_text("journal"), text) == 0;
}

/* 0: as much as one likes. */
static void may_grow_to(rlim_t size)
{
    const struct rlimit limit = {size == 0 ? RLIM_INFINITY : size,
                                 RLIM_INFINITY};

    setrlimit(RLIMIT_FSIZE, &limit);
}

static void what_is_not_synced_is_answered_at_once(void)
{
    reopen();
    CHECK(strcmp(journal_file_path(j), place_path("journal")) == 0);
    CHECK(holds(""));
    append(1, "ab", false);
    append(2, "cd", false);
    CHECK(strcmp(answers, "1 2 ") == 0);
    reopen();
    CHECK(holds("abcd"));
}

static void what_is_synced_is_answered_in_order_when_it_is(void)
{
    append(3, "e", true);
    append(4, "f", true);
    append(5, "g", false); /* waits for no sync of another */
    CHECK(strcmp(answers, "5 ") == 0);
    until(3);
    CHECK(strcmp(answers, "5 3 4 ") == 0);
    CHECK(holds("abcdefg"));
}

static void a_torn_tail_is_shown_and_may_be_rewritten(void)
{
    place_write_text("journal", "one;two;thr");
    reopen();
    CHECK(holds("one;two;thr"));
    rewrite(1, "one;two;");
    append(2, "three;", false); /* comes behind it */
    CHECK(answers_count == 0);
    until(2);
    CHECK(strcmp(answers, "1 2 ") == 0);
    CHECK(holds("one;two;three;"));
    CHECK(!place_has("journal.new"));
}

static void nothing_stays_of_an_append_that_fails(void)
{
    place_write_text("journal", "12345678");
    reopen();
    may_grow_to(10);
    append(1, "abcd", true); /* two of which fit */
    CHECK(strcmp(answers, "1! ") == 0 && strstr(fault, "write ") != NULL);
    CHECK(holds("12345678"));
    append(2, "ab", false);
    CHECK(strcmp(answers, "1! 2 ") == 0 && holds("12345678ab"));
    append(3, "c", false);
    may_grow_to(0);
    append(4, "d", true);
    until(4);
    CHECK(strcmp(answers, "1! 2 3! 4 ") == 0 && holds("12345678abd"));
}

static void nothing_stays_of_a_rewrite_that_fails(void)
{
    reopen();
    may_grow_to(5);
    rewrite(1, "123456");
    append(2, "x", false); /* on the one that remains, which is full */
    until(2);
    may_grow_to(0);
    append(3, "y", true);
    until(3);
    CHECK(strcmp(answers, "1! 2! 3 ") == 0);
    CHECK(holds("12345678abdy"));
    CHECK(!place_has("journal.new"));
}

static void what_waits_for_a_rewrite_is_written_at_the_end(void)
{
    reopen();
    rewrite(1, "A");
    append(2, "b", true);
    rewrite(3, "C");
    append(4, "d", false);
    append(5, "e", true);
    journal_file_close(j);
    j = NULL;
    CHECK(answers_count == 0);
    reopen();
    CHECK(holds("Cde"));
}

static void rewrites_and_appends_keep_their_order(void)
{
    reopen();
    append(1, "f", true);
    rewrite(2, "A");
    append(3, "b", true);
    rewrite(4, "B");
    append(5, "c", false);
    until(5);
    CHECK(holds("Bc"));
    CHECK(strstr(answers, "4 5 ") != NULL && strchr(answers, '!') == NULL);
}

static void too_much_that_waits_is_refused(void)
{
    const size_t size = JOURNAL_FILE_LATER_MAX;
    uint8_t *bytes = calloc(1, size);

    reopen();
    rewrite(1, "A");
    journal_file_append(j, 2, bytes, size, false);
    append(3, "c", false);
    CHECK(strcmp(answers, "3! ") == 0 && strstr(fault, "slow") != NULL);
    until(3);
    CHECK(strcmp(answers, "3! 1 2 ") == 0);
    free(bytes);
}

static void a_file_that_cannot_be_is_said(void)
{
    struct error err = {""};
    struct journal_file *none;

    CHECK(journal_file_open(base, place, answer, NULL, &none, &err) == -EISDIR);
    CHECK(journal_file_open(base, place_path("no/journal"), answer, NULL, &none,
                            &err) == -ENOENT);
    CHECK(strstr(err.text, "no/journal") != NULL);
    journal_file_close(NULL);
}

int main(void)
{
    signal(SIGXFSZ, SIG_IGN);
    place_make();
    base = event_base_new();
    what_is_not_synced_is_answered_at_once();
    what_is_synced_is_answered_in_order_when_it_is();
    a_torn_tail_is_shown_and_may_be_rewritten();
    nothing_stays_of_an_append_that_fails();
    nothing_stays_of_a_rewrite_that_fails();
    what_waits_for_a_rewrite_is_written_at_the_end();
    rewrites_and_appends_keep_their_order();
    too_much_that_waits_is_refused();
    a_file_that_cannot_be_is_said();
    journal_file_close(j);
    event_base_free(base);
    place_remove();
    return test_done();
}
