/* roles.c - found by name in a table; the tree is made of parent pointers. */

#include "master/alloc/roles.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/memory.h"
#include "base/table.h"

struct roles {
    struct table *by_name;
    struct role root;
    LIST_HEAD(, role) all; /* whoever is below comes before */
};

static const char *name_of(const void *value)
{
    return ((const struct role *)value)->name;
}

static void role_free(struct roles *r, struct role *role)
{
    LIST_REMOVE(role, of_all);
    table_remove(r->by_name, role);
    tree_node_release(&role->own);
    tree_node_release(&role->node);
    free(role->quota);
    free(role->set);
    free(role->name);
    free(role);
}

struct roles *roles_new(void)
{
    struct roles *r = memory_new(1, sizeof *r);

    r->by_name = table_new(name_of);
    r->root.name = memory_strdup("");
    tree_node_init(&r->root.node, NULL, r->root.name, NULL);
    tree_node_init(&r->root.own, &r->root.node, ".", NULL);
    return r;
}

void roles_free(struct roles *r)
{
    if (r == NULL)
        return;
    while (!LIST_EMPTY(&r->all))
        role_free(r, LIST_FIRST(&r->all));
    tree_node_release(&r->root.own);
    tree_node_release(&r->root.node);
    free(r->root.name);
    table_free(r->by_name);
    free(r);
}

struct tree_node *roles_root(struct roles *r)
{
    return &r->root.node;
}

struct role *roles_find(const struct roles *r, const char *name)
{
    return table_find(r->by_name, name);
}

static struct role *role_new(struct role *parent, const char *name)
{
    struct role *role = memory_new(1, sizeof *role);

    role->name = memory_strdup(name);
    role->parent = parent;
    tree_node_init(
        &role->node, &parent->node,
        role->name + strlen(parent->name) + (parent->name[0] != '\0'), NULL);
    tree_node_init(&role->own, &role->node, ".", NULL);
    return role;
}

/* From the root down, whatever is missing. */
struct role *roles_use(struct roles *r, const char *name)
{
    AUTO(auto_free) char *path = memory_strdup(name);
    struct role *role = &r->root;

    for (char *end = path; role == &r->root || *end != '\0';) {
        struct role *below;
        char slash;

        end += *end == '/';
        end += strcspn(end, "/");
        slash = *end;
        *end = '\0';
        below = roles_find(r, path);
        if (below == NULL) {
            below = role_new(role, path);
            role->uses++;
            table_add(r->by_name, below);
            LIST_INSERT_HEAD(&r->all, below, of_all);
        }
        role = below;
        *end = slash;
    }
    role->uses++;
    return role;
}

void roles_release(struct roles *r, struct role *role)
{
    while (role != &r->root && --role->uses == 0) {
        struct role *parent = role->parent;

        role_free(r, role);
        role = parent;
    }
}

static const struct tree_quota no_quota = {
    .limit = {.of = {INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX,
                     INT64_MAX, INT64_MAX, INT64_MAX}}};

/* The sum of what the children are to have, if that is more. */
static void reckon_quota(struct roles *r, struct role *role)
{
    struct tree_quota q = role->set != NULL ? *role->set : no_quota;
    struct quantity below = {.of = {0}};
    struct role *child;
    bool is_any = role->set != NULL;

    LIST_FOREACH (child, &r->all, of_all)
        if (child->parent == role && child->quota != NULL) {
            quantity_add(&below, &child->quota->guarantee);
            is_any = true;
        }
    q.own = q.guarantee;
    quantity_raise(&q.guarantee, &below);
    free(role->quota);
    role->quota = is_any ? memory_copy(&q, sizeof q) : NULL;
    role->node.quota = role->quota;
}

void roles_set_quota(struct roles *r,
                     const char *name,
                     const struct tree_quota *quota)
{
    struct role *role = roles_use(r, name), *up;

    if (role->set == NULL && quota != NULL)
        role->uses++; /* for as long as there is one */
    else if (role->set != NULL && quota == NULL)
        role->uses--; /* ours is left */
    free(role->set);
    role->set = quota != NULL ? memory_copy(quota, sizeof *quota) : NULL;
    for (up = role; up != &r->root; up = up->parent)
        reckon_quota(r, up);
    roles_release(r, role);
}

struct role *roles_first(const struct roles *r)
{
    return LIST_FIRST(&r->all);
}

void roles_keep(struct roles *r, struct role *role, bool has_usage)
{
    if (role->has_usage == has_usage)
        return;
    role->has_usage = has_usage;
    if (has_usage)
        role->uses++;
    else
        roles_release(r, role);
}

bool roles_have_guarantees(const struct roles *r)
{
    const struct role *role;

    LIST_FOREACH (role, &r->all, of_all)
        if (role->set != NULL && !quantity_is_zero(&role->set->guarantee))
            return true;
    return false;
}

void roles_set_weight(struct roles *r, const char *name, int64_t weight)
{
    struct role *role = roles_use(r, name);

    assert(weight > 0);
    if (role->node.weight == 1000 && weight != 1000)
        role->uses++; /* for as long as it is so */
    else if (role->node.weight != 1000 && weight == 1000)
        role->uses--; /* ours is left */
    role->node.weight = weight;
    roles_release(r, role);
}
