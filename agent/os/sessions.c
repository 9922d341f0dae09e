/* sessions.c - reads /proc/PID/stat, whose second field may hold anything. */

#include "config.h"

#include "agent/os/sessions.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    LOOKS_MAX = 100, /* at one that forks while it is hunted */
    FIELD_STATE = 3,
    FIELD_SESSION = 6,
    FIELD_START = 22,
};

struct process {
    char state;
    pid_t session;
    uint64_t ticks;
};

static bool read_process(pid_t pid, struct process *process)
{
    char path[64], text[1024];
    const char *at;
    ssize_t size;
    int fd;

    snprintf(path, sizeof path, "/proc/%ld/stat", (long)pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    size = read(fd, text, sizeof text - 1);
    close(fd);
    if (size <= 0)
        return false;
    text[size] = '\0';
    at = strrchr(text, ')');
    for (int field = FIELD_STATE; at != NULL && field <= FIELD_START; field++) {
        at = strchr(at + 1, ' ');
        if (at == NULL)
            return false;
        if (field == FIELD_STATE)
            process->state = at[1];
        else if (field == FIELD_SESSION)
            process->session = (pid_t)strtol(at + 1, NULL, 10);
        else if (field == FIELD_START)
            process->ticks = strtoull(at + 1, NULL, 10);
    }
    return at != NULL;
}

uint64_t sessions_ticks(pid_t pid)
{
    struct process process;

    if (!read_process(pid, &process) || process.state == 'Z' ||
        process.state == 'X')
        return 0;
    return process.ticks;
}

static bool is_one_of(pid_t session, const pid_t *sessions, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (sessions[i] == session)
            return true;
    return false;
}

/* How many were found alive. */
static size_t kill_once(const pid_t *sessions, size_t count)
{
    DIR *stream = opendir("/proc");
    struct dirent *entry;
    struct process process;
    size_t found = 0;
    pid_t pid;

    if (stream == NULL)
        return 0;
    while ((entry = readdir(stream)) != NULL) {
        if (!isdigit((unsigned char)entry->d_name[0]))
            continue;
        pid = (pid_t)strtol(entry->d_name, NULL, 10);
        if (!read_process(pid, &process) || process.state == 'Z' ||
            !is_one_of(process.session, sessions, count))
            continue;
        found += kill(pid, SIGKILL) == 0;
    }
    closedir(stream);
    return found;
}

void sessions_kill(const pid_t *sessions, size_t count)
{
    for (int i = 0; i < LOOKS_MAX && kill_once(sessions, count) > 0; i++)
        ;
}
