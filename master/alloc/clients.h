/* clients.h - frameworks, and what they are in each of their roles.
 *
 * A framework in one role is a client: a leaf of the tree, with filters and a
 * place where its search for an agent goes on.  A client outlives its
 * subscription while anything is given to it. */

#ifndef MASTER_ALLOC_CLIENTS_H
#define MASTER_ALLOC_CLIENTS_H

#include <stddef.h>

#include "master/alloc/filters.h"
#include "master/alloc/pool.h"
#include "master/alloc/roles.h"

struct clients;

struct client {
    LIST_ENTRY(client) of_framework;
    struct framework *framework;
    struct role *role;
    struct tree_node node;
    bool is_subscribed;
    bool is_suppressed;
    struct client_filters filters;
    bool is_bound;   /* found something, but that is kept for a gang */
    bool is_blocked; /* it is in this list: */
    LIST_ENTRY(client) of_blocked;
    struct pool_cursor cursor;
    uint64_t epoch;    /* see clients_is_search_new() */
    struct ask **asks; /* asks.c's: those awake, in order */
    uint32_t asks_count;
    uint32_t asks_size;
    uint32_t asks_next;   /* before it all are satisfied or stuck */
    msec_t asks_sorted;   /* as they were in order then */
    msec_t asks_patience; /* and who had waited so long came first */
    uint64_t pending;     /* slots still wanted */
};

/* Whose filters they are. */
static inline const struct client *clients_of_filters(
    const struct client_filters *filters)
{
    return (const struct client *)((const char *)filters -
                                   offsetof(struct client, filters));
}

struct framework {
    LIST_ENTRY(framework) of_all;
    char *id;
    bool is_active;
    struct table *asks; /* by id; NULL: there is none */
    LIST_HEAD(, client) clients;
};

/* Borrows both. */
struct clients *clients_new(struct roles *roles, struct filters *filters);
void clients_free(struct clients *c);

struct framework *clients_add_framework(struct clients *c, const char *id);
struct framework *clients_get_framework(const struct clients *c,
                                        const char *id);

/* Nothing may be given to it. */
void clients_remove_framework(struct clients *c, struct framework *framework);

/* Whatever is given to it. */
void clients_drop_framework(struct clients *c, struct framework *framework);

/* Any; NULL when there is none. */
struct framework *clients_first_framework(const struct clients *c);

/* NULL when it is not, and was not, in that role. */
struct client *clients_find(const struct framework *framework,
                            const char *role);
/* Made when there is none, unsubscribed. */
struct client *clients_use(struct clients *c,
                           struct framework *framework,
                           const char *role);
/* Gone, if nothing holds it any more. */
void clients_tidy(struct clients *c, struct client *client);

/* Whether it wants anything may have changed: into the right queue.  With
 * `is_hungry` there is something that has not been searched for yet. */
void clients_settle(struct client *client, bool is_hungry);

/* All it wants is to be searched for from the first agent. */
void clients_restart(struct client *client);

/* It wants something that it might have, if others did not come first. */
void clients_block(struct clients *c, struct client *client);
void clients_unblock(struct client *client);
struct client *clients_first_blocked(const struct clients *c);

/* All that wait are hungry again, and no search has got anywhere. */
void clients_search_anew(struct clients *c);

/* Is this the first search since it, or all, had to start anew? */
bool clients_is_search_new(const struct clients *c, struct client *client);

#endif
