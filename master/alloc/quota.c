/* quota.c - the calls about roles: weights, guarantees and limits. */

#include <errno.h>

#include "master/alloc/state.h"

void alloc_role_set_weight(struct alloc *a, const char *role, int64_t weight)
{
    state_change(a);
    roles_set_weight(a->roles, role, weight);
    a->is_order_stale = true;
}

static int read_quota(struct alloc *a,
                      const struct resources *r,
                      struct quantity *to,
                      struct error *err)
{
    for (size_t i = 0; i < r->count; i++) {
        int name = names_intern(&a->names, r->items[i].name);

        if (name == NAMES_NONE)
            return error_set(err, -ENOSPC,
                             "%s: more than %d kinds of resources",
                             r->items[i].name, QUANTITY_MAX);
        to->of[name] = names_measure(&r->items[i]);
    }
    return 0;
}

int alloc_role_set_quota(struct alloc *a,
                         const char *role,
                         const struct resources *guarantee,
                         const struct resources *limit,
                         struct error *err)
{
    struct tree_quota q = {.guarantee = {.of = {0}}};

    state_change(a);
    for (int i = 0; i < QUANTITY_MAX; i++)
        q.limit.of[i] = INT64_MAX;
    if (read_quota(a, guarantee, &q.guarantee, err) < 0 ||
        read_quota(a, limit, &q.limit, err) < 0)
        return -ENOSPC;
    roles_set_quota(a->roles, role,
                    guarantee->count + limit->count > 0 ? &q : NULL);
    a->is_order_stale = true;
    clients_search_anew(a->clients);
    return 0;
}

int64_t alloc_role_given(const struct alloc *a,
                         const char *role,
                         const char *kind)
{
    const struct role *found = roles_find(a->roles, role);
    int name = names_find(&a->names, kind);

    return found == NULL || name == NAMES_NONE ? 0 : found->node.given.of[name];
}

int64_t alloc_total(const struct alloc *a, const char *kind)
{
    const struct agent *agent = NULL;
    int name = names_find(&a->names, kind);
    int64_t sum = 0;

    while (name != NAMES_NONE && (agent = pool_next(a->pool, agent)) != NULL)
        sum += agent->total.of[name];
    return sum;
}

int64_t alloc_role_weight(const struct alloc *a, const char *role)
{
    const struct role *found = roles_find(a->roles, role);

    return found == NULL ? 1000 : found->node.weight;
}
