/* users.c - a list of those found lately, searched from its start. */

#include "config.h"

#include "agent/os/users.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "agent/os/worker.h"

enum {
    TEXT_SIZE_MAX = 1 << 20 /* of an entry of the user database */
};

struct known {
    struct user user;
    time_t until; /* of CLOCK_MONOTONIC */
};

struct users {
    struct worker *worker;
    struct user self;
    struct known known[USERS_MAX];
    size_t count;
};

struct look_up {
    struct job job;
    struct users *users;
    users_found_f *found;
    void *arg;
    char *name;
    struct user user;
    char fault[256]; /* "": found */
};

static time_t seconds(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC_COARSE, &ts);
    return ts.tv_sec;
}

static char *copy_text(const char *text)
{
    char *copy = strdup(text);

    if (copy == NULL)
        abort();
    return copy;
}

void user_copy(struct user *to, const struct user *from)
{
    *to = *from;
    to->name = copy_text(from->name);
    to->home = copy_text(from->home);
    to->shell = copy_text(from->shell);
    to->groups = malloc((from->groups_count + 1) * sizeof *to->groups);
    if (to->groups == NULL)
        abort();
    if (from->groups_count > 0)
        memcpy(to->groups, from->groups,
               from->groups_count * sizeof *to->groups);
}

void user_release(struct user *user)
{
    free(user->name);
    free(user->home);
    free(user->shell);
    free(user->groups);
    *user = (struct user){0};
}

static void forget_all(struct users *u)
{
    for (size_t i = 0; i < u->count; i++)
        user_release(&u->known[i].user);
    u->count = 0;
}

static void find_groups(struct user *user)
{
    int count = USERS_GROUPS_MAX;

    user->groups = calloc((size_t)count, sizeof *user->groups);
    if (user->groups == NULL)
        abort();
    if (getgrouplist(user->name, user->gid, user->groups, &count) < 0)
        count = USERS_GROUPS_MAX; /* those that fit */
    user->groups_count = (size_t)count;
}

/* By name, or ourselves where it is NULL; 0, or an errno, or -1: none. */
static int look_up(const char *name, struct user *user)
{
    struct passwd entry, *found = NULL;
    size_t size = 4096;
    char *text = NULL;
    int code;

    do {
        size *= 2;
        text = realloc(text, size);
        if (text == NULL)
            abort();
        if (name == NULL)
            code = getpwuid_r(geteuid(), &entry, text, size, &found);
        else
            code = getpwnam_r(name, &entry, text, size, &found);
    } while (code == ERANGE && size < TEXT_SIZE_MAX);
    if (found != NULL) {
        user_copy(user, &(struct user){.name = entry.pw_name,
                                       .home = entry.pw_dir,
                                       .shell = entry.pw_shell,
                                       .uid = entry.pw_uid,
                                       .gid = entry.pw_gid});
        free(user->groups);
        find_groups(user);
        code = 0;
    } else if (code == 0) {
        code = -1;
    }
    free(text);
    return code;
}

static void look_up_run(struct job *job)
{
    struct look_up *l = (struct look_up *)job;
    int code = look_up(l->name, &l->user);

    if (code != 0)
        snprintf(l->fault, sizeof l->fault, "user %.100s: %s", l->name,
                 code < 0 ? "there is none of that name here" : strerror(code));
}

static void look_up_done(struct job *job)
{
    struct look_up *l = (struct look_up *)job;
    struct users *u = l->users;
    struct known *k;

    if (l->fault[0] != '\0') {
        l->found(l->arg, NULL, l->fault);
        return;
    }
    if (u->count == USERS_MAX)
        forget_all(u);
    k = &u->known[u->count++];
    user_copy(&k->user, &l->user);
    k->until = seconds() + USERS_AGE_S;
    l->found(l->arg, &l->user, NULL);
}

static void look_up_release(struct job *job)
{
    struct look_up *l = (struct look_up *)job;

    user_release(&l->user);
    free(l->name);
    free(l);
}

struct users *users_new(struct event_base *base)
{
    struct users *u = calloc(1, sizeof *u);

    if (u == NULL)
        abort();
    u->worker = worker_new(base, "users");
    if (look_up(NULL, &u->self) != 0)
        user_copy(&u->self, &(struct user){.name = (char *)"",
                                           .home = (char *)"/",
                                           .shell = (char *)"/bin/sh",
                                           .uid = geteuid(),
                                           .gid = getegid()});
    return u;
}

const struct user *users_self(const struct users *u)
{
    return &u->self;
}

void users_free(struct users *u)
{
    if (u == NULL)
        return;
    worker_free(u->worker);
    forget_all(u);
    user_release(&u->self);
    free(u);
}

void users_find(struct users *u,
                const char *name,
                users_found_f *found,
                void *arg)
{
    struct look_up *l;

    if (name == NULL || strcmp(name, u->self.name) == 0) {
        found(arg, &u->self, NULL);
        return;
    }
    for (size_t i = 0; i < u->count; i++) {
        struct known *k = &u->known[i];

        if (strcmp(k->user.name, name) != 0)
            continue;
        if (k->until > seconds()) {
            found(arg, &k->user, NULL);
            return;
        }
        user_release(&k->user);
        *k = u->known[--u->count];
        break;
    }
    l = calloc(1, sizeof *l);
    if (l == NULL)
        abort();
    l->job = (struct job){
        .run = look_up_run, .done = look_up_done, .release = look_up_release};
    l->users = u;
    l->found = found;
    l->arg = arg;
    l->name = copy_text(name);
    worker_submit(u->worker, &l->job);
}
