/* alloc_asking.h - frameworks, agents and asks for tests, in one line each. */

#ifndef TESTS_UNIT_ALLOC_ASKING_H
#define TESTS_UNIT_ALLOC_ASKING_H

#include <stdlib.h>
#include <string.h>

#include "master/alloc/alloc.h"
#include "tests/test.h"

static struct arena *arena;
static const struct alloc_grant *grants;
static struct error error;

static inline struct resources *parsed(const char *text)
{
    struct resources *r = malloc(sizeof *r);

    if (r == NULL)
        abort();
    resources_init(r);
    if (resources_parse(r, text, NULL) < 0)
        abort();
    return r;
}

static inline void drop(struct resources *r)
{
    resources_release(r);
    free(r);
}

/* "rack=r1 zone=z" */
static inline void add_agent(struct alloc *a,
                             const char *id,
                             const char *total,
                             const char *attributes)
{
    struct resources *r = parsed(total);
    struct alloc_attribute list[8];
    char text[128], *at = text, *word;
    size_t count = 0;

    snprintf(text, sizeof text, "%s", attributes);
    while ((word = strsep(&at, " ")) != NULL && strchr(word, '=') != NULL) {
        list[count].name = word;
        list[count].value = strchr(word, '=') + 1;
        *strchr(word, '=') = '\0';
        count++;
    }
    alloc_agent_add(a, &(struct alloc_agent_info){.id = id,
                                                  .hostname = id,
                                                  .total = r,
                                                  .attributes = list,
                                                  .attributes_count = count});
    drop(r);
}

static inline void add_framework(struct alloc *a,
                                 const char *id,
                                 const char *role)
{
    alloc_framework_add(a, id, &role, 1);
}

struct asking {
    const char *framework;
    struct alloc_ask ask;
    const char *each;
    uint32_t count;
    uint32_t min;
    struct alloc_constraint constraints[4];
};

/* An ask of one slot, in the role "r". */
static inline int put(struct alloc *a, struct asking asking)
{
    struct resources *each = parsed(asking.each);
    struct alloc_slot slot = {.each = each,
                              .count = asking.count,
                              .min = asking.min,
                              .constraints = asking.constraints};
    int result;

    while (slot.constraints_count < 4 &&
           asking.constraints[slot.constraints_count].attribute != NULL)
        slot.constraints_count++;
    if (asking.ask.role == NULL)
        asking.ask.role = "r";
    asking.ask.slots = &slot;
    asking.ask.slots_count = 1;
    result =
        alloc_ask_put(a, asking.framework == NULL ? "f1" : asking.framework,
                      &asking.ask, &error);
    drop(each);
    return result;
}

#define PUT(a, ...) put(a, (struct asking){__VA_ARGS__})

static inline size_t run(struct alloc *a, msec_t now)
{
    const char *wrong;
    size_t count = alloc_run(a, now, 1000, arena, &grants);

    wrong = alloc_check(a, arena);
    if (wrong != NULL)
        printf("# %s\n", wrong);
    CHECK(wrong == NULL);
    return count;
}

static inline bool granted(size_t i,
                           const char *agent,
                           uint32_t times,
                           const char *r)
{
    return strcmp(grants[i].agent_id, agent) == 0 && grants[i].ask_id != NULL &&
           grants[i].counts[0] == times &&
           strcmp(resources_format(grants[i].resources, arena), r) == 0;
}

static inline void give_back(struct alloc *a,
                             const char *framework,
                             const char *agent,
                             const char *text)
{
    struct resources *r = parsed(text);

    alloc_give_back(a, framework, "r", agent, r);
    drop(r);
}

#endif
