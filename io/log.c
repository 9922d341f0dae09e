/* log.c - one write() for each line, so that lines of several threads, or of
 * several processes on one terminal, do not mix. */

#include "io/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_SIZE 1024

static const char *const level_names[] = {
    [LOG_LEVEL_ERROR] = "error",
    [LOG_LEVEL_NOTICE] = "notice",
    [LOG_LEVEL_DEBUG] = "debug",
};

/* Of syslog, as systemd reads them. */
static const int priorities[] = {
    [LOG_LEVEL_ERROR] = 3,
    [LOG_LEVEL_NOTICE] = 5,
    [LOG_LEVEL_DEBUG] = 7,
};

static struct {
    const char *who;
    enum log_level max;
    bool is_journaled;
} log_state = {.who = NULL, .max = LOG_LEVEL_NOTICE};

/* systemd names the stream it reads by device and inode: stderr may have been
 * redirected since, and a file wants the time. */
static bool stderr_is_journal(void)
{
    const char *stream = getenv("JOURNAL_STREAM");
    unsigned long long device, inode;
    struct stat st;

    return stream != NULL &&
           sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
           fstat(STDERR_FILENO, &st) == 0 && st.st_dev == device &&
           st.st_ino == inode;
}

void log_open(const char *who, enum log_level max)
{
    log_state.who = who;
    log_state.max = max;
    log_state.is_journaled = stderr_is_journal();
}

static int put_time(char *line, size_t size)
{
    struct timespec now;
    struct tm local;
    char zone[8];
    size_t used;

    clock_gettime(CLOCK_REALTIME, &now);
    localtime_r(&now.tv_sec, &local);
    used = strftime(line, size, "%Y-%m-%dT%H:%M:%S", &local);
    strftime(zone, sizeof zone, "%z", &local);
    return (int)used + snprintf(line + used, size - used, ".%03ld%s ",
                                now.tv_nsec / 1000000, zone);
}

void log_text(enum log_level level, const char *format, ...)
{
    char line[LINE_MAX_SIZE];
    int used, text;
    ssize_t written;
    va_list args;

    if (level > log_state.max)
        return;
    if (log_state.is_journaled)
        used = snprintf(line, sizeof line, "<%d>", priorities[level]);
    else
        used = put_time(line, sizeof line);
    if (log_state.who != NULL)
        used += snprintf(line + used, sizeof line - (size_t)used,
                         "%.64s: ", log_state.who);
    va_start(args, format);
    text = vsnprintf(line + used, sizeof line - (size_t)used, format, args);
    va_end(args);
    if (text > 0)
        used += text;
    if ((size_t)used > sizeof line - 2)
        used = sizeof line - 2; /* cut */
    line[used++] = '\n';
    do
        written = write(STDERR_FILENO, line, (size_t)used);
    while (written < 0 && errno == EINTR);
    /* There is nobody to tell of a log that cannot be written. */
}

void log_effect(void *arg, enum log_level level, const char *text)
{
    (void)arg;
    log_text(level, "%s", text);
}

bool log_level_parse(const char *text, enum log_level *level)
{
    for (size_t i = 0; i < sizeof level_names / sizeof level_names[0]; i++) {
        if (strcmp(text, level_names[i]) == 0) {
            *level = (enum log_level)i;
            return true;
        }
    }
    return false;
}
