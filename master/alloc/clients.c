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
    return f;
}

static void client_free(struct clients *f, struct client *client)
{
    filters_remove_of_client(f->filters, &client->filters);
    tree_node_release(&client->node);
    roles_release(f->roles, client->role);
    LIST_REMOVE(client, of_framework);
    free(client);
}

static void framework_free(struct clients *f, struct framework *framework)
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
    while (!LIST_EMPTY(&f->all))
        framework_free(f, LIST_FIRST(&f->all));
    table_free(f->by_id);
    free(f);
}

struct framework *clients_add(struct clients *f, const char *id)
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

struct framework *clients_get(const struct clients *f, const char *id)
{
    struct framework *framework = table_find(f->by_id, id);

    assert(framework != NULL);
    return framework;
}

struct client *clients_find_client(const struct framework *framework,
                                      const char *role)
{
    struct client *client;

    LIST_FOREACH (client, &framework->clients, of_framework) {
        if (strcmp(client->role->name, role) == 0)
            return client;
    }
    return NULL;
}

struct client *clients_use_client(struct clients *f,
                                     struct framework *framework,
                                     const char *role)
{
    struct client *client = clients_find_client(framework, role);

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

void clients_tidy_client(struct clients *f, struct client *client)
{
    if (!client->is_subscribed && quantity_is_zero(&client->node.given))
        client_free(f, client);
}

void clients_remove(struct clients *f, struct framework *framework)
{
    const struct client *client;

    LIST_FOREACH (client, &framework->clients, of_framework)
        assert(quantity_is_zero(&client->node.given));
    framework_free(f, framework);
}

static bool is_wanting(const struct client *client)
{
    return client->framework->is_active && client->is_subscribed &&
           !client->is_suppressed;
}

void clients_settle_client(struct clients *f,
                              struct client *client,
                              bool is_new)
{
    (void)f;
    if (!is_wanting(client)) {
        tree_want(&client->node, TREE_NO_QUEUE);
    } else if (is_new || tree_queue_of(&client->node) == TREE_NO_QUEUE) {
        client->cursor = (struct pool_cursor){.group = 0};
        tree_want(&client->node, TREE_HUNGRY);
    }
}

void clients_search_anew(struct clients *f)
{
    struct tree_node *root = roles_root(f->roles), *leaf;

    f->epoch++;
    while ((leaf = tree_first(root, TREE_WAITING)) != NULL)
        tree_want(leaf, TREE_HUNGRY);
}

struct pool_cursor *clients_cursor(const struct clients *f,
                                      struct client *client)
{
    if (client->cursor_epoch != f->epoch) {
        client->cursor_epoch = f->epoch;
        client->cursor = (struct pool_cursor){.group = 0};
    }
    return &client->cursor;
}
