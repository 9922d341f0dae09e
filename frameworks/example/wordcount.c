/* wordcount.c - the whole of a scheduler: counts words, a task for each file.
 * Of several with --ha zk://HOSTS/NAME one works, another takes over.  Build:
 *     cc wordcount.c $(pkg-config --cflags --libs mezzo-framework) */
#include <err.h>
#include <mezzo/framework.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Task "7.AGENT.X" counts words of files[7]; what is kept, the next knows. */
static char *files[10000], is_launched[10001], id[200];
static struct { long counted, total; char has[10001]; } kept;
static long count, next;

static void offers_cb(struct mezzo_scheduler *s, const struct mezzo_offer *o,
                      size_t offers_count, void *arg)
{
    for (size_t i = 0; i < offers_count; i++) {
        while (is_launched[next] || kept.has[next])
            next++;
        struct mezzo_variable file = {"FILE", files[next]};
        struct mezzo_task task = {
            .id = id,
            .resources = {.cpu_milli = 100, .memory_mb = 32},
            .command = {"wc -w <\"$FILE\"", NULL, &file, 1},
        };
        snprintf(id, sizeof id, "%ld.%.80s.%s", next, o[i].hostname, o[i].id);
        if (next < count) /* the rest of the offer comes again */
            is_launched[next] = !mezzo_scheduler_accept(s, o[i].id, &task, 1);
        else if (kept.counted < count)
            mezzo_scheduler_decline(s, o[i].id, 1000);
        else
            mezzo_scheduler_teardown(s);
    }
}

static void status_cb(struct mezzo_scheduler *s, const struct mezzo_status *t,
                      void *arg)
{
    is_launched[atoi(t->task_id)] = t->state != MEZZO_TASK_DROPPED;
    next = t->state != MEZZO_TASK_DROPPED ? next : 0; /* it never began */
    if (mezzo_task_has_ended(t->state) && t->state != MEZZO_TASK_DROPPED)
        mezzo_scheduler_read(s, &(struct mezzo_read){t->task_id}, NULL);
}

static void output_cb(struct mezzo_scheduler *s, const struct mezzo_output *o,
                      void *arg)
{
    int i = atoi(o->task_id), at = (int)strcspn(o->task_id, ".") + 1;

    if (kept.has[i])
        return;
    if (o->kind != MEZZO_OUTPUT_DATA)
        errx(1, "%s cannot be counted", files[i]);
    printf("%-44s %-12.*s %8ld\n", files[i], (int)strcspn(o->task_id + at, "."),
           o->task_id + at, strtol(o->data, NULL, 10));
    kept.total += strtol(o->data, NULL, 10);
    kept.counted += kept.has[i] = 1;
    mezzo_scheduler_save(s);
}

int main(int argc, char **argv)
{
    static const struct mezzo_scheduler_callbacks callbacks = {
        .offers = offers_cb, .status = status_cb, .output = output_cb};
    bool is_ha = argc > 2 && strcmp(argv[1], "--ha") == 0;
    struct mezzo_scheduler *s = mezzo_scheduler_new(
        &(struct mezzo_scheduler_options){
            .name = "wordcount", .state = &kept, .state_size = sizeof kept,
            .store = is_ha ? argv[2] : NULL, .stands_by = is_ha},
        &callbacks, NULL);

    for (int i = is_ha ? 3 : 1; i < argc && count < 10000; i++)
        if ((files[count++] = realpath(argv[i], NULL)) == NULL)
            err(1, "%s", argv[i]);
    if (mezzo_scheduler_run(s) < 0)
        errx(1, "%s", mezzo_scheduler_explain(s));
    printf("%-57s %8ld\n", "total", kept.total);
    mezzo_scheduler_free(s);
}
