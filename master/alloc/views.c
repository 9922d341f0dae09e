/* views.c - a set of tests that demands a value starts from the agents that
 * have it; any other goes through the pool, agent by agent. */

#include "master/alloc/views.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/memory.h"
#include "base/table.h"
#include "master/alloc/pattern.h"

enum {
    LIST_MIN = 64,  /* so many are always listed */
    LIST_SHARE = 8, /* and one in eight agents */
};

struct view_test {
    enum alloc_relation relation;
    struct attribute *attribute;
    struct value *value;     /* equals, not equals */
    struct pattern *pattern; /* matches */
};

struct views {
    struct attributes *attributes;
    struct pool *pool;
    struct table *by_key;
    LIST_HEAD(, view) all;
};

static const char *key_of(const void *value)
{
    return ((const struct view *)value)->key;
}

struct views *views_new(struct attributes *attributes, struct pool *pool)
{
    struct views *v = memory_new(1, sizeof *v);

    v->attributes = attributes;
    v->pool = pool;
    v->by_key = table_new(key_of);
    return v;
}

void views_free(struct views *v)
{
    if (v == NULL)
        return;
    assert(LIST_EMPTY(&v->all));
    table_free(v->by_key);
    free(v);
}

static bool is_test(const struct alloc_constraint *c)
{
    switch (c->relation) {
    case ALLOC_EQUALS:
    case ALLOC_NOT_EQUALS:
    case ALLOC_MATCHES:
        return true;
    case ALLOC_UNIQUE:
    case ALLOC_MAX_PER:
    case ALLOC_GROUP_BY:
        return false;
    }
    return false;
}

static int by_content(const void *a, const void *b)
{
    const struct alloc_constraint *const *x = a, *const *y = b;
    int order = strcmp((*x)->attribute, (*y)->attribute);

    if (order == 0)
        order = (int)(*x)->relation - (int)(*y)->relation;
    return order != 0 ? order : strcmp((*x)->value, (*y)->value);
}

/* Sorted, and each text with its size before it: equal when the sets are. */
static char *make_key(const struct alloc_constraint **tests, size_t count)
{
    size_t size = 1;
    int used = 0;
    char *key;

    qsort(tests, count, sizeof(*tests), by_content);
    for (size_t i = 0; i < count; i++)
        size += strlen(tests[i]->attribute) + strlen(tests[i]->value) + 64;
    key = memory_new(size, 1);
    for (size_t i = 0; i < count; i++)
        used += snprintf(key + used, size - (size_t)used, "%d %zu %zu %s %s ",
                         (int)tests[i]->relation, strlen(tests[i]->attribute),
                         strlen(tests[i]->value), tests[i]->attribute,
                         tests[i]->value);
    return key;
}

static void view_free(struct views *v, struct view *view)
{
    for (size_t i = 0; i < view->tests_count; i++) {
        struct view_test *t = &view->tests[i];

        if (t->value != NULL)
            attributes_release_value(v->attributes, t->value);
        if (t->attribute != NULL)
            attributes_release(v->attributes, t->attribute);
        pattern_free(t->pattern);
    }
    free(view->tests);
    free(view->has);
    free(view->agents);
    free(view->built_to);
    free(view->key);
    free(view);
}

static int add_test(struct views *v,
                    struct view *view,
                    const struct alloc_constraint *c,
                    struct error *err)
{
    struct view_test *t = &view->tests[view->tests_count++];

    t->relation = c->relation;
    t->attribute = attributes_use(v->attributes, c->attribute);
    if (c->relation != ALLOC_MATCHES) {
        t->value = attributes_use_value(v->attributes, c->attribute, c->value);
        return 0;
    }
    t->pattern = pattern_new(c->value, err);
    return t->pattern != NULL ? 0 : -EINVAL;
}

int views_use(struct views *v,
              const struct alloc_constraint *constraints,
              size_t count,
              struct view **view,
              struct error *err)
{
    AUTO(auto_free) const struct alloc_constraint **tests = NULL;
    size_t tests_count = 0;
    char *key;

    *view = NULL;
    if (count == 0)
        return 0;
    tests = memory_new(count, sizeof *tests);
    for (size_t i = 0; i < count; i++) {
        if (is_test(&constraints[i]))
            tests[tests_count++] = &constraints[i];
    }
    if (tests_count == 0)
        return 0;
    key = make_key(tests, tests_count);
    *view = table_find(v->by_key, key);
    if (*view != NULL) {
        free(key);
        (*view)->uses++;
        return 0;
    }
    *view = memory_new(1, sizeof **view);
    (*view)->key = key;
    (*view)->tests = memory_new(tests_count, sizeof *(*view)->tests);
    (*view)->layout = (*view)->uses = 1;
    for (size_t i = 0; i < tests_count; i++) {
        if (add_test(v, *view, tests[i], err) < 0) {
            view_free(v, *view);
            return -EINVAL;
        }
    }
    if (table_count(v->by_key) == VIEWS_MAX) {
        view_free(v, *view);
        return error_set(err, -ENOSPC,
                         "constraints: %d different sets are in use already",
                         VIEWS_MAX);
    }
    table_add(v->by_key, *view);
    LIST_INSERT_HEAD(&v->all, *view, of_all);
    return 0;
}

void views_release(struct views *v, struct view *view)
{
    if (view == NULL || --view->uses > 0)
        return;
    table_remove(v->by_key, view);
    LIST_REMOVE(view, of_all);
    view_free(v, view);
}

/* What it cost is taken off the steps. */
static bool passes_test(const struct view_test *t,
                        const struct agent *agent,
                        int64_t *steps)
{
    const struct value *value = attributes_of(agent, t->attribute);

    --*steps;
    switch (t->relation) {
    case ALLOC_EQUALS:
        return value == t->value;
    case ALLOC_NOT_EQUALS:
        return value != t->value;
    case ALLOC_MATCHES:
        if (value == NULL)
            return false;
        *steps -=
            1 + (int64_t)(strlen(value->text) * pattern_size(t->pattern) / 16);
        return pattern_matches(t->pattern, value->text);
    case ALLOC_UNIQUE:
    case ALLOC_MAX_PER:
    case ALLOC_GROUP_BY:
        break; /* none of a view's */
    }
    return true;
}

/* Does the agent pass all tests? */
static bool passes(const struct view *view,
                   const struct agent *agent,
                   int64_t *steps)
{
    for (size_t i = 0; i < view->tests_count; i++)
        if (!passes_test(&view->tests[i], agent, steps))
            return false;
    return true;
}

size_t views_failed(const struct view *view, const struct agent *agent)
{
    int64_t ignored = 0;
    size_t i = 0;

    while (i < view->tests_count &&
           passes_test(&view->tests[i], agent, &ignored))
        i++;
    return i;
}

void views_describe(const struct view *view,
                    size_t test,
                    char *text,
                    size_t size)
{
    const struct view_test *t = &view->tests[test];

    switch (t->relation) {
    case ALLOC_EQUALS:
        snprintf(text, size, "%s: is not %s", t->attribute->name,
                 t->value->text);
        break;
    case ALLOC_NOT_EQUALS:
        snprintf(text, size, "%s: is %s", t->attribute->name, t->value->text);
        break;
    case ALLOC_MATCHES:
        snprintf(text, size, "%s: does not match", t->attribute->name);
        break;
    case ALLOC_UNIQUE:
    case ALLOC_MAX_PER:
    case ALLOC_GROUP_BY:
        break;
    }
}

static void set_bit(struct view *view, const struct agent *agent)
{
    size_t word = agent->number / 64;

    if (word >= view->has_size) {
        size_t size = view->has_size == 0 ? 16 : view->has_size;

        while (size <= word)
            size *= 2;
        view->has = memory_resize(view->has, size, sizeof *view->has);
        memset(view->has + view->has_size, 0,
               (size - view->has_size) * sizeof *view->has);
        view->has_size = size;
    }
    view->has[word] |= (uint64_t)1 << agent->number % 64;
}

static bool is_too_many(const struct views *v, uint32_t count)
{
    return count > LIST_MIN && count > pool_count(v->pool) / LIST_SHARE;
}

/* Where the agent is in the list, or would be. */
static uint32_t find_place(const struct view *view, const struct agent *agent)
{
    uint32_t low = 0, high = view->count;

    /* Mostly they come in order. */
    if (high > 0 && strcmp(view->agents[high - 1]->id, agent->id) < 0)
        return high;
    while (low < high) {
        uint32_t middle = (low + high) / 2;

        if (strcmp(view->agents[middle]->id, agent->id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void append_space(struct view *view)
{
    if (view->count == view->size) {
        view->size = view->size == 0 ? 16 : view->size * 2;
        view->agents =
            memory_resize(view->agents, view->size, sizeof *view->agents);
    }
}

static void include(struct views *v, struct view *view, struct agent *agent)
{
    uint32_t place;

    if (views_has(view, agent))
        return;
    set_bit(view, agent);
    if (view->is_broad)
        return;
    if (is_too_many(v, view->count + 1)) {
        view->is_broad = true;
        view->layout++;
        view->agents = memory_resize(view->agents, 0, sizeof *view->agents);
        view->count = view->size = 0;
        return;
    }
    append_space(view);
    place = find_place(view, agent);
    memmove(&view->agents[place + 1], &view->agents[place],
            (view->count - place) * sizeof *view->agents);
    view->agents[place] = agent;
    if (place < view->count++)
        view->layout++;
}

void views_add_agent(struct views *v, struct agent *agent)
{
    struct view *view;
    int64_t steps = 0;

    LIST_FOREACH (view, &v->all, of_all) {
        if (passes(view, agent, &steps))
            include(v, view, agent);
    }
}

void views_remove_agent(struct views *v, struct agent *agent)
{
    struct view *view;

    LIST_FOREACH (view, &v->all, of_all) {
        uint32_t place;

        if (!views_has(view, agent))
            continue;
        view->has[agent->number / 64] &= ~((uint64_t)1 << agent->number % 64);
        if (view->is_broad)
            continue;
        place = find_place(view, agent);
        assert(view->agents[place] == agent);
        view->count--;
        memmove(&view->agents[place], &view->agents[place + 1],
                (view->count - place) * sizeof *view->agents);
        view->layout++;
    }
}

static int by_place(const void *a, const void *b)
{
    uint64_t x = pool_place(*(struct agent *const *)a);
    uint64_t y = pool_place(*(struct agent *const *)b);

    return (x > y) - (x < y);
}

/* The value demanded that fewest agents have; NULL when none is. */
static const struct value *rarest(const struct view *view)
{
    const struct value *least = NULL;

    for (size_t i = 0; i < view->tests_count; i++) {
        const struct view_test *t = &view->tests[i];

        if (t->relation == ALLOC_EQUALS &&
            (least == NULL || t->value->agents_count < least->agents_count))
            least = t->value;
    }
    return least;
}

static void build_from(struct views *v,
                       struct view *view,
                       const struct value *value,
                       int64_t *steps)
{
    for (uint32_t i = 0; i < value->agents_count; i++) {
        struct agent *agent = value->agents[i];

        if (views_has(view, agent) || !passes(view, agent, steps))
            continue;
        set_bit(view, agent);
        append_space(view);
        view->agents[view->count++] = agent;
    }
    view->layout++;
    if (is_too_many(v, view->count)) {
        view->is_broad = true;
        view->agents = memory_resize(view->agents, 0, sizeof *view->agents);
        view->count = view->size = 0;
        return;
    }
    if (view->count > 1)
        qsort(view->agents, view->count, sizeof *view->agents, by_place);
}

bool views_build(struct views *v, struct view *view, int64_t *steps)
{
    const struct value *value;
    struct agent *agent, *last = NULL;

    if (view->is_built)
        return true;
    value = rarest(view);
    if (value != NULL) {
        build_from(v, view, value, steps);
        view->is_built = true;
        return true;
    }
    agent = view->built_to == NULL ? pool_next(v->pool, NULL)
                                   : pool_after(v->pool, view->built_to);
    for (; agent != NULL && *steps > 0; agent = pool_next(v->pool, agent)) {
        if (passes(view, agent, steps))
            include(v, view, agent);
        last = agent;
    }
    view->is_built = agent == NULL;
    if (last != NULL) {
        free(view->built_to);
        view->built_to = memory_strdup(last->id);
    }
    return view->is_built;
}
