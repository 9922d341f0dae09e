/* process.c - the processes of an executor. */

#include "frameworks/mpi/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/memory.h"

enum {
    PMI_TARGET = 3,  /* the descriptor that ranks find in PMI_FD */
    DRAIN_MS = 1000, /* for what is still in the pipes, after the exit */
    READ_SIZE = 1 << 16,
    PMI_WAITING_MAX = 4 << 20, /* bytes that a rank does not read */
};

struct process {
    TAILQ_ENTRY(process) entry;
    struct processes *owner;
    uint64_t key;
    uint64_t number; /* the library's */
    pid_t pid;       /* 0: not known */
    struct watch output[2];
    struct watch pmi;
    char *waiting; /* what the rank has not read of PMI */
    size_t waiting_size;
    bool has_exited, is_held;
    int64_t drain_ms;
};

struct processes {
    struct processes_options options;
    TAILQ_HEAD(process_list, process) all;
};

struct processes *processes_new(const struct processes_options *options)
{
    struct processes *ps = memory_new(1, sizeof *ps);

    ps->options = *options;
    TAILQ_INIT(&ps->all);
    return ps;
}

static void remove_process(struct process *p)
{
    struct processes *ps = p->owner;

    for (int i = 0; i < 2; i++)
        watches_close(ps->options.watches, &p->output[i]);
    watches_close(ps->options.watches, &p->pmi);
    TAILQ_REMOVE(&ps->all, p, entry);
    free(p->waiting);
    free(p);
}

void processes_free(struct processes *ps)
{
    if (ps == NULL)
        return;
    while (!TAILQ_EMPTY(&ps->all))
        remove_process(TAILQ_FIRST(&ps->all));
    free(ps);
}

static struct process *find(struct processes *ps, uint64_t key)
{
    struct process *p;

    TAILQ_FOREACH (p, &ps->all, entry)
        if (p->key == key)
            return p;
    return NULL;
}

static void remove_if_done(struct process *p)
{
    if (p->has_exited && p->output[0].fd < 0 && p->output[1].fd < 0)
        remove_process(p);
}

/* ---------------------------------------------------------------- output */

static void end_output(struct process *p, int stream)
{
    struct processes *ps = p->owner;

    watches_close(ps->options.watches, &p->output[stream - 1]);
    node_output_ended(ps->options.node, p->key, stream);
}

static void output_ready(struct watch *w, uint32_t events)
{
    struct process *p = w->arg;
    int stream = w == &p->output[0] ? NODE_OUT : NODE_ERR;
    char bytes[READ_SIZE];
    ssize_t size = read(w->fd, bytes, sizeof bytes);

    (void)events;
    if (size > 0) {
        node_output(p->owner->options.node, p->key, stream, bytes,
                    (size_t)size);
        return;
    }
    if (size < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    end_output(p, stream);
    remove_if_done(p);
}

/* One that is held is not read, and so stops when its pipe is full; its end is
 * seen when it goes on. */
static void listen_to(struct process *p)
{
    struct watches *ws = p->owner->options.watches;

    for (int i = 0; i < 2; i++)
        watches_change(ws, &p->output[i],
                       p->is_held ? EPOLLONESHOT : (uint32_t)EPOLLIN);
}

void processes_hold(struct processes *ps, unsigned step, bool holds)
{
    struct process *p;

    TAILQ_FOREACH (p, &ps->all, entry)
        if (p->key != NODE_SCRIPT_KEY && p->key >> 32 == step) {
            p->is_held = holds;
            listen_to(p);
        }
}

/* ------------------------------------------------------------------- PMI */

static void flush_pmi(struct process *p)
{
    struct watches *ws = p->owner->options.watches;

    while (p->waiting_size > 0) {
        ssize_t size = send(p->pmi.fd, p->waiting, p->waiting_size,
                            MSG_DONTWAIT | MSG_NOSIGNAL);

        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0)
            break;
        p->waiting_size -= (size_t)size;
        memmove(p->waiting, p->waiting + size, p->waiting_size);
    }
    watches_change(ws, &p->pmi,
                   EPOLLIN | (p->waiting_size > 0 ? (uint32_t)EPOLLOUT : 0));
}

static void pmi_ready(struct watch *w, uint32_t events)
{
    struct process *p = w->arg;
    struct processes *ps = p->owner;
    char bytes[READ_SIZE];
    ssize_t size;

    if ((events & EPOLLOUT) != 0)
        flush_pmi(p);
    if ((events & ~(uint32_t)EPOLLOUT) == 0)
        return;
    size = recv(w->fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (size < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (size <= 0)
        watches_close(ps->options.watches, w);
    node_pmi(ps->options.node, p->key, bytes, size > 0 ? (size_t)size : 0);
}

void processes_write_pmi(struct processes *ps,
                         uint64_t key,
                         const void *bytes,
                         size_t size)
{
    struct process *p = find(ps, key);

    if (p == NULL || p->pmi.fd < 0)
        return;
    if (p->waiting_size + size > PMI_WAITING_MAX) {
        watches_close(ps->options.watches, &p->pmi); /* it asks, and is deaf */
        return;
    }
    p->waiting = memory_resize(p->waiting, p->waiting_size + size, 1);
    memcpy(p->waiting + p->waiting_size, bytes, size);
    p->waiting_size += size;
    flush_pmi(p);
}

/* ----------------------------------------------------------------- spawn */

/* Ours and the process's ends. */
struct ends {
    int ours[3], theirs[3], targets[3];
    size_t count;
    int input;
};

static void close_ends(struct ends *e, bool with_ours)
{
    for (size_t i = 0; i < e->count; i++) {
        if (e->theirs[i] >= 0)
            close(e->theirs[i]);
        if (with_ours && e->ours[i] >= 0)
            close(e->ours[i]);
    }
    if (e->input >= 0)
        close(e->input);
}

static bool open_rank(struct ends *e)
{
    int fds[2];

    for (int i = 0; i < 2; i++) {
        if (pipe2(fds, O_CLOEXEC) < 0)
            return false;
        fcntl(fds[0], F_SETFL, O_NONBLOCK);
        e->ours[e->count] = fds[0];
        e->theirs[e->count] = fds[1];
        e->targets[e->count++] = i + 1;
    }
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
        return false;
    e->ours[e->count] = fds[0];
    e->theirs[e->count] = fds[1];
    e->targets[e->count++] = PMI_TARGET;
    return true;
}

/* The files of a script, as its user; NULL, or why not. */
static const char *open_script(struct ends *e, const struct node_spawn *spawn)
{
    static char why[512];
    const char *paths[2] = {spawn->output, spawn->error};

    for (int i = 0; i < 2; i++) {
        int fd = paths[i] != NULL
                     ? open(paths[i],
                            O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC,
                            0666)
                     : fcntl(e->theirs[0], F_DUPFD_CLOEXEC, 0);

        if (fd < 0) {
            snprintf(why, sizeof why, "%.400s: %s",
                     paths[i] != NULL ? paths[i] : "its output",
                     strerror(errno));
            return why;
        }
        e->ours[e->count] = -1;
        e->theirs[e->count] = fd;
        e->targets[e->count++] = i + 1;
    }
    return NULL;
}

static struct process *add(struct processes *ps,
                           uint64_t key,
                           const struct ends *e)
{
    struct process *p = memory_new(1, sizeof *p);

    p->owner = ps;
    p->key = key;
    p->drain_ms = INT64_MAX;
    for (int i = 0; i < 2; i++)
        p->output[i] =
            (struct watch){.fd = e->ours[i], .ready = output_ready, .arg = p};
    p->pmi = (struct watch){
        .fd = e->count > 2 ? e->ours[2] : -1, .ready = pmi_ready, .arg = p};
    TAILQ_INSERT_TAIL(&ps->all, p, entry);
    if (p->output[0].fd >= 0) {
        watches_add(ps->options.watches, &p->output[0], EPOLLIN);
        watches_add(ps->options.watches, &p->output[1], EPOLLIN);
        watches_add(ps->options.watches, &p->pmi, EPOLLIN);
    }
    return p;
}

const char *processes_spawn(struct processes *ps,
                            uint64_t key,
                            const struct node_spawn *spawn,
                            int input_fd)
{
    struct ends e = {.input = input_fd};
    struct words environment = {0};
    int fds[4], targets[4];
    struct mezzo_spawn s = {
        .argv = (const char *const *)spawn->argv->items,
        .working_directory = spawn->directory,
        .fds = fds,
        .targets = targets,
    };
    const char *why = NULL;
    uint64_t number;

    if (spawn->is_script)
        why = open_script(&e, spawn);
    else if (!open_rank(&e))
        why = strerror(errno);
    for (size_t i = 0; i < e.count; i++) {
        fds[s.fds_count] = e.theirs[i];
        targets[s.fds_count++] = e.targets[i];
    }
    if (e.input >= 0) {
        fds[s.fds_count] = e.input;
        targets[s.fds_count++] = STDIN_FILENO;
    }
    words_append(&environment, spawn->environment);
    if (!spawn->is_script)
        words_set(&environment, "PMI_FD", "3");
    s.environment = (const char *const *)environment.items;
    if (why == NULL &&
        mezzo_executor_spawn(ps->options.executor, &s, &number) < 0)
        why = mezzo_executor_explain(ps->options.executor);
    if (why == NULL)
        add(ps, key, &e)->number = number;
    close_ends(&e, why != NULL);
    words_release(&environment);
    return why;
}

void processes_signal(struct processes *ps, uint64_t key, int signal_number)
{
    struct process *p = find(ps, key);

    if (p == NULL || p->has_exited)
        return;
    /* What ends a script ends all that it has started; a warning is for it
     * alone.  Its pid is its own until we have heard of its exit. */
    if (key == NODE_SCRIPT_KEY && p->pid > 0 && signal_number != SIGTERM &&
        signal_number != SIGKILL)
        kill(p->pid, signal_number);
    else
        mezzo_executor_signal(ps->options.executor, p->number, signal_number);
}

/* ------------------------------------------------------------- callbacks */

static struct process *find_number(struct processes *ps, uint64_t number)
{
    struct process *p;

    TAILQ_FOREACH (p, &ps->all, entry)
        if (p->number == number)
            return p;
    return NULL;
}

void processes_spawned(struct processes *ps,
                       uint64_t process,
                       int64_t pid,
                       const char *failure)
{
    struct process *p = find_number(ps, process);
    uint64_t key;

    if (p != NULL)
        p->pid = (pid_t)pid;
    if (p == NULL || failure == NULL)
        return;
    key = p->key;
    remove_process(p);
    node_spawned(ps->options.node, key, failure);
}

void processes_exited(struct processes *ps, uint64_t process, int wait_status)
{
    struct process *p = find_number(ps, process);
    uint64_t key;

    if (p == NULL || p->has_exited)
        return;
    key = p->key;
    /* What it said last of PMI decides whether it has left well. */
    while (p->pmi.fd >= 0) {
        char bytes[READ_SIZE];
        ssize_t size = recv(p->pmi.fd, bytes, sizeof bytes, MSG_DONTWAIT);

        if (size <= 0)
            break;
        node_pmi(ps->options.node, key, bytes, (size_t)size);
    }
    p->has_exited = true;
    p->is_held = false;
    p->drain_ms = watches_now_ms() + DRAIN_MS;
    listen_to(p);
    remove_if_done(p);
    node_exited(ps->options.node, key, wait_status);
}

int64_t processes_deadline_ms(const struct processes *ps)
{
    const struct process *p;
    int64_t due = INT64_MAX;

    TAILQ_FOREACH (p, &ps->all, entry)
        if (p->drain_ms < due)
            due = p->drain_ms;
    return due;
}

void processes_alarm(struct processes *ps)
{
    int64_t now = watches_now_ms();
    struct process *p, *next;

    for (p = TAILQ_FIRST(&ps->all); p != NULL; p = next) {
        next = TAILQ_NEXT(p, entry);
        if (p->drain_ms > now)
            continue;
        for (int stream = NODE_OUT; stream <= NODE_ERR; stream++)
            if (p->output[stream - 1].fd >= 0)
                end_output(p, stream);
        remove_if_done(p);
    }
}
