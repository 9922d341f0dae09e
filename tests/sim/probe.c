/* probe.c - keeps a list of the offers it holds. */

#include "tests/sim/probe.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/memory.h"
#include "libframework/core.h"
#include "mezzo/framework.h"

struct held {
    TAILQ_ENTRY(held) entry;
    char id[128];
    int64_t cpu_milli;
    int64_t memory_mb;
};

struct probe {
    struct world *world;
    struct process *process;
    struct mezzo_scheduler *core;
    const char *master;
    TAILQ_HEAD(held_list, held) offers;
};

static void forget(struct probe *p, struct held *h)
{
    TAILQ_REMOVE(&p->offers, h, entry);
    free(h);
}

static void offers_cb(struct mezzo_scheduler *core,
                      const struct mezzo_offer *offers,
                      size_t offers_count,
                      void *arg)
{
    struct probe *p = arg;

    (void)core;
    for (size_t i = 0; i < offers_count; i++) {
        struct held *h = memory_new(1, sizeof *h);

        snprintf(h->id, sizeof h->id, "%s", offers[i].id);
        h->cpu_milli = offers[i].resources.cpu_milli;
        h->memory_mb = offers[i].resources.memory_mb;
        TAILQ_INSERT_TAIL(&p->offers, h, entry);
    }
}

static void rescinded_cb(struct mezzo_scheduler *core,
                         const char *offer_id,
                         void *arg)
{
    struct probe *p = arg;
    struct held *h, *next;

    (void)core;
    for (h = TAILQ_FIRST(&p->offers); h != NULL; h = next) {
        next = TAILQ_NEXT(h, entry);
        if (strcmp(h->id, offer_id) == 0)
            forget(p, h);
    }
}

static void disconnected_cb(struct mezzo_scheduler *core,
                            const char *reason,
                            void *arg)
{
    struct probe *p = arg;

    (void)core;
    (void)reason;
    while (!TAILQ_EMPTY(&p->offers))
        forget(p, TAILQ_FIRST(&p->offers));
}

static const struct mezzo_scheduler_callbacks callbacks = {
    .offers = offers_cb,
    .rescinded = rescinded_cb,
    .disconnected = disconnected_cb,
};

static struct machine start(void *arg)
{
    struct probe *p = arg;
    const struct mezzo_scheduler_options options = {.name = "probe"};
    const struct core_surroundings surroundings = {
        .seed = 1, .user = "nobody", .masters = p->master};

    p->core = mezzo_scheduler_new(&options, &callbacks, p);
    if (scheduler_prepare(p->core, &surroundings, NULL) != 0)
        abort();
    return scheduler_machine(p->core);
}

static void stop(void *arg)
{
    struct probe *p = arg;

    mezzo_scheduler_free(p->core);
    disconnected_cb(NULL, NULL, p);
}

struct probe *probe_new(struct world *w, struct network *n, const char *master)
{
    static const char *const any[] = {"*"};
    struct probe *p = memory_new(1, sizeof *p);
    struct process_options options = {.name = "probe",
                                      .principal = {.name = "probe",
                                                    .kind = PRINCIPAL_FRAMEWORK,
                                                    .roles = any,
                                                    .roles_count = 1,
                                                    .users = any,
                                                    .users_count = 1},
                                      .links = links_defaults,
                                      .arg = p,
                                      .start = start,
                                      .stop = stop};

    TAILQ_INIT(&p->offers);
    p->world = w;
    p->master = master;
    p->process = process_new(w, n, &options);
    process_start(p->process);
    return p;
}

void probe_free(struct probe *p)
{
    if (p == NULL)
        return;
    process_free(p->process);
    free(p);
}

int64_t probe_cpu_milli(const struct probe *p)
{
    const struct held *h;
    int64_t sum = 0;

    TAILQ_FOREACH (h, &p->offers, entry)
        sum += h->cpu_milli;
    return sum;
}

int64_t probe_memory_mb(const struct probe *p)
{
    const struct held *h;
    int64_t sum = 0;

    TAILQ_FOREACH (h, &p->offers, entry)
        sum += h->memory_mb;
    return sum;
}
