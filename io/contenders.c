/* contenders.c - a watch on the list, and the value of the first of it, or of
 * each: what a node says is said when it is made, and read once. */

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
    contenders_listed_f *listed;       /* NULL: only the leader is looked at */
    struct contender list[CONTENDERS_MAX]; /* the value NULL: being read */
    size_t count;
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
    if (!c->is_free || c->calls_count > 0)
        return;
    for (size_t i = 0; i < c->count; i++)
        free(c->list[i].value);
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

/* When all is read. */
static void tell_all(struct contenders *c)
{
    if (c->listed == NULL)
        return;
    for (size_t i = 0; i < c->count; i++)
        if (c->list[i].value == NULL)
            return;
    c->listed(c->arg, c->list, c->count);
}

static void note_value(struct contenders *c,
                       const char *name,
                       const char *value,
                       size_t size)
{
    for (size_t i = 0; i < c->count; i++) {
        struct contender *k = &c->list[i];

        if (strcmp(k->name, name) != 0 || k->value != NULL)
            continue;
        k->value = malloc(size + 1);
        if (k->value == NULL)
            abort();
        memcpy(k->value, value, size);
        k->value[size] = '\0';
        k->size = size;
    }
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
    if (rc == ZNONODE)
        list(c);
    if (rc != ZOK)
        return;
    note_value(c, name, value, size < 0 ? 0 : (size_t)size);
    if (c->count > 0 && strcmp(name, c->list[0].name) == 0)
        tell(c, name, value, size < 0 ? 0 : (size_t)size);
    tell_all(c);
}

/* Those that are no contenders come anywhere. */
static const char *number_of(const char *name)
{
    size_t size = strlen(CONTENDERS_PREFIX);

    return strlen(name) > size ? name + size : name;
}

static int compare(const void *a, const void *b)
{
    return strcmp(number_of(*(char *const *)a), number_of(*(char *const *)b));
}

static bool is_contender(const char *name)
{
    return strncmp(name, CONTENDERS_PREFIX, strlen(CONTENDERS_PREFIX)) == 0 &&
           strlen(name) < CONTENDERS_NAME_SIZE;
}

/* What was read of those that are still there is kept. */
static void renew_list(struct contenders *c, const struct String_vector *names)
{
    struct contender old[CONTENDERS_MAX];
    size_t old_count = c->count;

    memcpy(old, c->list, sizeof old);
    c->count = 0;
    if (names->count > 0)
        qsort(names->data, (size_t)names->count, sizeof names->data[0],
              compare);
    for (int i = 0; i < names->count && c->count < CONTENDERS_MAX; i++) {
        struct contender *k = &c->list[c->count];

        if (!is_contender(names->data[i]))
            continue;
        *k = (struct contender){.value = NULL};
        snprintf(k->name, sizeof k->name, "%s", names->data[i]);
        c->count++;
        for (size_t o = 0; o < old_count; o++)
            if (old[o].value != NULL && strcmp(old[o].name, k->name) == 0) {
                k->value = old[o].value;
                k->size = old[o].size;
                old[o].value = NULL;
            }
    }
    for (size_t o = 0; o < old_count; o++)
        free(old[o].value);
}

static void read_value(struct contenders *c, zhandle_t *zh, const char *name)
{
    char path[PATH_SIZE];

    snprintf(path, sizeof path, "%s/%s", keeper_path(c->keeper), name);
    zoo_aget(zh, path, 0, value_cb, call_new(c, name));
}

static void children_cb(int rc,
                        const struct String_vector *names,
                        const void *arg)
{
    struct contenders *c = end_call((struct call *)arg);
    zhandle_t *zh;

    if (c == NULL || rc != ZOK || (zh = keeper_session(c->keeper)) == NULL)
        return;
    renew_list(c, names);
    for (size_t i = 0; i < c->count && (i == 0 || c->listed != NULL); i++)
        if (c->list[i].value == NULL)
            read_value(c, zh, c->list[i].name);
    if (c->count == 0)
        tell(c, "", NULL, 0);
    else if (c->list[0].value != NULL)
        tell(c, c->list[0].name, c->list[0].value, c->list[0].size);
    tell_all(c);
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

void contenders_tell_all(struct contenders *c, contenders_listed_f *listed)
{
    c->listed = listed;
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
