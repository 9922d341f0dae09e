/* network.h - connections between nodes, and what goes wrong on them.
 *
 * A node listens at endpoints and connects to others'.  A connection has a
 * routing id of its own.  What is sent on it arrives as bytes, in order and
 * late; with faults, not at all, or the connection breaks, and then each side
 * may or may not be told.  Between two nodes a direction may be blocked: what
 * is under way then waits, as it does in TCP.
 *
 * Order  both ends may send as soon as there is a connection; its last word
 *        still arrives when an end is closed.
 * Names  a node knows a connection by the name it gave it when it connected,
 *        or else by its routing id in hexadecimal. */

#ifndef SIM_NETWORK_H
#define SIM_NETWORK_H

#include "base/principal.h"
#include "tests/sim/world.h"

struct network;
struct node;

struct network_faults {
    msec_t delay_ms_min;
    msec_t delay_ms_max;
    unsigned loss_permille;    /* of frames */
    unsigned reset_permille;   /* of frames, on which their connection breaks */
    unsigned connect_permille; /* of connections that cannot be opened */
    unsigned untold_percent;   /* of ends of broken connections: not told */
};

/* What happens to a node.  Nothing does while it is paused. */
struct node_callbacks {
    /* `is_guest`: it came through an endpoint that takes anyone. */
    void (*received_cb)(void *arg,
                        const char *peer,
                        bool is_ours, /* we made the connection */
                        bool is_guest,
                        struct node *from,
                        const uint8_t *bytes,
                        size_t size);
    void (*cut_cb)(void *arg, const char *peer, bool is_ours);
    void *arg;
};

struct network *network_new(struct world *w);
void network_free(struct network *n); /* and its nodes */

void network_set_faults(struct network *n, const struct network_faults *faults);

/* `name` is borrowed. */
struct node *node_new(struct network *n,
                      const char *name,
                      const struct node_callbacks *callbacks);
const char *node_name(const struct node *k);

/* Of the callbacks. */
void *node_arg(const struct node *k);

/* Take connections to `endpoint`, which is copied; from whoever has it. */
void node_listen(struct node *k, const char *endpoint, bool is_guest);

/* Close all connections and endpoints: of a killed process, whose peers are
 * told, or of a machine without power. */
void node_down(struct node *k, bool is_told);

void node_pause(struct node *k, msec_t until);

/* Open a connection and call it `peer`.  Where nobody listens it is cut soon
 * or nothing is ever heard of it. */
void node_connect(struct node *k, const char *peer, const char *endpoint);

bool node_has(const struct node *k, const char *peer, bool is_ours);

/* False when there is no such connection, or its queue is full. */
bool node_send(struct node *k,
               const char *peer,
               bool is_ours,
               const uint8_t *bytes,
               size_t size);

/* What was sent before still arrives. */
void node_close(struct node *k, const char *peer, bool is_ours);

/* Break a random connection of `k`, if it has one. */
void node_reset(struct node *k);

/* Block what goes from one to the other; all of it, when both are NULL. */
void network_block(struct network *n, struct node *from, struct node *to);

/* Let everything through again. */
void network_unblock(struct network *n);

#endif
