/* log_test.c - what a line looks like, on a terminal and for systemd. */

#include "io/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/test.h"

static char path[] = "/tmp/log_test.XXXXXX";

/* What has been written since the last call. */
static const char *take_lines(void)
{
    static char lines[4096];
    ssize_t size;

    lseek(STDERR_FILENO, 0, SEEK_SET);
    size = read(STDERR_FILENO, lines, sizeof lines - 1);
    lines[size < 0 ? 0 : size] = '\0';
    lseek(STDERR_FILENO, 0, SEEK_SET);
    if (ftruncate(STDERR_FILENO, 0) < 0)
        abort();
    return lines;
}

static void a_line_has_a_time_and_says_who(void)
{
    int year, ms, end = 0;
    const char *lines;

    log_open("master", LOG_LEVEL_NOTICE);
    log_text(LOG_LEVEL_NOTICE, "agent-%d: lost", 3);
    lines = take_lines();
    CHECK(sscanf(lines, "%d-%*d-%*dT%*d:%*d:%*d.%3d%*5s master: %n", &year, &ms,
                 &end) == 2);
    CHECK(year > 2000 && strcmp(lines + end, "agent-3: lost\n") == 0);
}

static void what_is_less_urgent_is_not_shown(void)
{
    log_open("master", LOG_LEVEL_NOTICE);
    log_text(LOG_LEVEL_DEBUG, "x");
    CHECK(strcmp(take_lines(), "") == 0);
    log_open("master", LOG_LEVEL_DEBUG);
    log_effect(NULL, LOG_LEVEL_DEBUG, "100%s");
    CHECK(strstr(take_lines(), "master: 100%s\n") != NULL);
    log_open("master", LOG_LEVEL_ERROR);
    log_text(LOG_LEVEL_NOTICE, "x");
    log_text(LOG_LEVEL_ERROR, "y");
    CHECK(strstr(take_lines(), "master: y\n") != NULL);
}

static void systemd_is_given_the_priority_instead(void)
{
    char stream[64];
    struct stat st;

    fstat(STDERR_FILENO, &st);
    snprintf(stream, sizeof stream, "%lu:%lu", (unsigned long)st.st_dev,
             (unsigned long)st.st_ino);
    setenv("JOURNAL_STREAM", stream, 1);
    log_open("master", LOG_LEVEL_DEBUG);
    log_text(LOG_LEVEL_ERROR, "a");
    log_text(LOG_LEVEL_NOTICE, "b");
    log_text(LOG_LEVEL_DEBUG, "c");
    CHECK(strcmp(take_lines(), "<3>master: a\n<5>master: b\n<7>master: c\n") ==
          0);
    setenv("JOURNAL_STREAM", "1:1", 1); /* somebody else's stderr */
    log_open("master", LOG_LEVEL_NOTICE);
    log_text(LOG_LEVEL_ERROR, "a");
    CHECK(take_lines()[0] != '<');
}

static void a_long_line_is_cut_and_still_ends(void)
{
    char text[5000];
    const char *lines;

    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    log_text(LOG_LEVEL_ERROR, "%s", text);
    lines = take_lines();
    CHECK(strlen(lines) == 1023 && strchr(lines, '\n') == lines + 1022);
}

static void levels_have_names(void)
{
    enum log_level level;

    CHECK(log_level_parse("error", &level) && level == LOG_LEVEL_ERROR);
    CHECK(log_level_parse("debug", &level) && level == LOG_LEVEL_DEBUG);
    CHECK(!log_level_parse("", &level) && !log_level_parse("warn", &level));
}

int main(void)
{
    int fd = mkstemp(path);

    if (fd < 0 || dup2(fd, STDERR_FILENO) < 0)
        return EXIT_FAILURE;
    unlink(path);
    a_line_has_a_time_and_says_who();
    what_is_less_urgent_is_not_shown();
    systemd_is_given_the_priority_instead();
    a_long_line_is_cut_and_still_ends();
    levels_have_names();
    return test_done();
}
