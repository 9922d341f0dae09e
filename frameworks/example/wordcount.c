/* wordcount.c - the whole of a scheduler: counts the words of files, or of all
 * below a directory, a task each; to build it:
 *     cc wordcount.c $(pkg-config --cflags --libs mezzo-framework) */
#include <err.h>
#include <fts.h>
#include <mezzo/framework.h>
#include <stdio.h>
#include <stdlib.h>

/* The task "7" counts the words of files[7] on agents[7]. */
static char *files[10000], agents[10000][64];
static long count, launched, counted, total;

static void launch(struct mezzo_scheduler *s, const struct mezzo_offer *offer)
{
    char id[24];
    struct mezzo_variable file = {"FILE", files[launched]};
    struct mezzo_task task = {
        .id = id,
        .resources = {.cpu_milli = 100, .memory_mb = 32},
        .command = {"wc -w <\"$FILE\"", NULL, &file, 1},
    };

    snprintf(id, sizeof id, "%ld", launched);
    snprintf(agents[launched], 64, "%s", offer->hostname);
    launched += mezzo_scheduler_accept(s, offer->id, &task, 1) == 0;
}

static void offers_cb(struct mezzo_scheduler *s, const struct mezzo_offer *o,
                      size_t offers_count, void *arg)
{
    for (size_t i = 0; i < offers_count; i++)
        if (launched < count)
            launch(s, &o[i]); /* its rest comes again, after the others */
        else
            mezzo_scheduler_decline(s, o[i].id, 60000);
}

static void status_cb(struct mezzo_scheduler *s, const struct mezzo_status *t,
                      void *arg)
{
    if (t->state == MEZZO_TASK_FINISHED)
        mezzo_scheduler_read(s, &(struct mezzo_read){t->task_id}, NULL);
    else if (mezzo_task_has_ended(t->state))
        errx(1, "%s: %s", files[atoi(t->task_id)], t->message);
}

static void output_cb(struct mezzo_scheduler *s, const struct mezzo_output *o,
                      void *arg)
{
    int i = atoi(o->task_id);
    long words = o->size > 0 ? strtol(o->data, NULL, 10) : 0;

    total += words;
    if (o->kind == MEZZO_OUTPUT_DATA)
        printf("%-44s %-12s %8ld\n", files[i], agents[i], words);
    else if (o->kind == MEZZO_OUTPUT_FAILED)
        errx(1, "%s: %s", files[i], o->reason);
    else if (++counted == count)
        mezzo_scheduler_teardown(s);
}

int main(int argc, char **argv)
{
    static const struct mezzo_scheduler_callbacks callbacks = {
        .offers = offers_cb, .status = status_cb, .output = output_cb};
    struct mezzo_scheduler_options options = {.name = "wordcount"};
    struct mezzo_scheduler *s = mezzo_scheduler_new(&options, &callbacks, NULL);
    char licenses[] = "/usr/share/common-licenses", *all[] = {licenses, NULL};
    FTS *tree = fts_open(argc > 1 ? argv + 1 : all, FTS_LOGICAL, NULL);

    for (FTSENT *e; (e = fts_read(tree)) != NULL && count < 10000;)
        if (e->fts_info == FTS_F)
            files[count++] = realpath(e->fts_path, NULL);
    fts_close(tree);
    if (count == 0 || mezzo_scheduler_run(s) < 0)
        errx(1, "%s", count ? mezzo_scheduler_explain(s) : "no files");
    printf("%-57s %8ld\n", "total", total);
    mezzo_scheduler_free(s);
}
