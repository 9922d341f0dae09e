/* clients.c - the queues of the tree say who wants something; here it is
 * decided who does. */

#include "master/alloc/clients.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/table.h"

struct clients {
    struct table *by_id;
    LIST_HEAD(, framework) all;
    LIST_HEAD(, client) blocked;
    struct roles *roles;
    struct filters *filters;
    uint64_t epoch;
};

static const char *id_of(const void *value)
{
    return ((const struct framework *)value)->id;
}

struct clients *clients_new(struct roles *roles, struct filters *filters)
{
    struct clients *c = memory_new(1, sizeof *c);
    c->by_id = table_new(id_of);
    c->roles = roles;
    c->filters = filters;
    c->epoch = 1;
    return c;
}

void clients_block(struct clients *c, struct client *client)
{
    if (client->is_blocked)
        return;
    client->is_blocked = true;
    LIST_INSERT_HEAD(&c->blocked, client, of_blocked);
}

void clients_unblock(struct client *client)
{
    if (!client->is_blocked)
        return;
    client->is_blocked = false;
    LIST_REMOVE(client, of_blocked);
}

struct client *clients_first_blocked(const struct clients *c)
{
    return LIST_FIRST(&c->blocked);
}

static void client_free(struct clients *c, struct client *client)
{
    filters_remove_of_client(c->filters, &client->filters);
    assert(client->asks_count == 0);
    clients_unblock(client);
    free(client->asks);
    tree_node_release(&client->node);
    roles_release(c->roles, client->role);
    LIST_REMOVE(client, of_framework);
    free(client);
}

void clients_drop_framework(struct clients *c, struct framework *framework)
{
    while (!LIST_EMPTY(&framework->clients))
        client_free(c, LIST_FIRST(&framework->clients));
    LIST_REMOVE(framework, of_all);
    table_remove(c->by_id, framework);
    free(framework->id);
    free(framework);
}

void clients_free(struct clients *c)
{
    if (c == NULL)
        return;
    assert(LIST_EMPTY(&c->all));
    table_free(c->by_id);
    free(c);
}

struct framework *clients_add_framework(struct clients *c, const char *id)
{
    struct framework *framework = memory_new(1, sizeof *framework);

    framework->id = memory_strdup(id);
    assert(table_find(c->by_id, id) == NULL);
    framework->is_active = true;
    LIST_INIT(&framework->clients);
    table_add(c->by_id, framework);
    LIST_INSERT_HEAD(&c->all, framework, of_all);
    return framework;
}

struct framework *clients_first_framework(const struct clients *c)
{
    return LIST_FIRST(&c->all);
}

struct framework *clients_get_framework(const struct clients *c, const char *id)
{
    struct framework *framework = table_find(c->by_id, id);

    assert(framework != NULL);
    return framework;
}

struct client *clients_find(const struct framework *framework, const char *role)
{
    struct client *client;

    LIST_FOREACH (client, &framework->clients, of_framework) {
        if (strcmp(client->role->name, role) == 0)
            return client;
    }
    return NULL;
}

struct client *clients_use(struct clients *c,
                           struct framework *framework,
                           const char *role)
{
    struct client *client = clients_find(framework, role);

    if (client != NULL)
        return client;
    client = memory_new(1, sizeof *client);
    client->framework = framework;
    client->role = roles_use(c->roles, role);
    client->asks_patience = policy_patience(0);
    tree_node_init(&client->node, &client->role->own, framework->id, client);
    LIST_INIT(&client->filters);
    LIST_INSERT_HEAD(&framework->clients, client, of_framework);
    return client;
}

void clients_tidy(struct clients *c, struct client *client)
{
    if (!client->is_subscribed && quantity_is_zero(&client->node.given))
        client_free(c, client);
}

void clients_remove_framework(struct clients *c, struct framework *framework)
{
    const struct client *client;

    LIST_FOREACH (client, &framework->clients, of_framework)
        assert(quantity_is_zero(&client->node.given));
    clients_drop_framework(c, framework);
}

/* Asks are wanted by being there, offers by not being suppressed. */
static bool is_wanting(const struct client *client)
{
    if (!client->framework->is_active || !client->is_subscribed)
        return false;
    return client->framework->asks != NULL ? client->pending > 0
                                           : !client->is_suppressed;
}

void clients_restart(struct client *client)
{
    client->epoch = 0;
}

void clients_settle(struct client *client, bool is_hungry)
{
    bool was_away = tree_queue_of(&client->node) == TREE_NO_QUEUE;

    if (!is_wanting(client)) {
        tree_want(&client->node, TREE_NO_QUEUE);
        return;
    }
    if (was_away) /* it may have missed what was free */
        clients_restart(client);
    if (was_away || is_hungry)
        tree_want(&client->node, TREE_HUNGRY);
}

void clients_search_anew(struct clients *c)
{
    struct tree_node *root = roles_root(c->roles), *leaf;

    c->epoch++;
    while ((leaf = tree_first(root, TREE_WAITING)) != NULL)
        tree_want(leaf, TREE_HUNGRY);
}

bool clients_is_search_new(const struct clients *c, struct client *client)
{
    if (client->epoch == c->epoch)
        return false;
    client->epoch = c->epoch;
    return true;
}
