/* election.c - one node, made anew in each session. */

#include "io/election.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct election {
    struct keeper *keeper;
    struct keeper_watcher watcher;
    struct contenders *contenders;
    struct election_callbacks callbacks;
    char *value;
    char node[CONTENDERS_NAME_SIZE]; /* ours; empty: not made yet */
    bool is_leading;
    bool is_busy; /* the node is being made */
    bool is_free;
};

static void depose(struct election *e, const char *why)
{
    e->is_leading = false;
    e->callbacks.deposed(e->callbacks.arg, why);
}

static void release(struct election *e)
{
    if (!e->is_free || e->is_busy)
        return;
    free(e->value);
    free(e);
}

static void made_cb(int rc, const char *path, const void *arg)
{
    struct election *e = (struct election *)arg;
    char text[KEEPER_PATH_MAX + 100];

    e->is_busy = false;
    if (e->is_free) {
        release(e);
        return;
    }
    if (rc == ZOK) {
        snprintf(e->node, sizeof e->node, "%s", strrchr(path, '/') + 1);
        return;
    }
    if (rc == ZCLOSING || rc == ZSESSIONEXPIRED)
        return; /* the next session makes one */
    if (rc == ZCONNECTIONLOSS || rc == ZOPERATIONTIMEOUT) {
        /* It may have been made, but we do not know its name. */
        keeper_renew(e->keeper, "the connection to ZooKeeper was lost");
        return;
    }
    if (rc == ZNOAUTH)
        snprintf(text, sizeof text,
                 "%s in ZooKeeper belongs to another user; give user and "
                 "password: zk://USER:PASSWORD@...",
                 keeper_path(e->keeper));
    else
        snprintf(text, sizeof text, "%s in ZooKeeper: %s",
                 keeper_path(e->keeper), zerror(rc));
    e->callbacks.refused(e->callbacks.arg, text);
}

static void contend(struct election *e)
{
    zhandle_t *zh = keeper_session(e->keeper);
    char path[KEEPER_PATH_MAX + CONTENDERS_NAME_SIZE];

    if (e->is_busy || e->node[0] != '\0' || zh == NULL)
        return;
    snprintf(path, sizeof path, "%s/" CONTENDERS_PREFIX,
             keeper_path(e->keeper));
    keeper_make_parents(e->keeper, path);
    e->is_busy = zoo_acreate(zh, path, e->value, (int)strlen(e->value),
                             keeper_acl_shown(e->keeper),
                             ZOO_EPHEMERAL | ZOO_SEQUENCE, made_cb, e) == ZOK;
    keeper_touch(e->keeper);
}

static void changed(void *arg, const char *name, const char *value, size_t size)
{
    struct election *e = arg;

    if (name[0] == '\0')
        return;
    if (strcmp(name, e->node) == 0) {
        if (!e->is_leading) {
            e->is_leading = true;
            e->callbacks.elected(e->callbacks.arg);
        }
    } else if (e->is_leading) {
        depose(e, "another has taken the leadership");
    } else if (e->callbacks.standing_by != NULL) {
        e->callbacks.standing_by(e->callbacks.arg, value, size);
    }
}

static void listed(void *arg, const struct contender *list, size_t count)
{
    struct election *e = arg;

    e->callbacks.listed(e->callbacks.arg, list, count);
}

static void connected(void *arg, bool is_new)
{
    struct election *e = arg;

    if (is_new)
        e->node[0] = '\0';
    contend(e);
}

static void lost(void *arg, const char *why)
{
    (void)arg; /* as long as the session lives, so does our node */
    (void)why;
}

static void expired(void *arg, const char *why)
{
    struct election *e = arg;

    e->node[0] = '\0';
    if (e->is_leading)
        depose(e, why);
}

struct election *election_new(struct keeper *k,
                              const char *value,
                              const struct election_callbacks *callbacks)
{
    struct election *e = calloc(1, sizeof *e);

    if (e == NULL || (e->value = strdup(value)) == NULL)
        abort();
    e->keeper = k;
    e->callbacks = *callbacks;
    e->watcher = (struct keeper_watcher){
        .connected = connected, .lost = lost, .expired = expired, .arg = e};
    e->contenders = contenders_new(k, changed, e);
    if (callbacks->listed != NULL)
        contenders_tell_all(e->contenders, listed);
    keeper_watch(k, &e->watcher);
    return e;
}

void election_free(struct election *e)
{
    if (e == NULL)
        return;
    keeper_forget(e->keeper, &e->watcher);
    contenders_free(e->contenders);
    e->is_free = true;
    release(e);
}
