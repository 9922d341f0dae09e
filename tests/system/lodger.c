/* lodger.c - a framework that launches one task and then only is there:
 *     lodger FAILOVER-MS */

#include <mezzo/framework.h>
#include <stdio.h>
#include <stdlib.h>

static bool is_launched;

static void offers_cb(struct mezzo_scheduler *s,
                      const struct mezzo_offer *offers,
                      size_t offers_count,
                      void *arg)
{
    const struct mezzo_task task = {
        .id = "lodger",
        .resources = {.cpu_milli = 100, .memory_mb = 16},
        .command = {.shell = "exec sleep 1000"},
    };

    (void)arg;
    for (size_t i = 0; i < offers_count; i++)
        if (is_launched)
            mezzo_scheduler_decline(s, offers[i].id, 1000000);
        else
            is_launched =
                mezzo_scheduler_accept(s, offers[i].id, &task, 1) == 0;
}

int main(int argc, char **argv)
{
    static const struct mezzo_scheduler_callbacks callbacks = {.offers =
                                                                   offers_cb};
    const struct mezzo_scheduler_options options = {
        .name = "lodger",
        .failover_timeout_ms = argc > 1 ? atoll(argv[1]) : 0,
    };
    struct mezzo_scheduler *s = mezzo_scheduler_new(&options, &callbacks, NULL);
    int result = mezzo_scheduler_run(s);

    if (result < 0)
        fprintf(stderr, "lodger: %s\n", mezzo_scheduler_explain(s));
    mezzo_scheduler_free(s);
    return result < 0;
}
