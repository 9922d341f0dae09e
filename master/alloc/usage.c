/* usage.c - the whole tree is reckoned at once, so that siblings compare. */

#include "master/alloc/usage.h"

#include "master/alloc/state.h"

void alloc_set_half_life(struct alloc *a, msec_t half_life, msec_t now)
{
    a->half_life = half_life;
    a->usage_at = now;
}

static void accrue(const struct alloc *a,
                   struct tree_node *n,
                   const struct scale *scale,
                   msec_t elapsed)
{
    n->usage = policy_accrue(n->usage, policy_share(scale, &n->given, 1000),
                             elapsed, a->half_life);
}

/* It is remembered as long as it has any, while there is room. */
static bool keep(struct alloc *a, struct role *role)
{
    bool has_usage = role->node.usage > 0;

    if (has_usage == role->has_usage ||
        (has_usage && a->usages_count >= POLICY_USAGES_MAX))
        return false;
    a->usages_count += has_usage;
    a->usages_count -= role->has_usage;
    roles_keep(a->roles, role, has_usage);
    return !has_usage;
}

void usage_account(struct alloc *a, msec_t now)
{
    msec_t elapsed = now - a->usage_at;
    struct role *role;
    uint64_t serial;
    const struct scale *scale;

    if (a->half_life == 0 || elapsed < POLICY_USAGE_MS)
        return;
    scale = pool_scale(a->pool, &serial);
    for (role = roles_first(a->roles); role != NULL;
         role = LIST_NEXT(role, of_all)) {
        accrue(a, &role->node, scale, elapsed);
        accrue(a, &role->own, scale, elapsed);
        a->steps--;
    }
    a->usage_at = now;
    a->is_order_stale = true;
    /* With a role those above it may go, too: then from the first again. */
    for (role = roles_first(a->roles); role != NULL;)
        role = keep(a, role) ? roles_first(a->roles) : LIST_NEXT(role, of_all);
}

msec_t usage_deadline(const struct alloc *a)
{
    bool is_any =
        a->usages_count > 0 || !quantity_is_zero(&roles_root(a->roles)->given);

    return a->half_life > 0 && is_any ? a->usage_at + POLICY_USAGE_MS
                                      : MSEC_NEVER;
}

void alloc_usage_restore(struct alloc *a,
                         const struct alloc_usage *usage,
                         msec_t elapsed)
{
    struct role *role;

    if (a->half_life == 0)
        return;
    role = roles_use(a->roles, usage->role);
    role->node.usage = policy_decay(usage->amount, elapsed, a->half_life);
    role->own.usage = policy_decay(usage->own, elapsed, a->half_life);
    keep(a, role);
    a->is_order_stale = true;
    roles_release(a->roles, role);
}

size_t alloc_usage_list(const struct alloc *a,
                        struct arena *arena,
                        const struct alloc_usage **list)
{
    struct alloc_usage *found =
        arena_alloc(arena, (a->usages_count + 1) * sizeof *found);
    const struct role *role;
    size_t count = 0;

    for (role = roles_first(a->roles); role != NULL;
         role = LIST_NEXT(role, of_all))
        if (role->has_usage)
            found[count++] = (struct alloc_usage){role->name, role->node.usage,
                                                  role->own.usage};
    *list = found;
    return count;
}
