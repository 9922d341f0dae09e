/* client.c - lines over a UNIX socket, waiting for each. */

#include "frameworks/container/client.h"

#include <errno.h>
#include <mezzo/cluster.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/memory.h"

struct client {
    int fd;
    FILE *input;
};

static int connect_to(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd;

    if (strlen(path) >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    strcpy(address.sun_path, path);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 &&
        connect(fd, (const struct sockaddr *)&address, sizeof address) < 0) {
        int saved = errno;

        close(fd);
        errno = saved;
        return -1;
    }
    return fd;
}

struct client *client_open(const char *socket, const char *state)
{
    const struct mezzo_cluster_options options = {.state = state};
    char path[MEZZO_PATH_SIZE + 20] = "/run/mezzo/container";
    struct mezzo_cluster cluster;
    struct client *c;
    int fd;

    if (socket != NULL)
        snprintf(path, sizeof path, "%s", socket);
    else if (mezzo_cluster_find(&options, &cluster,
                                (char[MEZZO_ERROR_SIZE]){0}) == 0 &&
             cluster.state[0] != '\0')
        snprintf(path, sizeof path, "%s/container/door", cluster.state);
    fd = connect_to(path);
    if (fd < 0) {
        fprintf(stderr,
                "mezzo compose: %s: %s; is mezzo-container running?  mezzo up "
                "starts it\n",
                path, strerror(errno));
        return NULL;
    }
    c = memory_new(1, sizeof *c);
    c->fd = fd;
    c->input = fdopen(fd, "r");
    if (c->input == NULL)
        abort();
    return c;
}

void client_close(struct client *c)
{
    if (c == NULL)
        return;
    fclose(c->input);
    free(c);
}

static int write_all(struct client *c, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t count = send(c->fd, bytes, size, MSG_NOSIGNAL);

        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return -errno;
        bytes += count;
        size -= (size_t)count;
    }
    return 0;
}

/* NULL without a word when a signal has come. */
static json_t *read_answer(struct client *c)
{
    AUTO(auto_free) char *line = NULL;
    size_t room = 0;
    const char *error;
    json_error_t why;
    json_t *answer;

    errno = 0;
    if (getline(&line, &room, c->input) <= 0) {
        if (errno != EINTR && errno != EAGAIN)
            fputs("mezzo compose: mezzo-container has gone; what runs goes "
                  "on\n",
                  stderr);
        return NULL;
    }
    answer = json_loads(line, 0, &why);
    error = json_string_value(json_object_get(answer, "error"));
    if (answer == NULL || error != NULL) {
        fprintf(stderr, "mezzo compose: %s\n",
                answer == NULL ? why.text : error);
        json_decref(answer);
        return NULL;
    }
    return answer;
}

void client_set_timeout(struct client *c, int64_t ms)
{
    const struct timeval time = {.tv_sec = ms / 1000,
                                 .tv_usec = ms % 1000 * 1000 + 1};

    setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
}

void client_send(struct client *c, json_t *request)
{
    AUTO(auto_free) char *text = json_dumps(request, JSON_COMPACT);

    json_decref(request);
    if (text == NULL)
        abort();
    /* If it cannot be sent, there will be no answer. */
    if (write_all(c, text, strlen(text)) == 0)
        write_all(c, "\n", 1);
}

json_t *client_receive(struct client *c)
{
    return read_answer(c);
}

int client_fd(const struct client *c)
{
    return c->fd;
}

json_t *client_call(struct client *c, json_t *request)
{
    client_send(c, request);
    return read_answer(c);
}

int client_send_files(struct client *c,
                      const char *digest,
                      const void *bytes,
                      size_t size)
{
    json_t *answer =
        client_call(c, json_pack("{s:s, s:s, s:I}", "call", "files", "digest",
                                 digest, "size", (json_int_t)size));
    bool has_them = json_is_true(json_object_get(answer, "has_them"));

    if (answer == NULL)
        return -1;
    json_decref(answer);
    if (has_them)
        return 0;
    if (write_all(c, bytes, size) < 0) {
        fputs("mezzo compose: mezzo-container has gone\n", stderr);
        return -1;
    }
    answer = read_answer(c);
    json_decref(answer);
    return answer != NULL ? 0 : -1;
}
