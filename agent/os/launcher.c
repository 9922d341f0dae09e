/* launcher.c - one connection at a time, and what waits for it. */

#include "config.h"

#include "agent/os/launcher.h"

#include <assert.h>
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/launcher/descriptors.h"
#include "base/auto.h"

enum {
    RETRY_MS_MIN = 50,
    RETRY_MS_MAX = 5000,
    ANSWER_MS = 10000, /* for a launcher to say what there is */
    ANSWERS_PER_WAKE = 64,
    ANSWER_SIZE_MAX = 8 * PACKET_ANSWER_SIZE_MAX, /* of later versions too */
};

struct unsent {
    TAILQ_ENTRY(unsent) link;
    struct descriptors fds; /* ours */
    size_t size;
    uint8_t bytes[];
};

struct launcher {
    struct event_base *base;
    const struct launcher_cb *cb;
    void *arg;
    char *program;
    char *log_path;
    struct sockaddr_un address;
    int fd; /* -1: not connected */
    pid_t pid;
    bool has_listed; /* else nothing of the queue is sent */
    int retry_ms;
    struct event *readable;
    struct event *writable;
    struct event *timer; /* connected: the answer is late; else: again */
    TAILQ_HEAD(, unsent) unsent;
    size_t unsent_size;
    uint8_t packet[PACKET_SIZE_MAX]; /* to write one in */
};

static void arm(struct launcher *l, int ms)
{
    struct timeval wait = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};

    evtimer_add(l->timer, &wait);
}

static void forget_first(struct launcher *l)
{
    struct unsent *first = TAILQ_FIRST(&l->unsent);

    TAILQ_REMOVE(&l->unsent, first, link);
    l->unsent_size -= first->size;
    descriptors_close(&first->fds);
    free(first);
}

static void forget_unsent(struct launcher *l)
{
    while (!TAILQ_EMPTY(&l->unsent))
        forget_first(l);
}

static void disconnect(struct launcher *l)
{
    forget_unsent(l);
    if (l->fd < 0)
        return;
    event_free(l->readable);
    event_free(l->writable);
    l->readable = NULL;
    l->writable = NULL;
    close(l->fd);
    l->fd = -1;
    l->pid = 0;
    l->has_listed = false;
}

static void lose(struct launcher *l, const char *reason)
{
    disconnect(l);
    l->cb->lost(l->arg, reason);
    arm(l, l->retry_ms);
    l->retry_ms =
        l->retry_ms * 2 > RETRY_MS_MAX ? RETRY_MS_MAX : l->retry_ms * 2;
}

/* True when it need not wait any more. */
static bool try_send(struct launcher *l,
                     const void *bytes,
                     size_t size,
                     const int *fds,
                     size_t fds_count)
{
    /* Of an error the reading side learns too; of descriptors there may be too
     * many on their way for the moment. */
    return descriptors_send(l->fd, bytes, size, fds, fds_count) >= 0 ||
           (errno != EAGAIN && errno != ETOOMANYREFS);
}

static void send_unsent(struct launcher *l)
{
    struct unsent *first;

    while ((first = TAILQ_FIRST(&l->unsent)) != NULL) {
        if (!try_send(l, first->bytes, first->size, first->fds.fds,
                      first->fds.count)) {
            event_add(l->writable, NULL);
            return;
        }
        forget_first(l);
    }
}

static int submit(struct launcher *l,
                  const struct packet_writer *w,
                  const int *fds,
                  size_t fds_count)
{
    struct unsent *unsent;
    int code;

    assert(!w->is_full);
    if (l->has_listed && TAILQ_EMPTY(&l->unsent) &&
        try_send(l, w->bytes, w->size, fds, fds_count))
        return 0;
    if (l->unsent_size + w->size > LAUNCHER_QUEUE_SIZE_MAX)
        return -EAGAIN;
    unsent = malloc(sizeof *unsent + w->size);
    if (unsent == NULL)
        abort();
    code = descriptors_copy(&unsent->fds, fds, fds_count);
    if (code < 0) {
        free(unsent);
        return code;
    }
    unsent->size = w->size;
    memcpy(unsent->bytes, w->bytes, w->size);
    TAILQ_INSERT_TAIL(&l->unsent, unsent, link);
    l->unsent_size += w->size;
    if (l->has_listed)
        event_add(l->writable, NULL);
    return 0;
}

struct answer {
    uint64_t pid;
    uint64_t ticks;
    uint64_t state;
    uint64_t status;
    uint64_t usage[3];
    uint64_t former;
    const char *reason;
};

static bool parse(struct packet_reader packet, struct answer *answer)
{
    struct packet_item item;
    bool is_good = true;

    *answer = (struct answer){.reason = ""};
    while (is_good && packet_next(&packet, &item)) {
        if (item.tag == FIELD_PID)
            is_good = packet_numbers(&item, &answer->pid, 1);
        else if (item.tag == FIELD_TICKS)
            is_good = packet_numbers(&item, &answer->ticks, 1);
        else if (item.tag == FIELD_STATE)
            is_good = packet_numbers(&item, &answer->state, 1);
        else if (item.tag == FIELD_STATUS)
            is_good = packet_numbers(&item, &answer->status, 1);
        else if (item.tag == FIELD_USAGE)
            is_good = packet_numbers(&item, answer->usage, 3);
        else if (item.tag == FIELD_FORMER_PID)
            is_good = packet_numbers(&item, &answer->former, 1);
        else if (item.tag == FIELD_REASON)
            is_good = (answer->reason = packet_string(&item)) != NULL;
    }
    return is_good;
}

static void hello(struct launcher *l, const struct answer *a)
{
    struct packet_writer w;
    uint8_t bytes[64];

    l->pid = (pid_t)a->pid;
    packet_begin(&w, bytes, sizeof bytes, PACKET_LIST, 0);
    try_send(l, w.bytes, w.size, NULL, 0); /* the first: there is room */
}

static void listed(struct launcher *l)
{
    evtimer_del(l->timer);
    l->retry_ms = RETRY_MS_MIN;
    l->cb->listed(l->arg); /* what it asks for goes behind what waits */
    l->has_listed = true;
    if (l->fd >= 0)
        send_unsent(l);
}

static void exited(struct launcher *l, const struct answer *a)
{
    const struct report_usage usage = {
        .cpu_user_us = (int64_t)a->usage[0],
        .cpu_system_us = (int64_t)a->usage[1],
        .memory_max_bytes = a->usage[2],
    };

    l->cb->exited(l->arg, (pid_t)a->pid, (int)a->status, &usage);
}

static const char *handle(struct launcher *l, const void *bytes, size_t size)
{
    struct packet_reader packet;
    const char *fault = packet_open(&packet, bytes, size);
    struct answer a;

    if (fault != NULL)
        return fault;
    if (!parse(packet, &a))
        return "a malformed field";
    switch ((int)packet.kind) { /* it may be any number */
    case PACKET_HELLO:
        hello(l, &a);
        break;
    case PACKET_LISTED:
        listed(l);
        break;
    case PACKET_CHILD:
        if (a.former != 0) /* it was listed */
            l->cb->child(l->arg, (pid_t)a.former, 0, PACKET_CHILD_FAILED);
        l->cb->child(l->arg, (pid_t)a.pid, a.ticks,
                     (enum packet_child_state)a.state);
        break;
    case PACKET_LAUNCHED:
        l->cb->launched(l->arg, packet.ticket, (pid_t)a.pid, a.ticks);
        break;
    case PACKET_REFUSED:
        l->cb->refused(l->arg, packet.ticket, a.reason);
        break;
    case PACKET_EXITED:
        exited(l, &a);
        break;
    default:
        break; /* of a later version */
    }
    return NULL;
}

static void read_answers(struct launcher *l)
{
    uint8_t bytes[ANSWER_SIZE_MAX];
    const char *fault;
    ssize_t size;

    for (int i = 0; i < ANSWERS_PER_WAKE && l->fd >= 0; i++) {
        size = recv(l->fd, bytes, sizeof bytes, MSG_DONTWAIT);
        if (size < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (size <= 0) {
            lose(l, size < 0 ? strerror(errno) : "it is gone");
            return;
        }
        fault = handle(l, bytes, (size_t)size);
        if (fault != NULL) {
            lose(l, fault);
            return;
        }
    }
}

static void readable_cb(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    read_answers(arg);
}

static void writable_cb(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    send_unsent(arg);
}

/* A connection; -1 if nobody listens. */
static int connect_socket(const struct launcher *l)
{
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    if (connect(fd, (const struct sockaddr *)&l->address, sizeof l->address) <
        0) {
        int number = errno;

        close(fd);
        errno = number;
        return -1;
    }
    return fd;
}

static int listen_socket(const struct launcher *l, struct error *err)
{
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    int code;

    if (fd < 0)
        return error_errno(err, "socket");
    unlink(l->address.sun_path); /* nobody listens there */
    if (bind(fd, (const struct sockaddr *)&l->address, sizeof l->address) ==
            0 &&
        chmod(l->address.sun_path, 0600) == 0 && listen(fd, 16) == 0)
        return fd;
    code = error_errno(err, "listen at %s", l->address.sun_path);
    close(fd);
    return code;
}

static int spawn(const struct launcher *l, int listen_fd, struct error *err)
{
    char *const argv[] = {l->program, (char *)"--listen", (char *)"3", NULL};
    posix_spawn_file_actions_t actions;
    int result, status;
    pid_t pid;

    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 2, l->log_path,
                                     O_WRONLY | O_CREAT | O_APPEND, 0600);
    posix_spawn_file_actions_adddup2(&actions, listen_fd, 3);
    result = posix_spawn(&pid, l->program, &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (result != 0) {
        errno = result;
        return error_errno(err, "execute %s", l->program);
    }
    /* It forks first of all, and what we have started is gone at once. */
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return error_set(err, -ECHILD, "%s did not start; see %s", l->program,
                         l->log_path);
    return 0;
}

static int start(struct launcher *l, struct error *err)
{
    int fd = listen_socket(l, err);
    int code;

    if (fd < 0)
        return fd;
    if (fd == 3) { /* dup2() to itself would leave it to be closed at exec */
        code = fcntl(fd, F_DUPFD_CLOEXEC, 4);
        close(fd);
        fd = code;
    }
    if (fd < 0)
        return error_errno(err, "dup");
    code = spawn(l, fd, err);
    if (code == 0) {
        l->fd = connect_socket(l);
        if (l->fd < 0)
            code = error_errno(err, "connect to %s", l->address.sun_path);
    }
    close(fd);
    return code;
}

static int connect_or_start(struct launcher *l, struct error *err)
{
    int code = 0;

    l->fd = connect_socket(l);
    if (l->fd < 0 && errno != ENOENT && errno != ECONNREFUSED)
        return error_errno(err, "connect to %s", l->address.sun_path);
    if (l->fd < 0)
        code = start(l, err);
    if (code < 0)
        return code;
    l->readable =
        event_new(l->base, l->fd, EV_READ | EV_PERSIST, readable_cb, l);
    l->writable = event_new(l->base, l->fd, EV_WRITE, writable_cb, l);
    if (l->readable == NULL || l->writable == NULL)
        abort();
    event_add(l->readable, NULL);
    arm(l, ANSWER_MS);
    return 0;
}

static void timer_cb(evutil_socket_t fd, short what, void *arg)
{
    struct launcher *l = arg;
    struct error err;

    (void)fd;
    (void)what;
    if (l->fd >= 0)
        lose(l, "it does not answer");
    else if (connect_or_start(l, &err) < 0)
        lose(l, err.text);
}

static char *path_in(const char *directory, const char *name)
{
    char *path;

    if (asprintf(&path, "%s/%s", directory, name) < 0)
        abort();
    return path;
}

int launcher_new(const struct launcher_options *options,
                 struct launcher **launcher,
                 struct error *err)
{
    AUTO(auto_free) char *path = path_in(options->directory, "launcher.sock");
    struct launcher *l;
    int code;

    if (strlen(path) >= sizeof l->address.sun_path)
        return error_set(err, -ENAMETOOLONG,
                         "%s: a socket's path has at most %zu bytes; choose a "
                         "shorter state directory",
                         path, sizeof l->address.sun_path - 1);
    l = calloc(1, sizeof *l);
    if (l == NULL)
        abort();
    l->base = options->base;
    l->cb = options->cb;
    l->arg = options->arg;
    l->program = strdup(options->program);
    l->log_path = path_in(options->directory, "launcher.log");
    l->address.sun_family = AF_UNIX;
    strcpy(l->address.sun_path, path);
    l->fd = -1;
    l->retry_ms = RETRY_MS_MIN;
    TAILQ_INIT(&l->unsent);
    l->timer = evtimer_new(l->base, timer_cb, l);
    if (l->timer == NULL || l->program == NULL)
        abort();
    code = connect_or_start(l, err);
    if (code < 0) {
        launcher_free(l);
        return code;
    }
    *launcher = l;
    return 0;
}

void launcher_free(struct launcher *l)
{
    if (l == NULL)
        return;
    disconnect(l);
    event_free(l->timer);
    free(l->program);
    free(l->log_path);
    free(l);
}

pid_t launcher_pid(const struct launcher *l)
{
    return l->pid;
}

static void add_list(struct packet_writer *w,
                     enum packet_field tag,
                     const char *const *list)
{
    for (; *list != NULL; list++)
        packet_add_string(w, tag, *list);
}

static void add_optional(struct packet_writer *w,
                         enum packet_field tag,
                         const char *value)
{
    if (value != NULL)
        packet_add_string(w, tag, value);
}

static void add_user(struct packet_writer *w, const struct launcher_request *r)
{
    if (!r->is_user_other)
        return;
    packet_add_number(w, FIELD_USER, r->user);
    packet_add_number(w, FIELD_GROUP, r->group);
    for (size_t i = 0; i < r->groups_count; i++)
        packet_add_number(w, FIELD_OTHER_GROUP, r->groups[i]);
}

int launcher_launch(struct launcher *l,
                    const struct launcher_request *request,
                    struct error *err)
{
    const struct launcher_request *r = request;
    struct packet_writer w;
    int code;

    packet_begin(&w, l->packet, sizeof l->packet, PACKET_LAUNCH, r->ticket);
    add_list(&w, FIELD_ARGUMENT, r->argv);
    add_list(&w, FIELD_ENVIRONMENT, r->environment);
    packet_add_string(&w, FIELD_DIRECTORY, r->directory);
    add_optional(&w, FIELD_WORKING_DIRECTORY, r->working_directory);
    add_optional(&w, FIELD_OUTPUT, r->output);
    add_optional(&w, FIELD_ERROR, r->error);
    add_optional(&w, FIELD_INPUT, r->input);
    for (size_t i = 0; i < r->unmounts_count; i++)
        packet_add_string(&w, FIELD_UNMOUNT, r->unmounts[i]);
    add_optional(&w, FIELD_CONTAINER, r->container);
    add_optional(&w, FIELD_OVERLAY, r->overlay);
    add_optional(&w, FIELD_OVERLAY_AT, r->overlay_at);
    add_optional(&w, FIELD_OVERLAY_FROM, r->overlay_from);
    if (r->pid_file != NULL) {
        packet_add_string(&w, FIELD_PID_FILE, r->pid_file);
        packet_add_number(&w, FIELD_PID_OFFSET, (uint64_t)r->pid_offset);
        packet_add_string(&w, FIELD_PID_NAME, r->pid_name);
    }
    for (size_t i = 0; i < r->cgroups_count; i++)
        packet_add_string(&w, FIELD_CGROUP, r->cgroups[i]);
    add_optional(&w, FIELD_CGROUP_UNIFIED, r->cgroup_unified);
    add_user(&w, r);
    for (size_t i = 0; i < r->limits_count; i++)
        packet_add_numbers(&w, FIELD_LIMIT,
                           (uint64_t[]){(uint64_t)r->limits[i].resource,
                                        r->limits[i].value.rlim_cur,
                                        r->limits[i].value.rlim_max},
                           3);
    for (size_t i = 0; i < r->fds_count; i++)
        packet_add_number(&w, FIELD_TARGET, (uint64_t)r->targets[i]);
    if (r->is_fenced)
        packet_add_number(&w, FIELD_FENCED, 1);
    if (r->has_terminal)
        packet_add_number(&w, FIELD_TERMINAL, 1);
    if (w.is_full)
        return error_set(err, -E2BIG,
                         "its arguments and environment have more than %d "
                         "bytes",
                         PACKET_SIZE_MAX);
    code = submit(l, &w, r->fds, r->fds_count);
    if (code == -EAGAIN)
        return error_set(err, code, "too many are waiting to be launched");
    if (code < 0)
        return error_set(err, code, "keep its descriptors: %s",
                         strerror(-code));
    return 0;
}

static void submit_small(struct launcher *l,
                         enum packet_kind kind,
                         pid_t pid,
                         const char *program)
{
    uint8_t bytes[4096 + 256];
    struct packet_writer w;

    packet_begin(&w, bytes, sizeof bytes, kind, 0);
    packet_add_number(&w, FIELD_PID, (uint64_t)pid);
    add_optional(&w, FIELD_PROGRAM, program);
    if (!w.is_full)
        submit(l, &w, NULL, 0);
}

void launcher_reap(struct launcher *l, pid_t pid)
{
    submit_small(l, PACKET_REAP, pid, NULL);
}

void launcher_reexec(struct launcher *l, const char *program)
{
    submit_small(l, PACKET_REEXEC, 0, program);
}

void launcher_stop(struct launcher *l)
{
    submit_small(l, PACKET_STOP, 0, NULL);
}
