/* clients.h - frameworks, and what they are in each of their roles.
 *
 * A framework in one role is a client: a leaf of the tree, with filters and a
 * place where its search for an agent goes on.  A client outlives its
 * subscription while anything is given to it. */

#ifndef MASTER_ALLOC_CLIENTS_H
#define MASTER_ALLOC_CLIENTS_H

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
    struct pool_cursor cursor;
    uint64_t cursor_epoch; /* see clients_search_anew() */
};

struct framework {
    LIST_ENTRY(framework) of_all;
    char *id;
    bool is_active;
    LIST_HEAD(, client) clients;
};

/* Borrows both. */
struct clients *clients_new(struct roles *roles, struct filters *filters);
void clients_free(struct clients *f);

struct framework *clients_add(struct clients *f, const char *id);
struct framework *clients_get(const struct clients *f, const char *id);

/* Nothing may be given to it. */
void clients_remove(struct clients *f, struct framework *framework);

/* NULL when it is not, and was not, in that role. */
struct client *clients_find_client(const struct framework *framework,
                                      const char *role);
/* Made when there is none, unsubscribed. */
struct client *clients_use_client(struct clients *f,
                                     struct framework *framework,
                                     const char *role);
/* Gone, if nothing holds it any more. */
void clients_tidy_client(struct clients *f, struct client *client);

/* Whether it wants anything may have changed: into the right queue.  What is
 * new must be searched for from the first agent. */
void clients_settle_client(struct clients *f,
                              struct client *client,
                              bool is_new);

/* All that wait are hungry again, and no search has got anywhere. */
void clients_search_anew(struct clients *f);

/* Its cursor, as far as it still holds. */
struct pool_cursor *clients_cursor(const struct clients *f,
                                      struct client *client);

#endif
