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
    struct clients *f = memory_new(1, sizeof *f);
    f->by_id = table_new(id_of);
    f->roles = roles;
    f->filters = filters;
    f->epoch = 1;
    return f;
}

static void client_free(struct clients *f, struct client *client)
{
    filters_remove_of_client(f->filters, &client->filters);
    assert(client->asks_count == 0);
    free(client->asks);
    tree_node_release(&client->node);
    roles_release(f->roles, client->role);
    LIST_REMOVE(client, of_framework);
    free(client);
}

void clients_drop_framework(struct clients *f, struct framework *framework)
{
    while (!LIST_EMPTY(&framework->clients))
        client_free(f, LIST_FIRST(&framework->clients));
    LIST_REMOVE(framework, of_all);
    table_remove(f->by_id, framework);
    free(framework->id);
    free(framework);
}

void clients_free(struct clients *f)
{
    if (f == NULL)
        return;
    assert(LIST_EMPTY(&f->all));
    table_free(f->by_id);
    free(f);
}

struct framework *clients_add_framework(struct clients *f, const char *id)
{
    struct framework *framework = memory_new(1, sizeof *framework);

    framework->id = memory_strdup(id);
    assert(table_find(f->by_id, id) == NULL);
    framework->is_active = true;
    LIST_INIT(&framework->clients);
    table_add(f->by_id, framework);
    LIST_INSERT_HEAD(&f->all, framework, of_all);
    return framework;
}

struct framework *clients_first_framework(const struct clients *f)
{
    return LIST_FIRST(&f->all);
}

struct framework *clients_get_framework(const struct clients *f, const char *id)
{
    struct framework *framework = table_find(f->by_id, id);

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

struct client *clients_use(struct clients *f,
                           struct framework *framework,
                           const char *role)
{
    struct client *client = clients_find(framework, role);

    if (client != NULL)
        return client;
    client = memory_new(1, sizeof *client);
    client->framework = framework;
    client->role = roles_use(f->roles, role);
    tree_node_init(&client->node, &client->role->own, framework->id, client);
    LIST_INIT(&client->filters);
    LIST_INSERT_HEAD(&framework->clients, client, of_framework);
    return client;
}

void clients_tidy(struct clients *f, struct client *client)
{
    if (!client->is_subscribed && quantity_is_zero(&client->node.given))
        client_free(f, client);
}

void clients_remove_framework(struct clients *f, struct framework *framework)
{
    const struct client *client;

    LIST_FOREACH (client, &framework->clients, of_framework)
        assert(quantity_is_zero(&client->node.given));
    clients_drop_framework(f, framework);
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

void clients_search_anew(struct clients *f)
{
    struct tree_node *root = roles_root(f->roles), *leaf;

    f->epoch++;
    while ((leaf = tree_first(root, TREE_WAITING)) != NULL)
        tree_want(leaf, TREE_HUNGRY);
}

bool clients_is_search_new(const struct clients *f, struct client *client)
{
    if (client->epoch == f->epoch)
        return false;
    client->epoch = f->epoch;
    return true;
}
