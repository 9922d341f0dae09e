/* pipes.c - three descriptors that never block, or one that is all of them. */

#include "config.h"

#include "agent/os/pipes.h"

#include <assert.h>
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

enum {
    END_OUTPUT, /* also a terminal's */
    END_ERROR,
    ENDS_COUNT,
};

struct pipes {
    struct event_base *base;
    const struct pipes_cb *cb;
    void *arg;
    int input; /* -1, like these: it is closed */
    int ends[ENDS_COUNT];
    struct event *readable[ENDS_COUNT]; /* NULL: not made yet */
    struct event *writable;
    bool is_terminal; /* then `input` is a copy of the output's */
    bool has_exited;
    int turn;          /* whose it is to be read first */
    size_t taking_max; /* 0: nothing is asked for */
    uint8_t *feeding;  /* NULL: nothing is */
    size_t feeding_size;
    size_t fed_size;
};

struct pipes *pipes_new(struct event_base *base,
                        const struct pipes_cb *cb,
                        void *arg)
{
    struct pipes *p = calloc(1, sizeof *p);

    if (p == NULL)
        abort();
    p->base = base;
    p->cb = cb;
    p->arg = arg;
    p->input = p->ends[END_OUTPUT] = p->ends[END_ERROR] = -1;
    return p;
}

static void close_event(struct event **event)
{
    if (*event != NULL)
        event_free(*event);
    *event = NULL;
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void close_input(struct pipes *p)
{
    close_event(&p->writable);
    close_fd(&p->input);
}

static void close_end(struct pipes *p, int i)
{
    close_event(&p->readable[i]);
    close_fd(&p->ends[i]);
}

void pipes_free(struct pipes *p)
{
    if (p == NULL)
        return;
    close_input(p);
    for (int i = 0; i < ENDS_COUNT; i++)
        close_end(p, i);
    free(p->feeding);
    free(p);
}

/* ------------------------------------------------------------------ output */

static void took(struct pipes *p,
                 const uint8_t *bytes,
                 size_t size,
                 bool is_error,
                 bool is_at_end)
{
    p->taking_max = 0;
    for (int i = 0; i < ENDS_COUNT; i++)
        if (p->readable[i] != NULL)
            event_del(p->readable[i]);
    p->cb->took(p->arg, bytes, size, is_error, is_at_end);
}

/* True when something was read, which has been told; an end is closed. */
static bool try_end(struct pipes *p, int i)
{
    uint8_t bytes[PIPES_SIZE_MAX];
    ssize_t size;

    if (p->ends[i] < 0)
        return false;
    size = read(p->ends[i], bytes,
                p->taking_max < sizeof bytes ? p->taking_max : sizeof bytes);
    if (size > 0) {
        p->turn = (i + 1) % ENDS_COUNT;
        took(p, bytes, (size_t)size, i == END_ERROR, false);
        return true;
    }
    /* Of a terminal whose other side nobody has open: EIO. */
    if (size == 0 || (errno != EAGAIN && errno != EINTR) || p->has_exited)
        close_end(p, i);
    return false;
}

static void readable_cb(evutil_socket_t fd, short what, void *arg);

static void try_take(struct pipes *p)
{
    if (p->taking_max == 0 || try_end(p, p->turn) ||
        try_end(p, (p->turn + 1) % ENDS_COUNT))
        return;
    if (p->ends[END_OUTPUT] < 0 && p->ends[END_ERROR] < 0) {
        took(p, NULL, 0, false, true);
        return;
    }
    for (int i = 0; i < ENDS_COUNT; i++) {
        if (p->ends[i] < 0)
            continue;
        if (p->readable[i] == NULL)
            p->readable[i] =
                event_new(p->base, p->ends[i], EV_READ, readable_cb, p);
        if (p->readable[i] == NULL)
            abort();
        event_add(p->readable[i], NULL);
    }
}

static void readable_cb(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    try_take(arg);
}

void pipes_take(struct pipes *p, size_t size_max)
{
    assert(size_max > 0);
    p->taking_max = size_max;
    try_take(p);
}

void pipes_exited(struct pipes *p)
{
    p->has_exited = true;
    try_take(p);
}

/* ------------------------------------------------------------------- input */

static void fed(struct pipes *p, const char *fault)
{
    free(p->feeding);
    p->feeding = NULL;
    p->cb->fed(p->arg, fault);
}

static void writable_cb(evutil_socket_t fd, short what, void *arg);

static void try_feed(struct pipes *p)
{
    ssize_t size = write(p->input, p->feeding + p->fed_size,
                         p->feeding_size - p->fed_size);

    if (size < 0 && errno != EAGAIN && errno != EINTR) {
        close_input(p);
        fed(p, "it does not read its input any more");
        return;
    }
    p->fed_size += size > 0 ? (size_t)size : 0;
    if (p->fed_size == p->feeding_size) {
        fed(p, NULL);
        return;
    }
    if (p->writable == NULL)
        p->writable = event_new(p->base, p->input, EV_WRITE, writable_cb, p);
    if (p->writable == NULL)
        abort();
    event_add(p->writable, NULL);
}

static void writable_cb(evutil_socket_t fd, short what, void *arg)
{
    struct pipes *p = arg;

    (void)fd;
    (void)what;
    if (p->feeding != NULL)
        try_feed(p);
}

void pipes_feed(struct pipes *p, const uint8_t *bytes, size_t size)
{
    assert(p->feeding == NULL && size > 0);
    if (p->input < 0) {
        p->cb->fed(p->arg, "its input has ended");
        return;
    }
    p->feeding = malloc(size);
    if (p->feeding == NULL)
        abort();
    memcpy(p->feeding, bytes, size);
    p->feeding_size = size;
    p->fed_size = 0;
    try_feed(p);
}

void pipes_end_input(struct pipes *p)
{
    struct termios settings;

    if (p->input < 0)
        return;
    /* A terminal stays open; what its user would type is what ends a line
     * discipline's file. */
    if (p->is_terminal && tcgetattr(p->input, &settings) == 0 &&
        (settings.c_lflag & ICANON) != 0)
        (void)!write(p->input, &settings.c_cc[VEOF], 1);
    else if (!p->is_terminal)
        close_input(p);
}

void pipes_take_input(struct pipes *p, int fd)
{
    assert(p->input < 0);
    p->input = fd;
}

/* ----------------------------------------------------------------- opening */

/* `ours` never blocks; the other end does, as programs expect. */
static int open_pipe(int *ours, int *theirs, bool is_ours_written)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) < 0)
        return -errno;
    *ours = ends[is_ours_written];
    *theirs = ends[!is_ours_written];
    fcntl(*ours, F_SETFL, O_NONBLOCK);
    return 0;
}

static int cannot_open(struct error *err, int code)
{
    return error_set(err, code, "open its pipes: %s", strerror(-code));
}

int pipes_open_input(struct pipes *p, int *fd, struct error *err)
{
    int code = open_pipe(&p->input, fd, true);

    return code < 0 ? cannot_open(err, code) : 0;
}

int pipes_open(struct pipes *p, int fds[3], struct error *err)
{
    int code;

    fds[0] = fds[1] = fds[2] = -1;
    code = open_pipe(&p->input, &fds[0], true);
    if (code == 0)
        code = open_pipe(&p->ends[END_OUTPUT], &fds[1], false);
    if (code == 0)
        code = open_pipe(&p->ends[END_ERROR], &fds[2], false);
    if (code == 0)
        return 0;
    for (int i = 0; i < 3; i++)
        close_fd(&fds[i]);
    return cannot_open(err, code);
}

void pipes_resize(struct pipes *p, unsigned rows, unsigned columns)
{
    const struct winsize size = {.ws_row = (unsigned short)rows,
                                 .ws_col = (unsigned short)columns};

    if (p->is_terminal && p->ends[END_OUTPUT] >= 0 && rows <= UINT16_MAX &&
        columns <= UINT16_MAX)
        ioctl(p->ends[END_OUTPUT], TIOCSWINSZ, &size);
}

static int open_slave(struct pipes *p, uid_t owner, int fds[3])
{
    int master = p->ends[END_OUTPUT];

    if (unlockpt(master) < 0)
        return -errno;
    fds[0] = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (fds[0] < 0)
        return -errno;
    /* So that it may be opened by name; no harm where it may not. */
    (void)!fchown(fds[0], owner, (gid_t)-1);
    fds[1] = fcntl(fds[0], F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    fds[2] = fcntl(fds[0], F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    p->input = fcntl(master, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    return fds[1] < 0 || fds[2] < 0 || p->input < 0 ? -errno : 0;
}

int pipes_open_terminal(struct pipes *p,
                        uid_t owner,
                        unsigned rows,
                        unsigned columns,
                        int fds[3],
                        struct error *err)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    int code;

    fds[0] = fds[1] = fds[2] = -1;
    if (master < 0)
        return error_errno(err, "open a terminal");
    p->ends[END_OUTPUT] = master;
    p->is_terminal = true;
    pipes_resize(p, rows, columns);
    code = open_slave(p, owner, fds);
    if (code == 0)
        return 0;
    for (int i = 0; i < 3; i++)
        close_fd(&fds[i]);
    return error_set(err, code, "open a terminal: %s", strerror(-code));
}
