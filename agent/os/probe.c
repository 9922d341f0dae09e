/* probe.c - a socket stays in the network namespace in which it was made. */

#include "config.h"

#include "agent/os/probe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/os/worker.h"

enum {
    ANSWER_SIZE = 64, /* the first line's beginning is all we look at */
    FAULT_SIZE = 256,
    PATH_MAX_BYTES = 2048,
};

struct probe {
    TAILQ_ENTRY(probe) link;
    struct probes *all;
    struct sockaddr_in address;
    char path[PATH_MAX_BYTES]; /* "": none */
    msec_t ms_max;
    pid_t pid;
    int fd;
    int error; /* of the socket's making */
    bool is_connected;
    struct event *event;
    char answer[ANSWER_SIZE];
    size_t answer_size;
    probe_done_f *done;
    void *arg;
};

struct probes {
    struct event_base *base;
    struct worker *worker;
    TAILQ_HEAD(, probe) list;
};

struct opening {
    struct job job;
    struct probe *probe;
};

struct probes *probes_new(struct event_base *base)
{
    struct probes *p = calloc(1, sizeof *p);

    if (p == NULL)
        abort();
    p->base = base;
    TAILQ_INIT(&p->list);
    p->worker = worker_new(base, "probes");
    return p;
}

static void probe_free(struct probe *probe)
{
    TAILQ_REMOVE(&probe->all->list, probe, link);
    if (probe->event != NULL)
        event_free(probe->event);
    if (probe->fd >= 0)
        close(probe->fd);
    free(probe);
}

void probes_free(struct probes *p)
{
    if (p == NULL)
        return;
    worker_free(p->worker);
    while (!TAILQ_EMPTY(&p->list))
        probe_free(TAILQ_FIRST(&p->list));
    free(p);
}

static void finish(struct probe *probe, const char *fault)
{
    probe_done_f *done = probe->done;
    void *arg = probe->arg;

    probe_free(probe);
    done(arg, fault);
}

static void fail(struct probe *probe, const char *what, int error)
{
    char text[FAULT_SIZE];

    snprintf(text, sizeof text, "%s port %u: %s", what,
             ntohs(probe->address.sin_port), strerror(error));
    finish(probe, text);
}

/* "HTTP/1.1 200" and so on. */
static void judge(struct probe *probe)
{
    char text[FAULT_SIZE];
    int status = 0;

    probe->answer[probe->answer_size] = '\0';
    if (sscanf(probe->answer, "HTTP/%*d.%*d %d", &status) != 1) {
        finish(probe, "what answers does not speak HTTP");
        return;
    }
    snprintf(text, sizeof text, "HTTP status %d", status);
    finish(probe, status >= 200 && status < 400 ? NULL : text);
}

static void arm(struct probe *probe, short what);

static void read_answer(struct probe *probe)
{
    ssize_t size =
        recv(probe->fd, probe->answer + probe->answer_size,
             sizeof probe->answer - 1 - probe->answer_size, MSG_DONTWAIT);

    if (size < 0 && (errno == EAGAIN || errno == EINTR)) {
        arm(probe, EV_READ);
        return;
    }
    if (size < 0) {
        fail(probe, "read from", errno);
        return;
    }
    probe->answer_size += (size_t)size;
    if (size == 0 || probe->answer_size == sizeof probe->answer - 1 ||
        memchr(probe->answer, '\n', probe->answer_size) != NULL)
        judge(probe);
    else
        arm(probe, EV_READ);
}

static void connected(struct probe *probe)
{
    char request[PATH_MAX_BYTES + 256];
    socklen_t size = sizeof probe->error;
    int length;

    if (getsockopt(probe->fd, SOL_SOCKET, SO_ERROR, &probe->error, &size) < 0)
        probe->error = errno;
    if (probe->error != 0) {
        fail(probe, "connect to", probe->error);
        return;
    }
    if (probe->path[0] == '\0') {
        finish(probe, NULL);
        return;
    }
    probe->is_connected = true;
    length = snprintf(request, sizeof request,
                      "GET %s HTTP/1.1\r\nHost: localhost\r\n"
                      "User-Agent: mezzo-agent\r\nConnection: close\r\n\r\n",
                      probe->path);
    if (send(probe->fd, request, (size_t)length, MSG_DONTWAIT | MSG_NOSIGNAL) !=
        length)
        fail(probe, "write to", errno);
    else
        arm(probe, EV_READ);
}

static void event_cb(evutil_socket_t fd, short what, void *arg)
{
    struct probe *probe = arg;

    (void)fd;
    if ((what & EV_TIMEOUT) != 0)
        finish(probe, "it took too long");
    else if (probe->is_connected)
        read_answer(probe);
    else
        connected(probe);
}

static void arm(struct probe *probe, short what)
{
    const struct timeval wait = {.tv_sec = probe->ms_max / 1000,
                                 .tv_usec = probe->ms_max % 1000 * 1000};

    if (probe->event != NULL)
        event_free(probe->event);
    probe->event =
        event_new(probe->all->base, probe->fd, what, event_cb, probe);
    if (probe->event == NULL)
        abort();
    event_add(probe->event, &wait);
}

/* On the worker's thread, which has a network namespace of its own to lose. */
static void open_run(struct job *job)
{
    struct probe *probe = ((struct opening *)job)->probe;
    char path[64];
    int ours = -1, theirs = -1;

    if (probe->pid > 0) {
        snprintf(path, sizeof path, "/proc/%ld/ns/net", (long)probe->pid);
        ours = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
        theirs = open(path, O_RDONLY | O_CLOEXEC);
        if (ours < 0 || theirs < 0 || setns(theirs, CLONE_NEWNET) < 0)
            probe->error = errno;
    }
    if (probe->error == 0)
        probe->fd =
            socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (probe->error == 0 && probe->fd < 0)
        probe->error = errno;
    if (theirs >= 0 && setns(ours, CLONE_NEWNET) < 0)
        abort(); /* or all further sockets would be elsewhere */
    if (ours >= 0)
        close(ours);
    if (theirs >= 0)
        close(theirs);
}

static void open_done(struct job *job)
{
    struct probe *probe = ((struct opening *)job)->probe;

    if (probe->error != 0)
        fail(probe, "socket for", probe->error);
    else if (connect(probe->fd, (const struct sockaddr *)&probe->address,
                     sizeof probe->address) < 0 &&
             errno != EINPROGRESS)
        fail(probe, "connect to", errno);
    else
        arm(probe, EV_WRITE);
}

void probe_start(struct probes *p,
                 const struct probe_request *request,
                 probe_done_f *done,
                 void *arg)
{
    struct probe *probe = calloc(1, sizeof *probe);
    struct opening *opening = calloc(1, sizeof *opening);

    if (probe == NULL || opening == NULL)
        abort();
    probe->all = p;
    probe->fd = -1;
    probe->pid = request->pid;
    probe->ms_max = request->ms_max;
    probe->done = done;
    probe->arg = arg;
    probe->address.sin_family = AF_INET;
    probe->address.sin_port = htons((uint16_t)request->port);
    if (inet_pton(AF_INET, request->address, &probe->address.sin_addr) != 1)
        probe->error = EADDRNOTAVAIL;
    if (request->path != NULL)
        snprintf(probe->path, sizeof probe->path, "%s", request->path);
    TAILQ_INSERT_TAIL(&p->list, probe, link);
    *opening = (struct opening){.job = {.run = open_run, .done = open_done},
                                .probe = probe};
    worker_submit(p->worker, &opening->job);
}
