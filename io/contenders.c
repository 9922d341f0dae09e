/* contenders.c - a watch on the list, and the value of the first of it. */

#include "io/contenders.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PATH_SIZE = KEEPER_PATH_MAX + CONTENDERS_NAME_SIZE + 2,
};

struct contenders {
    struct keeper *keeper;
    struct keeper_watcher watcher;
    contenders_changed_f *changed;
    void *arg;
    unsigned generation;  /* of the connection and of the list */
    unsigned calls_count; /* on their way */
    bool is_free;
    char leader[CONTENDERS_NAME_SIZE]; /* told */
};

/* What a completion is given. */
struct call {
    struct contenders *contenders;
    unsigned generation;
    char name[CONTENDERS_NAME_SIZE]; /* whose value is asked */
};

static struct call *call_new(struct contenders *c, const char *name)
{
    struct call *call = calloc(1, sizeof *call);

    if (call == NULL)
        abort();
    call->contenders = c;
    call->generation = c->generation;
    snprintf(call->name, sizeof call->name, "%s", name);
    c->calls_count++;
    return call;
}

static void release(struct contenders *c)
{
    if (c->is_free && c->calls_count == 0)
        free(c);
}

/* NULL: it is of a connection or a list of before. */
static struct contenders *end_call(struct call *call)
{
    struct contenders *c = call->contenders;
    bool is_stale = call->generation != c->generation;

    c->calls_count--;
    free(call);
    if (is_stale)
        release(c);
    return is_stale ? NULL : c;
}

static void tell(struct contenders *c,
                 const char *name,
                 const char *value,
                 size_t size)
{
    if (strcmp(name, c->leader) == 0)
        return;
    snprintf(c->leader, sizeof c->leader, "%s", name);
    c->changed(c->arg, name, value, size);
}

static void list(struct contenders *c);

static void watch_cb(
    zhandle_t *zh, int type, int state, const char *path, void *arg)
{
    (void)zh;
    (void)state;
    (void)path;
    if (type != ZOO_SESSION_EVENT)
        list(arg);
}

static void value_cb(int rc,
                     const char *value,
                     int size,
                     const struct Stat *stat,
                     const void *arg)
{
    struct call *call = (struct call *)arg;
    char name[CONTENDERS_NAME_SIZE];
    struct contenders *c;

    (void)stat;
    snprintf(name, sizeof name, "%s", call->name);
    c = end_call(call);
    if (c == NULL)
        return;
    if (rc == ZOK)
        tell(c, name, value, size < 0 ? 0 : (size_t)size);
    else if (rc == ZNONODE)
        list(c);
}

static const char *number_of(const char *name)
{
    return name + strlen(CONTENDERS_PREFIX);
}

static const char *find_first(const struct String_vector *names)
{
    const char *first = NULL;

    for (int i = 0; i < names->count; i++) {
        const char *name = names->data[i];

        if (strncmp(name, CONTENDERS_PREFIX, strlen(CONTENDERS_PREFIX)) != 0 ||
            strlen(name) >= CONTENDERS_NAME_SIZE)
            continue;
        if (first == NULL || strcmp(number_of(name), number_of(first)) < 0)
            first = name;
    }
    return first;
}

static void children_cb(int rc,
                        const struct String_vector *names,
                        const void *arg)
{
    struct contenders *c = end_call((struct call *)arg);
    zhandle_t *zh;
    const char *first;
    char path[PATH_SIZE];

    if (c == NULL || rc != ZOK || (zh = keeper_session(c->keeper)) == NULL)
        return;
    first = find_first(names);
    if (first == NULL) {
        tell(c, "", NULL, 0);
        return;
    }
    snprintf(path, sizeof path, "%s/%s", keeper_path(c->keeper), first);
    zoo_aget(zh, path, 0, value_cb, call_new(c, first));
    keeper_touch(c->keeper);
}

static void exists_cb(int rc, const struct Stat *stat, const void *arg)
{
    struct contenders *c = end_call((struct call *)arg);
    zhandle_t *zh;

    (void)stat;
    if (c == NULL || (zh = keeper_session(c->keeper)) == NULL)
        return;
    if (rc == ZNONODE)
        tell(c, "", NULL, 0);
    if (rc != ZOK)
        return;
    zoo_awget_children(zh, keeper_path(c->keeper), watch_cb, c, children_cb,
                       call_new(c, ""));
    keeper_touch(c->keeper);
}

/* That it exists is watched too: it may come, or be removed and come. */
static void list(struct contenders *c)
{
    zhandle_t *zh = keeper_session(c->keeper);

    c->generation++; /* what is on its way is of no use */
    if (zh == NULL)
        return;
    zoo_awexists(zh, keeper_path(c->keeper), watch_cb, c, exists_cb,
                 call_new(c, ""));
    keeper_touch(c->keeper);
}

static void connected(void *arg, bool is_new)
{
    (void)is_new;
    list(arg);
}

static void lost(void *arg, const char *why)
{
    struct contenders *c = arg;

    (void)why;
    c->generation++;
}

/* Only now: while the session may live, so may the leader's. */
static void expired(void *arg, const char *why)
{
    (void)why;
    tell(arg, "", NULL, 0);
}

struct contenders *contenders_new(struct keeper *k,
                                  contenders_changed_f *changed,
                                  void *arg)
{
    struct contenders *c = calloc(1, sizeof *c);

    if (c == NULL)
        abort();
    c->keeper = k;
    c->changed = changed;
    c->arg = arg;
    c->watcher = (struct keeper_watcher){
        .connected = connected, .lost = lost, .expired = expired, .arg = c};
    keeper_watch(k, &c->watcher);
    return c;
}

void contenders_free(struct contenders *c)
{
    if (c == NULL)
        return;
    keeper_forget(c->keeper, &c->watcher);
    c->generation++;
    c->is_free = true;
    release(c);
}
