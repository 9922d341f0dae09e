/* caller.c - the client's side of the door. */

#include "frameworks/mpi/caller.h"
#include "frameworks/mpi/visitors.h"

#include <err.h>
#include <errno.h>
#include <mezzo/cluster.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"

enum {
    READ_SIZE = 1 << 16,
    TRIES = 50, /* of 50 ms: it may just be starting */
};

const char *caller_state, *caller_socket;

struct caller {
    int fd;
    char *line;
    size_t size;
};

static int try_to_connect(const struct sockaddr_un *address)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -errno;
    if (connect(fd, (const struct sockaddr *)address, sizeof *address) == 0)
        return fd;
    close(fd);
    return -errno;
}

struct caller *caller_new(void)
{
    const struct mezzo_cluster_options options = {.state = caller_state};
    const struct timespec pause = {.tv_nsec = 50 * 1000000L};
    struct mezzo_cluster cluster = {.state = ""};
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char path[512], why[MEZZO_ERROR_SIZE];
    struct caller *c;
    int fd = -ENOENT;

    if (caller_socket == NULL && getenv("MEZZO_MPI_SOCKET") == NULL)
        mezzo_cluster_find(&options, &cluster, why);
    visitors_path(caller_socket, cluster.state, path, sizeof path);
    if (strlen(path) >= sizeof address.sun_path)
        errx(2, "%s is too long for a socket", path);
    strcpy(address.sun_path, path);
    for (int i = 0; i < TRIES; i++) {
        fd = try_to_connect(&address);
        if (fd != -ENOENT && fd != -ECONNREFUSED)
            break;
        if (i == 0 && cluster.state[0] == '\0')
            break; /* no cluster of ours is being started */
        nanosleep(&pause, NULL);
    }
    if (fd < 0)
        errx(1,
             "nobody serves MPI at %s (%s); start it with: mezzo up, or mezzo "
             "mpi serve",
             path, strerror(-fd));
    c = memory_new(1, sizeof *c);
    c->fd = fd;
    return c;
}

void caller_free(struct caller *c)
{
    if (c == NULL)
        return;
    close(c->fd);
    free(c->line);
    free(c);
}

int caller_fd(const struct caller *c)
{
    return c->fd;
}

void caller_say(struct caller *c, json_t *json)
{
    char *text = json_dumps(json, JSON_COMPACT);
    size_t size = strlen(text), sent = 0;

    text[size] = '\n';
    while (sent < size + 1) {
        ssize_t n = send(c->fd, text + sent, size + 1 - sent, MSG_NOSIGNAL);

        if (n < 0 && errno != EINTR)
            break; /* what it has said yet, will be heard */
        sent += n > 0 ? (size_t)n : 0;
    }
    free(text);
    json_decref(json);
}

static json_t *take_line(struct caller *c)
{
    char *newline = c->size > 0 ? memchr(c->line, '\n', c->size) : NULL;
    json_t *json;
    size_t size;

    if (newline == NULL)
        return NULL;
    size = (size_t)(newline - c->line) + 1;
    json = json_loadb(c->line, size, 0, NULL);
    if (json == NULL)
        errx(1, "what mezzo-mpi serve says is not of this version");
    c->size -= size;
    memmove(c->line, c->line + size, c->size);
    return json;
}

static ssize_t receive(struct caller *c, int flags)
{
    ssize_t size;

    c->line = memory_resize(c->line, c->size + READ_SIZE, 1);
    do
        size = recv(c->fd, c->line + c->size, READ_SIZE, flags);
    while (size < 0 && errno == EINTR);
    c->size += size > 0 ? (size_t)size : 0;
    return size;
}

json_t *caller_hear(struct caller *c)
{
    json_t *json;

    while ((json = take_line(c)) == NULL)
        if (receive(c, 0) <= 0)
            return NULL;
    return json;
}

json_t *caller_hear_now(struct caller *c, bool *is_over)
{
    json_t *json = take_line(c);
    ssize_t size;

    *is_over = false;
    if (json != NULL)
        return json;
    size = receive(c, MSG_DONTWAIT);
    *is_over = size == 0 || (size < 0 && errno != EAGAIN);
    return take_line(c);
}

json_t *caller_ask(json_t *json)
{
    struct caller *c = caller_new();
    const char *why;
    json_t *answer;

    caller_say(c, json);
    answer = caller_hear(c);
    caller_free(c);
    if (answer == NULL)
        errx(1, "mezzo-mpi serve has ended before it answered");
    why = json_string_value(json_object_get(answer, "error"));
    if (why != NULL)
        errx(1, "%s", why);
    return answer;
}
