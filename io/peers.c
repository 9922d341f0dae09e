/* peers.c - found by name, for what a core says, and by descriptor, for what
 * libzmq says of connections. */

#include "io/peers.h"

#include <stdlib.h>
#include <string.h>

#include "base/table.h"

struct peers {
    struct table *by_name;
    struct peer **by_fd;
    size_t by_fd_size;
    struct peer_list all;
};

static const char *name_of(const void *value)
{
    return ((const struct peer *)value)->name;
}

struct peers *peers_new(void)
{
    struct peers *p = calloc(1, sizeof *p);

    if (p == NULL)
        abort();
    p->by_name = table_new(name_of);
    TAILQ_INIT(&p->all);
    return p;
}

void peers_free(struct peers *p)
{
    if (p == NULL)
        return;
    while (!TAILQ_EMPTY(&p->all))
        peers_remove(p, TAILQ_FIRST(&p->all));
    table_free(p->by_name);
    free(p->by_fd);
    free(p);
}

struct peer *peers_add(struct peers *p,
                       const char *name,
                       const uint8_t *id,
                       size_t id_size)
{
    struct peer *peer = calloc(1, sizeof *peer + id_size);

    if (peer == NULL || (peer->name = strdup(name)) == NULL)
        abort();
    peer->fd = -1;
    peer->id_size = id_size;
    if (id_size > 0)
        memcpy(peer->id, id, id_size);
    table_add(p->by_name, peer);
    TAILQ_INSERT_TAIL(&p->all, peer, all);
    return peer;
}

void peers_remove(struct peers *p, struct peer *peer)
{
    peers_move(peer, NULL);
    peers_set_fd(p, peer, -1);
    table_remove(p->by_name, peer);
    TAILQ_REMOVE(&p->all, peer, all);
    free(peer->name);
    free(peer->reason);
    free(peer);
}

struct peer *peers_find(const struct peers *p, const char *name)
{
    return table_find(p->by_name, name);
}

struct peer *peers_find_fd(const struct peers *p, int fd)
{
    return fd >= 0 && (size_t)fd < p->by_fd_size ? p->by_fd[fd] : NULL;
}

/* Descriptors are small numbers, so an array by number stays small. */
static void make_room(struct peers *p, int fd)
{
    size_t size = p->by_fd_size == 0 ? 64 : p->by_fd_size;
    struct peer **grown;

    while (size <= (size_t)fd)
        size *= 2;
    if (size == p->by_fd_size)
        return;
    grown = reallocarray(p->by_fd, size, sizeof *grown);
    if (grown == NULL)
        abort();
    memset(grown + p->by_fd_size, 0, (size - p->by_fd_size) * sizeof *grown);
    p->by_fd = grown;
    p->by_fd_size = size;
}

void peers_set_fd(struct peers *p, struct peer *peer, int fd)
{
    struct peer *before;

    if (peer->fd >= 0)
        p->by_fd[peer->fd] = NULL;
    peer->fd = -1;
    if (fd < 0)
        return;
    before = peers_find_fd(p, fd);
    if (before != NULL)
        before->fd = -1;
    make_room(p, fd);
    p->by_fd[fd] = peer;
    peer->fd = fd;
}

void peers_move(struct peer *peer, struct peer_list *list)
{
    if (peer->list != NULL)
        TAILQ_REMOVE(peer->list, peer, entry);
    peer->list = list;
    if (list != NULL)
        TAILQ_INSERT_TAIL(list, peer, entry);
}

struct peer *peers_first(const struct peers *p)
{
    return TAILQ_FIRST(&p->all);
}
