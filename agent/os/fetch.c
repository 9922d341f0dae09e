/* fetch.c - runs that wait for their URIs, in the order they came. */

#include "config.h"

#include "agent/os/fetch.h"

#include <assert.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/wait.h>

#include "agent/os/launcher.h"
#include "agent/os/sandbox.h"

enum {
    ARGUMENTS_MAX = 12,
    REASON_SIZE_MAX = 512,
};

#define TICKETS (1ull << 63) /* ours; below it are the runs' */

enum fetch_state {
    FETCH_NEW,      /* its user is not known yet */
    FETCH_WAITING,  /* for its turn */
    FETCH_STARTING, /* the launcher was asked */
    FETCH_RUNNING,
};

struct uri {
    char *value;
    char *output_file;
    bool is_executable;
    bool is_extracted;
};

struct fetch {
    TAILQ_ENTRY(fetch) link;
    struct fetches *all;
    enum fetch_state state;
    bool is_cancelled; /* to be freed when its process has ended */
    bool is_lost;
    uint64_t ticket;
    pid_t pid;
    char *run;
    const struct user *user;
    bool is_user_other;
    uint64_t log_offset; /* where the process began to write */
    fetch_done_f *done;
    void *arg;
    size_t next; /* of the URIs */
    size_t uris_count;
    struct uri uris[];
};

struct fetches {
    struct fetches_options options;
    TAILQ_HEAD(, fetch) list;
    unsigned active;
    bool is_starting;
    uint64_t next_ticket;
};

static char *copy_text(const char *text)
{
    char *copy = text == NULL ? NULL : strdup(text);

    if (text != NULL && copy == NULL)
        abort();
    return copy;
}

struct fetches *fetches_new(const struct fetches_options *options)
{
    struct fetches *f = calloc(1, sizeof *f);

    if (f == NULL)
        abort();
    f->options = *options;
    f->next_ticket = TICKETS;
    TAILQ_INIT(&f->list);
    return f;
}

static void fetch_free(struct fetch *fetch)
{
    TAILQ_REMOVE(&fetch->all->list, fetch, link);
    for (size_t i = 0; i < fetch->uris_count; i++) {
        free(fetch->uris[i].value);
        free(fetch->uris[i].output_file);
    }
    free(fetch->run);
    free(fetch);
}

void fetches_free(struct fetches *f)
{
    struct fetch *fetch;

    if (f == NULL)
        return;
    while ((fetch = TAILQ_FIRST(&f->list)) != NULL)
        fetch_free(fetch);
    free(f);
}

struct fetch *fetch_new(struct fetches *f,
                        const char *run,
                        const struct order_uri *uris,
                        size_t uris_count,
                        fetch_done_f *done,
                        void *arg)
{
    struct fetch *fetch =
        calloc(1, sizeof *fetch + uris_count * sizeof fetch->uris[0]);

    if (fetch == NULL)
        abort();
    fetch->all = f;
    fetch->run = copy_text(run);
    fetch->done = done;
    fetch->arg = arg;
    fetch->uris_count = uris_count;
    for (size_t i = 0; i < uris_count; i++)
        fetch->uris[i] = (struct uri){
            .value = copy_text(uris[i].value),
            .output_file = copy_text(uris[i].output_file),
            .is_executable = uris[i].is_executable,
            .is_extracted = uris[i].is_extracted,
        };
    TAILQ_INSERT_TAIL(&f->list, fetch, link);
    return fetch;
}

static int launch(struct fetch *fetch, struct error *err)
{
    const struct fetches_options *o = &fetch->all->options;
    const struct uri *uri = &fetch->uris[fetch->next];
    const char *const environment[] = {"PATH=/usr/bin:/bin", NULL};
    char bytes[48], ms[48], sandbox[SANDBOX_PATH_SIZE];
    const char *argv[ARGUMENTS_MAX];
    size_t n = 0;
    int code = sandbox_path(o->sandboxes, fetch->run, sandbox, err);

    if (code < 0)
        return code;
    sandbox_size(o->sandboxes, fetch->run, SANDBOX_ERROR, &fetch->log_offset,
                 NULL);
    argv[n++] = o->program;
    if (o->bytes_max > 0) {
        snprintf(bytes, sizeof bytes, "--size-max=%" PRId64, o->bytes_max);
        argv[n++] = bytes;
    }
    if (o->ms_max > 0) {
        snprintf(ms, sizeof ms, "--time-max=%" PRId64 "ms", o->ms_max);
        argv[n++] = ms;
    }
    if (uri->is_executable)
        argv[n++] = "--executable";
    if (uri->is_extracted)
        argv[n++] = "--extract";
    if (uri->output_file != NULL) {
        argv[n++] = "--output";
        argv[n++] = uri->output_file;
    }
    argv[n++] = "--";
    argv[n++] = uri->value;
    argv[n] = NULL;
    fetch->ticket = fetch->all->next_ticket++;
    return launcher_launch(o->launcher,
                           &(struct launcher_request){
                               .ticket = fetch->ticket,
                               .argv = argv,
                               .environment = environment,
                               .directory = sandbox,
                               .error = SANDBOX_ERROR,
                               .is_user_other = fetch->is_user_other,
                               .user = fetch->user->uid,
                               .group = fetch->user->gid,
                               .groups = fetch->user->groups,
                               .groups_count = fetch->user->groups_count,
                           },
                           err);
}

static void start_waiting(struct fetches *f);

static void finish(struct fetch *fetch, const char *fault)
{
    struct fetches *f = fetch->all;
    fetch_done_f *done = fetch->is_cancelled ? NULL : fetch->done;
    void *arg = fetch->arg;

    fetch_free(fetch);
    start_waiting(f);
    if (done != NULL)
        done(arg, fault);
}

/* The first whose turn it is. */
static struct fetch *find_waiting(struct fetches *f)
{
    struct fetch *fetch;

    TAILQ_FOREACH (fetch, &f->list, link)
        if (fetch->state == FETCH_WAITING)
            return fetch;
    return NULL;
}

static void start_waiting(struct fetches *f)
{
    struct error err = {""};
    struct fetch *fetch;

    if (f->is_starting) /* what failed has ended, and so we are here again */
        return;
    f->is_starting = true;
    while (f->active < FETCHES_AT_A_TIME && (fetch = find_waiting(f)) != NULL) {
        if (launch(fetch, &err) < 0) {
            finish(fetch, err.text);
            continue;
        }
        fetch->state = FETCH_STARTING;
        f->active++;
    }
    f->is_starting = false;
}

void fetch_start(struct fetch *fetch,
                 const struct user *user,
                 bool is_user_other)
{
    fetch->user = user;
    fetch->is_user_other = is_user_other;
    fetch->state = FETCH_WAITING;
    start_waiting(fetch->all);
}

void fetch_cancel(struct fetch *fetch)
{
    if (fetch == NULL)
        return;
    fetch->is_cancelled = true;
    if (fetch->state == FETCH_NEW || fetch->state == FETCH_WAITING)
        fetch_free(fetch);
    else if (fetch->state == FETCH_RUNNING)
        kill(-fetch->pid, SIGKILL);
}

static struct fetch *find_ticket(struct fetches *f, uint64_t ticket)
{
    struct fetch *fetch;

    TAILQ_FOREACH (fetch, &f->list, link)
        if (fetch->state == FETCH_STARTING && fetch->ticket == ticket)
            return fetch;
    return NULL;
}

bool fetches_launched(struct fetches *f, uint64_t ticket, pid_t pid)
{
    struct fetch *fetch = find_ticket(f, ticket);

    if (fetch == NULL)
        return false;
    fetch->state = FETCH_RUNNING;
    fetch->pid = pid;
    if (fetch->is_cancelled)
        kill(-pid, SIGKILL);
    return true;
}

bool fetches_refused(struct fetches *f, uint64_t ticket, const char *reason)
{
    struct fetch *fetch = find_ticket(f, ticket);

    if (fetch == NULL)
        return false;
    f->active--;
    finish(fetch, reason);
    return true;
}

/* The last line it has written, in `reason`; "" if there is none. */
static void read_reason(const struct fetch *fetch, char reason[REASON_SIZE_MAX])
{
    struct sandboxes *sandboxes = fetch->all->options.sandboxes;
    struct sandbox_bytes read = {0};
    char *line;

    reason[0] = '\0';
    if (sandbox_read(sandboxes, fetch->run, SANDBOX_ERROR, fetch->log_offset,
                     REASON_SIZE_MAX - 1, &read, NULL) < 0 ||
        read.size == 0)
        return;
    memcpy(reason, read.bytes, read.size);
    free(read.bytes);
    while (read.size > 0 && reason[read.size - 1] == '\n')
        read.size--;
    reason[read.size] = '\0';
    line = strrchr(reason, '\n');
    if (line != NULL)
        memmove(reason, line + 1, strlen(line + 1) + 1);
}

static void failed(struct fetch *fetch, int wait_status)
{
    char reason[REASON_SIZE_MAX];

    read_reason(fetch, reason);
    if (reason[0] == '\0')
        snprintf(reason, sizeof reason, "%.300s: %s ended with %s %d",
                 fetch->uris[fetch->next].value, "mezzo-fetch",
                 WIFSIGNALED(wait_status) ? "signal" : "status",
                 WIFSIGNALED(wait_status) ? WTERMSIG(wait_status)
                                          : WEXITSTATUS(wait_status));
    finish(fetch, reason);
}

bool fetches_exited(struct fetches *f, pid_t pid, int wait_status)
{
    struct fetch *fetch;

    TAILQ_FOREACH (fetch, &f->list, link)
        if (fetch->state == FETCH_RUNNING && fetch->pid == pid)
            break;
    if (fetch == NULL)
        return false;
    f->active--;
    if (fetch->is_cancelled) {
        finish(fetch, NULL);
    } else if (wait_status != 0) {
        failed(fetch, wait_status);
    } else if (++fetch->next == fetch->uris_count) {
        finish(fetch, NULL);
    } else {
        fetch->state = FETCH_WAITING;
        start_waiting(f);
    }
    return true;
}

void fetches_lost(struct fetches *f)
{
    struct fetch *fetch;

    TAILQ_FOREACH (fetch, &f->list, link)
        fetch->is_lost =
            fetch->state == FETCH_STARTING || fetch->state == FETCH_RUNNING;
    do { /* from the start: what one makes of it may end others */
        TAILQ_FOREACH (fetch, &f->list, link)
            if (fetch->is_lost)
                break;
        if (fetch != NULL) {
            f->active--;
            finish(fetch, "the launcher was killed while it was fetched");
        }
    } while (fetch != NULL);
}
