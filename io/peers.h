/* peers.h - everyone who has a connection to one driver, or is about to.
 *
 *     CONNECTING --(handshake)--> OPEN --(connection gone)--> GONE
 *          |                       |                            | (all read)
 *          +-------(fault)---------+--> CONDEMNED --(told)--> REPORTED
 *                                                               | (parted)
 *     freed <--(gone, all read)-- SHUT <--(time is up)-- PARTED <
 *
 * A peer may be parted from in any state.  Of one who is condemned, or behind
 * that, nothing is read any more. */

#ifndef IO_PEERS_H
#define IO_PEERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/clock.h"
#include "base/principal.h"

struct wire;

enum peer_state {
    PEER_CONNECTING,
    PEER_OPEN,
    PEER_GONE,
    PEER_CONDEMNED,
    PEER_REPORTED,
    PEER_PARTED,
    PEER_SHUT,
};

enum {
    PEER_ADDRESS_SIZE = 64,
};

TAILQ_HEAD(peer_list, peer);

struct peer {
    TAILQ_ENTRY(peer) all;
    TAILQ_ENTRY(peer) entry; /* of `list`, if not NULL */
    struct peer_list *list;
    char *name;
    struct wire *wire;
    const struct principal *principal;
    struct principal guest; /* what `principal` is, where each has his own */
    enum peer_state state;
    char *reason; /* GONE, CONDEMNED */
    msec_t due;   /* CONNECTING, PARTED */
    int fd;       /* of its connection, while it has one that we know */
    char address[PEER_ADDRESS_SIZE];
    size_t id_size;
    uint8_t id[];
};

struct peers;

struct peers *peers_new(void);
void peers_free(struct peers *p);

/* `name` must not be there yet.  Without a list, CONNECTING, fd -1. */
struct peer *peers_add(struct peers *p,
                       const char *name,
                       const uint8_t *id,
                       size_t id_size);
void peers_remove(struct peers *p, struct peer *peer);

struct peer *peers_find(const struct peers *p, const char *name);

/* The one whose connection is `fd`, or NULL. */
struct peer *peers_find_fd(const struct peers *p, int fd);

/* `fd` -1: it has none any more.  Who had it before has none. */
void peers_set_fd(struct peers *p, struct peer *peer, int fd);

/* From its list to the end of `list`, which may be NULL. */
void peers_move(struct peer *peer, struct peer_list *list);

/* Of all; the others follow as TAILQ_NEXT(peer, all). */
struct peer *peers_first(const struct peers *p);

#endif
