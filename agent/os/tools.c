/* tools.c - each has a place, and files of that place which are used again: to
 * make a file and delete it costs ext4 a millisecond. */

#include "config.h"

#include "agent/os/tools.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/os/launcher.h"

#define TICKETS (1ull << 61) /* ours; see fetch.c, lives_processes.c */

enum {
    NAME_SIZE = 32,
    FAULT_SIZE = 512,
};

enum tool_state {
    TOOL_FREE,
    TOOL_STARTING, /* the launcher was asked */
    TOOL_RUNNING,
    TOOL_FAILED, /* it could not be begun */
};

struct tool {
    struct tools *all;
    enum tool_state state;
    bool is_cancelled;
    bool is_late;
    bool is_lost;
    struct error early;
    uint64_t ticket;
    pid_t pid;
    struct event *timer;
    tool_done_f *done;
    void *arg;
};

struct tools {
    struct event_base *base;
    char *directory;
    int fd;
    struct launcher *launcher;
    uint64_t next_ticket;
    struct tool items[TOOLS_MAX];
};

static unsigned place(const struct tool *tool)
{
    return (unsigned)(tool - tool->all->items);
}

static void name_of(const struct tool *tool,
                    const char *what,
                    char name[NAME_SIZE])
{
    snprintf(name, NAME_SIZE, "%u.%s", place(tool), what);
}

static void empty(int fd)
{
    DIR *stream = fdopendir(dup(fd));
    struct dirent *entry;

    if (stream == NULL)
        return;
    while ((entry = readdir(stream)) != NULL)
        unlinkat(fd, entry->d_name, 0);
    closedir(stream);
}

int tools_open(struct event_base *base,
               const char *directory,
               struct tools **tools,
               struct error *err)
{
    struct tools *t;
    int fd;

    if (mkdir(directory, 0700) < 0 && errno != EEXIST)
        return error_errno(err, "make %s", directory);
    fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return error_errno(err, "open %s", directory);
    t = calloc(1, sizeof *t);
    if (t == NULL)
        abort();
    t->base = base;
    t->fd = fd;
    t->next_ticket = TICKETS;
    t->directory = strdup(directory);
    for (size_t i = 0; i < TOOLS_MAX; i++)
        t->items[i].all = t;
    empty(fd);
    *tools = t;
    return 0;
}

void tools_close(struct tools *t)
{
    if (t == NULL)
        return;
    for (size_t i = 0; i < TOOLS_MAX; i++)
        if (t->items[i].timer != NULL)
            event_free(t->items[i].timer);
    close(t->fd);
    free(t->directory);
    free(t);
}

void tools_set_launcher(struct tools *t, struct launcher *launcher)
{
    t->launcher = launcher;
}

/* The first bytes of one of its files, to be freed. */
static char *read_file(const struct tool *tool, const char *what, size_t *size)
{
    char *bytes = malloc(TOOLS_OUTPUT_MAX + 1), name[NAME_SIZE];
    ssize_t count = 0;
    int fd;

    if (bytes == NULL)
        abort();
    name_of(tool, what, name);
    fd = openat(tool->all->fd, name, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        count = read(fd, bytes, TOOLS_OUTPUT_MAX);
        close(fd);
    }
    *size = count > 0 ? (size_t)count : 0;
    bytes[*size] = '\0';
    return bytes;
}

/* The last line it has written to stderr. */
static bool read_reason(const struct tool *tool, char fault[FAULT_SIZE])
{
    size_t size;
    char *text = read_file(tool, "err", &size), *line;

    while (size > 0 && (text[size - 1] == '\n' || text[size - 1] == ' '))
        text[--size] = '\0';
    line = strrchr(text, '\n');
    line = line != NULL ? line + 1 : text;
    snprintf(fault, FAULT_SIZE, "%s", line);
    free(text);
    return fault[0] != '\0';
}

static void finish(struct tool *tool, const char *fault, int wait_status)
{
    struct tool_result result = {
        .fault = fault,
        .wait_status = wait_status,
        .is_late = tool->is_late,
    };
    bool is_cancelled = tool->is_cancelled;
    tool_done_f *done = tool->done;
    void *arg = tool->arg;
    char *output = read_file(tool, "out", &result.output_size);

    result.output = output;
    if (tool->timer != NULL)
        event_free(tool->timer);
    tool->timer = NULL;
    tool->state = TOOL_FREE;
    if (!is_cancelled)
        done(arg, &result);
    free(output);
}

static void late_cb(evutil_socket_t fd, short what, void *arg)
{
    struct tool *tool = arg;

    (void)fd;
    (void)what;
    tool->is_late = true;
    if (tool->state == TOOL_RUNNING)
        kill(-tool->pid, SIGKILL);
}

static void arm(struct tool *tool, msec_t ms)
{
    const struct timeval wait = {.tv_sec = ms / 1000,
                                 .tv_usec = ms % 1000 * 1000};

    if (ms <= 0)
        return;
    tool->timer = evtimer_new(tool->all->base, late_cb, tool);
    if (tool->timer == NULL)
        abort();
    evtimer_add(tool->timer, &wait);
}

static int write_file(const struct tool *tool,
                      const char *what,
                      const char *bytes,
                      size_t size)
{
    char name[NAME_SIZE];
    ssize_t count = 0;
    int fd;

    name_of(tool, what, name);
    fd = openat(tool->all->fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
                0600);
    if (fd < 0)
        return -errno;
    if (size > 0)
        count = write(fd, bytes, size);
    close(fd);
    return count == (ssize_t)size ? 0 : -EIO;
}

static int launch(struct tool *tool,
                  const struct tool_request *request,
                  struct error *err)
{
    static const char *const environment[] = {
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        NULL};
    char in[NAME_SIZE], out[NAME_SIZE], errors[NAME_SIZE];

    name_of(tool, "in", in);
    name_of(tool, "out", out);
    name_of(tool, "err", errors);
    if (write_file(tool, "out", NULL, 0) < 0 ||
        write_file(tool, "err", NULL, 0) < 0 ||
        (request->input != NULL &&
         write_file(tool, "in", request->input, request->input_size) < 0))
        return error_set(err, -EIO, "%s cannot be written to",
                         tool->all->directory);
    return launcher_launch(tool->all->launcher,
                           &(struct launcher_request){
                               .ticket = tool->ticket,
                               .argv = request->argv,
                               .environment = request->environment != NULL
                                                  ? request->environment
                                                  : environment,
                               .directory = tool->all->directory,
                               .output = out,
                               .error = errors,
                               .input = request->input != NULL ? in : NULL,
                               .unmounts = request->unmounts,
                               .unmounts_count = request->unmounts_count,
                               .cgroups = request->cgroups,
                               .cgroups_count = request->cgroups_count,
                               .cgroup_unified = request->cgroup_unified,
                               .overlay = request->overlay,
                               .overlay_at = request->overlay_at,
                               .overlay_from = request->overlay_from,
                           },
                           err);
}

static void early_cb(evutil_socket_t fd, short what, void *arg)
{
    struct tool *tool = arg;

    (void)fd;
    (void)what;
    finish(tool, tool->early.text, -1);
}

struct tool *tool_start(struct tools *t,
                        const struct tool_request *request,
                        tool_done_f *done,
                        void *arg)
{
    const struct timeval now = {0};
    struct tool *tool = NULL;

    for (size_t i = 0; tool == NULL && i < TOOLS_MAX; i++)
        if (t->items[i].state == TOOL_FREE)
            tool = &t->items[i];
    if (tool == NULL)
        return NULL;
    *tool = (struct tool){
        .all = t,
        .state = TOOL_STARTING,
        .ticket = t->next_ticket++,
        .done = done,
        .arg = arg,
    };
    if (launch(tool, request, &tool->early) == 0) {
        arm(tool, request->ms_max);
        return tool;
    }
    tool->state = TOOL_FAILED; /* never told at once: our caller has a hand on
                                * it */
    tool->timer = evtimer_new(t->base, early_cb, tool);
    if (tool->timer == NULL)
        abort();
    evtimer_add(tool->timer, &now);
    return tool;
}

void tool_cancel(struct tool *tool)
{
    if (tool == NULL)
        return;
    tool->is_cancelled = true;
    if (tool->state == TOOL_RUNNING)
        kill(-tool->pid, SIGKILL);
}

static struct tool *find(struct tools *t,
                         enum tool_state state,
                         uint64_t ticket,
                         pid_t pid)
{
    for (size_t i = 0; i < TOOLS_MAX; i++) {
        struct tool *tool = &t->items[i];

        if (tool->state == state &&
            (state == TOOL_STARTING ? tool->ticket == ticket
                                    : tool->pid == pid))
            return tool;
    }
    return NULL;
}

bool tools_launched(struct tools *t, uint64_t ticket, pid_t pid)
{
    struct tool *tool = find(t, TOOL_STARTING, ticket, 0);

    if (tool == NULL)
        return false;
    tool->state = TOOL_RUNNING;
    tool->pid = pid;
    if (tool->is_cancelled || tool->is_late)
        kill(-pid, SIGKILL);
    return true;
}

bool tools_refused(struct tools *t, uint64_t ticket, const char *reason)
{
    struct tool *tool = find(t, TOOL_STARTING, ticket, 0);

    if (tool == NULL)
        return false;
    finish(tool, reason, -1);
    return true;
}

bool tools_exited(struct tools *t, pid_t pid, int wait_status)
{
    struct tool *tool = find(t, TOOL_RUNNING, 0, pid);
    char fault[FAULT_SIZE];

    if (tool == NULL)
        return false;
    if (wait_status == 0 && !tool->is_late) {
        finish(tool, NULL, 0);
        return true;
    }
    if (tool->is_late)
        snprintf(fault, sizeof fault, "it took too long");
    else if (!read_reason(tool, fault))
        snprintf(fault, sizeof fault, "it ended with %s %d",
                 WIFSIGNALED(wait_status) ? "signal" : "status",
                 WIFSIGNALED(wait_status) ? WTERMSIG(wait_status)
                                          : WEXITSTATUS(wait_status));
    finish(tool, fault, tool->is_late ? -1 : wait_status);
    return true;
}

void tools_lost(struct tools *t)
{
    for (size_t i = 0; i < TOOLS_MAX; i++)
        t->items[i].is_lost = t->items[i].state == TOOL_STARTING ||
                              t->items[i].state == TOOL_RUNNING;
    for (size_t i = 0; i < TOOLS_MAX; i++) {
        struct tool *tool = &t->items[i];

        if (!tool->is_lost || tool->state == TOOL_FREE)
            continue;
        tool->is_lost = false;
        if (tool->state == TOOL_RUNNING)
            kill(-tool->pid, SIGKILL);
        finish(tool, "the launcher was killed while it ran", -1);
    }
}
