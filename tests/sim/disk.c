/* disk.c - a queue of jobs for each process; only its first is an event. */

#include "tests/sim/disk.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/memory.h"

struct job {
    TAILQ_ENTRY(job) entry;
    uint64_t request;
    msec_t due;
    bool is_load;
    char *path;
    struct arena *arena; /* of `ops` */
    struct store_op *ops;
    size_t ops_count;
};

struct disk_user {
    struct disk *disk;
    const char *name;
    disk_answer_f *answered_cb;
    void *arg;
    LIST_ENTRY(disk_user) entry;
    msec_t last_due;
    msec_t paused_until;
    struct event event;
    TAILQ_HEAD(job_list, job) jobs;
};

struct disk {
    struct world *world;
    struct store_tree *tree;
    struct disk_faults faults;
    const char *claim;              /* NULL: none */
    const struct disk_user *leader; /* who has written it */
    LIST_HEAD(, disk_user) users;
};

struct disk *disk_new(struct world *w)
{
    struct disk *d = memory_new(1, sizeof *d);

    d->world = w;
    d->tree = store_tree_new();
    return d;
}

void disk_free(struct disk *d)
{
    if (d == NULL)
        return;
    store_tree_free(d->tree);
    free(d);
}

void disk_set_faults(struct disk *d, const struct disk_faults *faults)
{
    d->faults = *faults;
}

void disk_set_claim(struct disk *d, const char *key)
{
    d->claim = key;
}

const struct store_tree *disk_tree(const struct disk *d)
{
    return d->tree;
}

static void arm(struct disk_user *u)
{
    const struct job *j = TAILQ_FIRST(&u->jobs);

    if (j == NULL)
        world_cancel(u->disk->world, &u->event);
    else
        world_set(u->disk->world, &u->event,
                  j->due > u->paused_until ? j->due : u->paused_until);
}

static void finish(struct disk_user *u, struct job *j)
{
    TAILQ_REMOVE(&u->jobs, j, entry);
    arena_free(j->arena);
    free(j->path);
    free(j);
}

/* What was applied is the leader's, or makes one. */
static void check_claim(const struct disk_user *u, const struct job *j)
{
    struct disk *d = u->disk;

    if (d->claim == NULL)
        return;
    for (size_t i = 0; i < j->ops_count; i++)
        if (j->ops[i].kind == STORE_SET && strcmp(j->ops[i].key, d->claim) == 0)
            d->leader = u;
    if (d->leader != u)
        world_fail(d->world, "%s stores %s though another leads", u->name,
                   j->ops[j->ops_count - 1].key);
}

static struct store_answer carry_out(const struct disk_user *u,
                                     const struct job *j)
{
    struct disk *d = u->disk;
    struct arena *arena = world_arena(d->world);
    bool fails = !j->is_load && d->faults.fail_permille > 0 &&
                 world_random(d->world, 1000) < d->faults.fail_permille;

    if (j->is_load)
        return store_tree_load(d->tree, j->path, arena);
    if (!fails || world_chance(d->world, 50)) {
        struct store_answer answer =
            store_tree_apply(d->tree, j->ops, j->ops_count, arena);

        if (answer.outcome == STORE_OK)
            check_claim(u, j);
        if (!fails)
            return answer;
    }
    world_trace(d->world, "disk: a batch fails");
    return (struct store_answer){.outcome = STORE_FAILED,
                                 .text = "disk I/O error"};
}

static void answer(struct event *event)
{
    struct disk_user *u = event->arg;
    struct job *j = TAILQ_FIRST(&u->jobs);
    struct store_answer a;
    uint64_t request = j->request;

    if (u->paused_until > world_now(u->disk->world)) {
        arm(u);
        return;
    }
    a = carry_out(u, j);
    finish(u, j);
    arm(u);
    u->answered_cb(u->arg, request, &a);
}

struct disk_user *disk_user_new(struct disk *d,
                                const char *name,
                                disk_answer_f *answered_cb,
                                void *arg)
{
    struct disk_user *u = memory_new(1, sizeof *u);

    u->disk = d;
    u->name = name;
    u->answered_cb = answered_cb;
    u->arg = arg;
    u->event.happen = answer;
    u->event.arg = u;
    TAILQ_INIT(&u->jobs);
    LIST_INSERT_HEAD(&d->users, u, entry);
    return u;
}

void disk_user_free(struct disk_user *u)
{
    if (u == NULL)
        return;
    while (!TAILQ_EMPTY(&u->jobs))
        finish(u, TAILQ_FIRST(&u->jobs));
    world_cancel(u->disk->world, &u->event);
    LIST_REMOVE(u, entry);
    free(u);
}

static struct job *add_job(struct disk_user *u, uint64_t request)
{
    const struct disk_faults *faults = &u->disk->faults;
    struct world *w = u->disk->world;
    struct job *j = memory_new(1, sizeof *j);

    j->request = request;
    j->due = world_now(w) +
             world_between(w, faults->delay_ms_min, faults->delay_ms_max);
    if (j->due < u->last_due)
        j->due = u->last_due;
    u->last_due = j->due;
    TAILQ_INSERT_TAIL(&u->jobs, j, entry);
    if (TAILQ_FIRST(&u->jobs) == j)
        arm(u);
    return j;
}

void disk_store(struct disk_user *u,
                uint64_t request,
                const struct store_op *ops,
                size_t ops_count)
{
    struct job *j = add_job(u, request);

    j->arena = arena_new();
    j->ops = arena_alloc(j->arena, ops_count * sizeof *ops);
    j->ops_count = ops_count;
    for (size_t i = 0; i < ops_count; i++) {
        uint8_t *value = NULL;

        if (ops[i].size > 0)
            value = memcpy(arena_alloc(j->arena, ops[i].size), ops[i].value,
                           ops[i].size);
        j->ops[i] = ops[i];
        j->ops[i].key = arena_strdup(j->arena, ops[i].key);
        j->ops[i].value = value;
    }
}

void disk_load(struct disk_user *u, uint64_t request, const char *path)
{
    struct job *j = add_job(u, request);

    j->is_load = true;
    j->path = memory_strdup(path);
}

void disk_forget(struct disk_user *u)
{
    struct job *j;

    while ((j = TAILQ_FIRST(&u->jobs)) != NULL) {
        if (world_chance(u->disk->world, 50))
            break;
        if (!j->is_load)
            carry_out(u, j);
        finish(u, j);
    }
    while ((j = TAILQ_FIRST(&u->jobs)) != NULL)
        finish(u, j);
    u->last_due = u->paused_until = 0;
    arm(u);
    arena_reset(world_arena(u->disk->world));
}

void disk_pause_all(struct disk *d, msec_t until)
{
    struct disk_user *u;

    world_trace(d->world, "disk: it does not answer");
    LIST_FOREACH (u, &d->users, entry) {
        disk_pause(u, until);
        arm(u);
    }
}

void disk_pause(struct disk_user *u, msec_t until)
{
    u->paused_until = until;
}
