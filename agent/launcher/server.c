/* server.c - one epoll loop over an agent, signals and children.
 *
 * What is to be said waits in the table of children and in the kernel, not in
 * a queue of packets: an agent that does not read costs nothing.  While a
 * packet does not fit into the socket, nothing else is said or read. */

#include "config.h"

#include "agent/launcher/server.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "agent/launcher/channel.h"
#include "agent/launcher/children.h"
#include "agent/launcher/container.h"
#include "agent/launcher/packet.h"
#include "agent/launcher/start.h"

enum {
    EVENTS_MAX = 64,
    REQUESTS_PER_WAKE = 32, /* then children have their turn */
    ALONE_MS = 60000,
    /* An agent that cannot reach its master begins to end fenced tasks after
     * 10 s, and the master gives them up after 15: one that died just before
     * that has left us so long. */
    FENCE_MS = 5000,
    AWAIT_MS = 2,
    SCAN_MS = 1000, /* for orphans whose SIGCHLD got lost among others */
};

enum source {
    SOURCE_LISTENER,
    SOURCE_AGENT,
    SOURCE_SIGNAL,
    SOURCE_PIDFD,
    SOURCE_PIPE,
};

struct server {
    int epoll_fd;
    int listen_fd;
    int signal_fd;
    struct channel agent;
    bool has_listed;
    bool is_listing;
    unsigned list_next;
    bool is_stopping;
    bool is_to_reexec;
    char program[PATH_MAX];
    int64_t alone_since; /* no agent and no child; 0: not so */
    int64_t fence_at;    /* 0: there is an agent, or never was */
    int64_t scan_at;     /* 0: nothing to scan for */
    int64_t await_at;    /* 0: no child is awaited */
    uint8_t request[PACKET_SIZE_MAX];
    struct children children;
};

static int64_t now_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_BOOTTIME, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int watch(struct server *s,
                 int fd,
                 uint32_t events,
                 enum source source,
                 const struct child *c)
{
    struct epoll_event event = {.events = events};

    /* The pid, so that an event of a child gone meanwhile meets no other. */
    if (c != NULL)
        event.data.u64 = (uint64_t)(uint32_t)c->pid << 32 |
                         (uint64_t)(c - s->children.items) << 8;
    event.data.u64 |= (uint64_t)source;
    return epoll_ctl(s->epoll_fd, EPOLL_CTL_ADD, fd, &event);
}

static void unwatch(struct server *s, int fd)
{
    /* By hand: a child before its exec shares what we close. */
    epoll_ctl(s->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
}

static void drop_agent(struct server *s, const char *reason)
{
    struct child *c;

    if (s->agent.fd < 0)
        return;
    if (reason != NULL)
        dprintf(STDERR_FILENO, "mezzo-launcher: agent: %s\n", reason);
    channel_close(&s->agent);
    s->fence_at = now_ms() + FENCE_MS;
    s->has_listed = false;
    s->is_listing = false;
    while (children_take_queued(&s->children) != NULL)
        ;
    for (unsigned i = 0; i < s->children.end; i++) {
        c = &s->children.items[i];
        c->ticket = 0;
        c->was_listed = false;
    }
}

static void reap(struct server *s, struct child *c)
{
    siginfo_t info;

    waitid(P_PID, (id_t)c->pid, &info, WEXITED | WNOHANG);
    unwatch(s, c->pidfd);
    if (c->pipe >= 0)
        unwatch(s, c->pipe);
    children_remove(&s->children, c);
}

static bool read_result(struct server *s,
                        struct child *c,
                        char reason[START_REASON_SIZE])
{
    uint64_t ticks;
    bool is_running = start_result(c->pipe, &ticks, reason);

    unwatch(s, c->pipe);
    close(c->pipe);
    c->pipe = -1;
    if (c->former == 0)
        c->ticks = ticks;
    if (is_running && c->failure != 0) {
        snprintf(reason, START_REASON_SIZE, "its runtime ended with %s %d",
                 c->failure > 0 ? "status" : "signal", abs(c->failure));
        is_running = false;
    }
    return is_running;
}

/* Read from the pipe what has become of a STARTED child, and say so. */
static void resolve(struct server *s, struct child *c)
{
    char reason[START_REASON_SIZE];
    bool is_running = read_result(s, c, reason);

    c->state = is_running ? CHILD_RUNNING : CHILD_FAILED;
    if (c->was_listed)
        channel_child(&s->agent, c, PACKET_CHILD,
                      is_running ? PACKET_CHILD_RUNNING : PACKET_CHILD_FAILED);
    else if (is_running)
        channel_child(&s->agent, c, PACKET_LAUNCHED, PACKET_CHILD_RUNNING);
    else
        channel_refused(&s->agent, c->ticket, reason);
    c->ticket = 0;
    c->was_listed = false;
    c->former = 0;
    if (!is_running)
        c->is_released = true;
}

/* Go on with what is to be said, as far as the agent takes it. */
static void tell(struct server *s)
{
    struct child *c;

    while (s->has_listed && !channel_is_full(&s->agent)) {
        c = children_take_queued(&s->children);
        if (c == NULL)
            return;
        if (c->state == CHILD_STARTED) {
            resolve(s, c);
            if (c->has_exited)
                children_queue(&s->children, c);
        } else if (c->has_exited) {
            if (c->is_released)
                reap(s, c);
            else
                channel_exited(&s->agent, c);
        }
    }
}

static void list(struct server *s)
{
    struct child *c;

    while (s->is_listing && !channel_is_full(&s->agent)) {
        if (s->list_next < s->children.end) {
            c = &s->children.items[s->list_next++];
            if (c->state == CHILD_FREE || c->is_released)
                continue;
            c->was_listed = c->state != CHILD_RUNNING;
            channel_child(&s->agent, c, PACKET_CHILD,
                          c->was_listed ? PACKET_CHILD_STARTING
                                        : PACKET_CHILD_RUNNING);
            continue;
        }
        s->is_listing = false;
        s->has_listed = true;
        channel_listed(&s->agent);
        for (unsigned i = 0; i < s->children.end; i++) {
            c = &s->children.items[i];
            if (c->state == CHILD_STARTED ||
                (c->state == CHILD_RUNNING && c->has_exited))
                children_queue(&s->children, c);
        }
    }
}

static void launch(struct server *s,
                   struct packet_reader *packet,
                   const struct descriptors *fds)
{
    uint64_t ticket = packet->ticket;
    struct start_request request;
    struct started started;
    struct child *c;
    const char *fault;
    int result;

    if (s->children.count == CHILDREN_MAX) {
        channel_refused(&s->agent, ticket,
                        "the launcher's table of processes is full");
        return;
    }
    fault = start_parse(packet, fds, &request);
    if (fault != NULL) {
        channel_refused(&s->agent, ticket, fault);
        return;
    }
    result = start_child(&request, &started);
    if (result < 0) {
        channel_refused(&s->agent, ticket, strerror(-result));
        return;
    }
    c = children_add(&s->children, started.pid, started.pidfd);
    c->pipe = started.pipe;
    c->is_fenced = request.is_fenced;
    c->ticket = ticket;
    /* Nothing is asked of the pipe but to say that it hung up. */
    if (request.container != NULL)
        c->container = strdup(request.container);
    if (watch(s, c->pidfd, EPOLLIN | EPOLLET, SOURCE_PIDFD, c) < 0 ||
        watch(s, c->pipe, EPOLLET, SOURCE_PIPE, c) < 0)
        dprintf(STDERR_FILENO, "mezzo-launcher: epoll: %s\n", strerror(errno));
}

static void release_child(struct server *s, pid_t pid)
{
    struct child *c = children_find(&s->children, pid);

    if (c == NULL)
        return;
    c->is_released = true;
    if (c->has_exited)
        reap(s, c);
}

static const char *parse_request(struct packet_reader packet,
                                 uint64_t *pid,
                                 const char **program)
{
    struct packet_item item;

    *pid = 0;
    *program = NULL;
    while (packet_next(&packet, &item)) {
        if (item.tag == FIELD_PROGRAM)
            *program = packet_string(&item);
        else if (item.tag == FIELD_PID && !packet_numbers(&item, pid, 1))
            return "malformed";
    }
    return *pid > INT_MAX ? "malformed" : NULL;
}

static const char *handle_request(struct server *s,
                                  const void *bytes,
                                  size_t size,
                                  const struct descriptors *fds)
{
    struct packet_reader packet;
    const char *program, *fault = packet_open(&packet, bytes, size);
    uint64_t pid;

    if (fault == NULL && packet.kind != PACKET_LAUNCH)
        fault = parse_request(packet, &pid, &program);
    if (fault != NULL)
        return fault;
    switch ((int)packet.kind) { /* it may be any number */
    case PACKET_LAUNCH:
        launch(s, &packet, fds);
        return NULL;
    case PACKET_REAP:
        release_child(s, (pid_t)pid);
        return NULL;
    case PACKET_LIST:
        s->is_listing = true;
        s->has_listed = false;
        s->list_next = 0;
        return NULL;
    case PACKET_REEXEC:
        if (program != NULL)
            snprintf(s->program, sizeof s->program, "%s", program);
        s->is_to_reexec = true;
        return NULL;
    case PACKET_STOP:
        s->is_stopping = true;
        return NULL;
    default:
        return "asks for what we do not know";
    }
}

static void read_requests(struct server *s)
{
    struct descriptors fds;
    const char *fault;
    ssize_t size;

    for (int i = 0; i < REQUESTS_PER_WAKE; i++) {
        if (s->agent.fd < 0 || channel_is_full(&s->agent))
            return;
        size = descriptors_receive(s->agent.fd, s->request, sizeof s->request,
                                   &fds);
        if (size < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (size <= 0) {
            drop_agent(s, size < 0 ? strerror(errno) : NULL);
            return;
        }
        fault = handle_request(s, s->request, (size_t)size, &fds);
        descriptors_close(&fds);
        if (fault != NULL) {
            drop_agent(s, fault);
            return;
        }
        list(s);
    }
}

static void accept_agent(struct server *s)
{
    int fd = accept4(s->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    struct ucred peer;
    socklen_t size = sizeof peer;

    if (fd < 0)
        return;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0 ||
        (peer.uid != geteuid() && peer.uid != 0)) {
        dprintf(STDERR_FILENO, "mezzo-launcher: refused another user\n");
        close(fd);
        return;
    }
    /* The newest wins: an agent lives once, so the other must be dead, and
     * what it may have asked last and we have not read is void. */
    drop_agent(s, s->agent.fd < 0 ? NULL : "there is a newer one");
    s->is_stopping = false;
    s->fence_at = 0;
    if (channel_open(&s->agent, fd, s->epoll_fd, SOURCE_AGENT) < 0)
        return;
    channel_hello(&s->agent);
}

/* Nobody else would: the agent is dead, or is being replaced for too long. */
static void fence(struct server *s)
{
    s->fence_at = 0;
    for (unsigned i = 0; i < s->children.end; i++) {
        const struct child *c = &s->children.items[i];

        if (c->state == CHILD_FREE || !c->is_fenced || c->has_exited)
            continue;
        dprintf(STDERR_FILENO, "mezzo-launcher: no agent: %ld is fenced off\n",
                (long)c->pid);
        kill(-c->pid, SIGKILL);
        kill(c->pid, SIGKILL);
    }
}

static void read_signals(struct server *s)
{
    struct signalfd_siginfo info;

    while (read(s->signal_fd, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo == SIGHUP) {
            s->is_to_reexec = true;
            continue;
        }
        if (!children_await(&s->children))
            children_reap_if_orphan(&s->children, (pid_t)info.ssi_pid);
        if (s->scan_at == 0)
            s->scan_at = now_ms() + SCAN_MS;
    }
}

/* A runtime has exited: whom it has left takes its place. */
static void hand_over(struct server *s, struct child *c)
{
    siginfo_t info = {0};
    int old = c->pidfd;

    waitid(P_PID, (id_t)c->pid, &info, WEXITED | WNOHANG | WNOWAIT);
    unwatch(s, old);
    if (info.si_code != CLD_EXITED)
        c->failure = -info.si_status;
    else if (info.si_status != 0)
        c->failure = info.si_status;
    else if (!children_replace(c, container_read_pid(c->container)))
        c->failure = EXIT_FAILURE;
    else if (c->is_awaited)
        s->await_at = now_ms() + AWAIT_MS;
    if (c->failure == 0 &&
        watch(s, c->pidfd, EPOLLIN | EPOLLET, SOURCE_PIDFD, c) < 0)
        dprintf(STDERR_FILENO, "mezzo-launcher: epoll: %s\n", strerror(errno));
    free(c->container);
    c->container = NULL;
    c->state = CHILD_STARTED;
    if (s->has_listed)
        children_queue(&s->children, c);
}

static void child_event(struct server *s, uint64_t data, enum source source)
{
    struct child *c = &s->children.items[data >> 8 & (CHILDREN_MAX - 1)];

    if (c->state == CHILD_FREE || c->pid != (pid_t)(data >> 32))
        return;
    if (c->container != NULL) {
        c->has_exited = source == SOURCE_PIDFD;
        if (c->has_exited)
            hand_over(s, c);
        return; /* that it could begin is not enough */
    }
    if (source == SOURCE_PIDFD && c->is_awaited)
        return; /* it will be seen when it is ours */
    if (source == SOURCE_PIDFD)
        c->has_exited = true;
    else if (c->state == CHILD_STARTING)
        c->state = CHILD_STARTED;
    /* An exit has closed the pipe as well. */
    if (c->has_exited && c->state == CHILD_STARTING)
        c->state = CHILD_STARTED;
    if (c->has_exited && c->is_released && c->state != CHILD_STARTED)
        reap(s, c);
    else if (s->has_listed)
        children_queue(&s->children, c);
}

static void handle_event(struct server *s, const struct epoll_event *event)
{
    enum source source = (enum source)(event->data.u64 & 0xff);

    switch (source) {
    case SOURCE_LISTENER:
        accept_agent(s);
        break;
    case SOURCE_AGENT:
        if (s->agent.fd >= 0 && channel_is_full(&s->agent))
            channel_send_rest(&s->agent);
        else if (s->agent.fd >= 0)
            read_requests(s);
        break;
    case SOURCE_SIGNAL:
        read_signals(s);
        break;
    case SOURCE_PIDFD:
    case SOURCE_PIPE:
        child_event(s, event->data.u64, source);
        break;
    }
}

/* The same process goes on with another program: its children stay its. */
static void reexec(struct server *s)
{
    char fd[16];
    char *const argv[] = {s->program, (char *)"--resume", fd, NULL};

    s->is_to_reexec = false;
    snprintf(fd, sizeof fd, "%d", s->listen_fd);
    fcntl(s->listen_fd, F_SETFD, 0);
    execv(s->program, argv);
    dprintf(STDERR_FILENO, "mezzo-launcher: execute %s: %s\n", s->program,
            strerror(errno));
    fcntl(s->listen_fd, F_SETFD, FD_CLOEXEC);
}

/* True when there is nothing left to be here for. */
static bool is_done(struct server *s, int64_t now)
{
    if (s->children.count > 0 || (s->agent.fd >= 0 && !s->is_stopping)) {
        s->alone_since = 0;
        return false;
    }
    if (s->alone_since == 0)
        s->alone_since = now;
    return s->is_stopping || now - s->alone_since >= ALONE_MS;
}

static int timeout_ms(const struct server *s, int64_t now)
{
    int64_t at = s->alone_since == 0 ? INT64_MAX : s->alone_since + ALONE_MS;

    if (s->scan_at != 0 && s->scan_at < at)
        at = s->scan_at;
    if (s->await_at != 0 && s->await_at < at)
        at = s->await_at;
    if (s->fence_at != 0 && s->fence_at < at)
        at = s->fence_at;
    if (at == INT64_MAX)
        return -1;
    return at <= now ? 0 : (int)(at - now);
}

static int prepare(struct server *s, int listen_fd, bool is_resumed)
{
    ssize_t size = readlink("/proc/self/exe", s->program, sizeof s->program);
    sigset_t signals;

    if (size <= 0 || size >= (ssize_t)sizeof s->program)
        return -1;
    s->program[size] = '\0';
    s->listen_fd = listen_fd;
    s->agent.fd = -1;
    sigemptyset(&signals);
    sigaddset(&signals, SIGHUP);
    sigaddset(&signals, SIGCHLD);
    s->signal_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    s->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (s->signal_fd < 0 || s->epoll_fd < 0)
        return -1;
    if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
        return -1;
    children_init(&s->children);
    if (is_resumed)
        children_recover(&s->children);
    for (unsigned i = 0; i < s->children.end; i++)
        if (watch(s, s->children.items[i].pidfd, EPOLLIN | EPOLLET,
                  SOURCE_PIDFD, &s->children.items[i]) < 0)
            return -1;
    if (watch(s, listen_fd, EPOLLIN, SOURCE_LISTENER, NULL) < 0)
        return -1;
    return watch(s, s->signal_fd, EPOLLIN, SOURCE_SIGNAL, NULL);
}

int server_run(int listen_fd, bool is_resumed)
{
    static struct server server;
    struct epoll_event events[EVENTS_MAX];
    struct server *s = &server;
    int64_t now;
    int count;

    if (prepare(s, listen_fd, is_resumed) < 0) {
        dprintf(STDERR_FILENO, "mezzo-launcher: %s\n", strerror(errno));
        return 1;
    }
    for (;;) {
        now = now_ms();
        if (is_done(s, now))
            return 0;
        if (s->is_to_reexec && !children_is_any(&s->children, CHILD_STARTING))
            reexec(s);
        if (s->scan_at != 0 && s->scan_at <= now) {
            s->scan_at = children_await(&s->children) ? now + SCAN_MS : 0;
            if (s->scan_at == 0)
                children_reap_orphans(&s->children);
        }
        if (s->fence_at != 0 && s->fence_at <= now)
            fence(s);
        if (s->await_at != 0 && s->await_at <= now)
            s->await_at =
                children_take_awaited(&s->children) ? now + AWAIT_MS : 0;
        count = epoll_wait(s->epoll_fd, events, EVENTS_MAX, timeout_ms(s, now));
        for (int i = 0; i < count; i++)
            handle_event(s, &events[i]);
        list(s);
        tell(s);
    }
}
