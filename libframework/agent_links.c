/* agent_links.c - a list; it is as long as there are agents that are read. */

#include "libframework/agent_links.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

void agent_links_init(struct agent_links *a)
{
    a->made = 0;
    a->prefix = "bytes";
    TAILQ_INIT(&a->all);
}

void agent_links_release(struct agent_links *a)
{
    while (!TAILQ_EMPTY(&a->all))
        agent_links_drop(a, TAILQ_FIRST(&a->all));
}

void agent_links_drop(struct agent_links *a, struct agent_link *l)
{
    TAILQ_REMOVE(&a->all, l, entry);
    free(l->endpoint);
    free(l->key);
    free(l);
}

static bool leads_to(const struct agent_link *l,
                     const char *endpoint,
                     const char *key)
{
    return strcmp(l->endpoint, endpoint) == 0 &&
           (key == NULL) == (l->key == NULL) &&
           (key == NULL || strcmp(l->key, key) == 0);
}

struct agent_link *agent_links_use(struct agent_links *a,
                                   const char *endpoint,
                                   const char *key)
{
    struct agent_link *l;

    TAILQ_FOREACH (l, &a->all, entry)
        if (leads_to(l, endpoint, key)) {
            l->users_count++;
            return l;
        }
    l = memory_new(1, sizeof *l);
    l->endpoint = memory_strdup(endpoint);
    l->key = memory_strdup(key);
    l->users_count = 1;
    TAILQ_INSERT_TAIL(&a->all, l, entry);
    return l;
}

void agent_links_leave(struct agent_link *l, msec_t now)
{
    assert(l->users_count > 0);
    if (--l->users_count == 0)
        l->idle_due = now + AGENT_LINKS_IDLE_MS;
}

void agent_links_connect(struct agent_links *a,
                         struct agent_link *l,
                         struct effects *fx)
{
    if (l->name[0] != '\0')
        return;
    snprintf(l->name, sizeof l->name, "%s-%" PRIu64, a->prefix, ++a->made);
    effects_connect(fx, l->name, l->endpoint, l->key, 0);
}

struct agent_link *agent_links_find(struct agent_links *a, const char *peer)
{
    struct agent_link *l;

    TAILQ_FOREACH (l, &a->all, entry)
        if (l->name[0] != '\0' && strcmp(l->name, peer) == 0)
            return l;
    return NULL;
}

void agent_links_flush(struct agent_links *a, msec_t now, struct effects *fx)
{
    struct agent_link *l, *next;

    for (l = TAILQ_FIRST(&a->all); l != NULL; l = next) {
        next = TAILQ_NEXT(l, entry);
        if (l->users_count > 0 || l->idle_due > now)
            continue;
        if (l->name[0] != '\0')
            effects_end_link(fx, l->name, "all was read");
        agent_links_drop(a, l); /* that it ends is no news then */
    }
}

msec_t agent_links_deadline(const struct agent_links *a)
{
    msec_t due = MSEC_NEVER;
    const struct agent_link *l;

    TAILQ_FOREACH (l, &a->all, entry)
        if (l->users_count == 0 && l->idle_due < due)
            due = l->idle_due;
    return due;
}
