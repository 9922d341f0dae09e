/* files.c - two threads: one for what somebody waits for, one for what may take
 * its time. */

#include "config.h"

#include "agent/os/files.h"

#include <assert.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/os/run_name.h"
#include "agent/os/sandbox.h"
#include "agent/os/watches.h"
#include "agent/os/worker.h"

struct files {
    struct files_options options;
    struct worker *reader;
    struct worker *cleaner;
    struct watches *watches;
};

/* A READ or LIST under way. */
struct look {
    struct job job;
    struct files *files;
    enum order_kind kind;
    char *run;
    char *path;
    uint64_t ticket;
    uint64_t offset;
    size_t size_max;
    bool has_ended; /* before we looked, so that what we see is all */
    struct error err;
    struct sandbox_bytes bytes;
    struct sandbox_listing listing;
};

/* The trash, or an output that is to be bounded. */
struct chore {
    struct job job;
    struct files *files;
    int64_t output_bytes_max; /* 0: the trash */
    struct error err;
    char run[];
};

static bool is_alive(const struct files *f, const char *run)
{
    return f->options.cb->is_alive(f->options.arg, run);
}

static void report(struct files *f, const struct report *report)
{
    f->options.cb->report(f->options.arg, report);
}

static void look_run(struct job *job)
{
    struct look *k = (struct look *)job;
    struct sandboxes *s = k->files->options.sandboxes;

    if (k->kind == ORDER_READ)
        sandbox_read(s, k->run, k->path, k->offset, k->size_max, &k->bytes,
                     &k->err);
    else
        sandbox_list(s, k->run, k->path, &k->listing, &k->err);
}

static void look_done(struct job *job)
{
    struct look *k = (struct look *)job;
    const struct sandbox_bytes *b = &k->bytes;

    report(k->files,
           &(struct report){
               .kind = k->kind == ORDER_READ ? REPORT_READ : REPORT_LISTED,
               .run = k->run,
               .ticket = k->ticket,
               .fault = k->err.text[0] == '\0' ? NULL : k->err.text,
               .bytes = b->bytes,
               .size = b->size,
               .offset = b->offset,
               .file_size = b->file_size,
               .is_at_end = b->offset + b->size >= b->file_size,
               .has_ended = k->has_ended,
               .entries = k->listing.entries,
               .entries_count = k->listing.count,
           });
}

static void look_release(struct job *job)
{
    struct look *k = (struct look *)job;

    free(k->bytes.bytes);
    sandbox_listing_release(&k->listing);
    free(k->run);
    free(k->path);
    free(k);
}

static void look(struct files *f, const struct order *o)
{
    struct look *k = calloc(1, sizeof *k);

    if (k == NULL)
        abort();
    k->job = (struct job){
        .run = look_run,
        .done = look_done,
        .release = look_release,
    };
    k->files = f;
    k->kind = o->kind;
    k->run = strdup(o->run);
    k->path = strdup(o->path == NULL ? "" : o->path);
    if (k->run == NULL || k->path == NULL)
        abort();
    k->ticket = o->ticket;
    k->offset = o->offset;
    k->size_max = o->size_max;
    k->has_ended = !is_alive(f, o->run);
    worker_submit(f->reader, &k->job);
}

/* NULL, or why it cannot even be tried. */
static const char *refuses(const struct files *f, const struct order *o)
{
    if (!run_name_is_valid(o->run))
        return "its name is none of a run";
    if (worker_count(f->reader) >= FILES_JOBS_MAX)
        return "too much is being read";
    return NULL;
}

void files_read(struct files *f, const struct order *o)
{
    const char *fault = refuses(f, o);

    if (fault == NULL)
        look(f, o);
    else
        report(f, &(struct report){.kind = REPORT_READ,
                                   .run = o->run,
                                   .ticket = o->ticket,
                                   .fault = fault});
}

void files_list(struct files *f, const struct order *o)
{
    const char *fault = refuses(f, o);

    if (fault == NULL)
        look(f, o);
    else
        report(f, &(struct report){.kind = REPORT_LISTED,
                                   .run = o->run,
                                   .ticket = o->ticket,
                                   .fault = fault});
}

static void report_grown(struct files *f,
                         const char *run,
                         uint64_t ticket,
                         const char *fault,
                         bool has_ended)
{
    report(f, &(struct report){.kind = REPORT_GROWN,
                               .run = run,
                               .ticket = ticket,
                               .fault = fault,
                               .has_ended = has_ended});
}

static void grown(void *arg, const struct watch *watch, const char *fault)
{
    struct files *f = arg;

    report_grown(f, watch->run, watch->ticket, fault, false);
}

void files_watch(struct files *f, const struct order *o)
{
    const char *fault = NULL;

    if (!run_name_is_valid(o->run))
        fault = "its name is none of a run";
    else if (watches_count(f->watches) == FILES_WATCHES_MAX)
        fault = "too many files are watched";
    if (fault != NULL)
        report_grown(f, o->run, o->ticket, fault, false);
    else if (!is_alive(f, o->run))
        report_grown(f, o->run, o->ticket, NULL, true);
    else
        watches_add(f->watches, o->run, o->path, o->offset, o->ticket);
}

void files_run_ended(struct files *f, const char *run)
{
    struct watch *watch;

    while ((watch = watches_take(f->watches, run)) != NULL) {
        report_grown(f, watch->run, watch->ticket, NULL, true);
        watch_free(watch);
    }
}

static void chore_run(struct job *job)
{
    struct chore *c = (struct chore *)job;
    struct sandboxes *s = c->files->options.sandboxes;

    if (c->output_bytes_max > 0) {
        sandbox_bound_output(s, c->run, c->output_bytes_max);
        return;
    }
    sandboxes_make_spares(s);
    sandboxes_empty_trash(s, &c->err);
}

static void chore_done(struct job *job)
{
    struct chore *c = (struct chore *)job;
    struct files *f = c->files;

    if (c->err.text[0] != '\0')
        f->options.cb->log(f->options.arg, LOG_LEVEL_ERROR, c->err.text);
}

static void do_chore(struct files *f, const char *run, int64_t output_bytes_max)
{
    struct chore *c = calloc(1, sizeof *c + strlen(run) + 1);

    if (c == NULL)
        abort();
    c->job = (struct job){.run = chore_run, .done = chore_done};
    c->files = f;
    c->output_bytes_max = output_bytes_max;
    strcpy(c->run, run);
    worker_submit(output_bytes_max > 0 ? f->reader : f->cleaner, &c->job);
}

void files_remove(struct files *f, const struct order *o)
{
    struct error err = {""};

    if (!run_name_is_valid(o->run))
        return;
    if (sandbox_throw_away(f->options.sandboxes, o->run, &err) < 0)
        f->options.cb->log(f->options.arg, LOG_LEVEL_ERROR, err.text);
    else if (worker_count(f->cleaner) < 2) /* else it will be found anyway */
        do_chore(f, "", 0);
}

void files_stock_up(struct files *f)
{
    if (sandboxes_are_few(f->options.sandboxes) &&
        worker_count(f->cleaner) == 0)
        do_chore(f, "", 0);
}

void files_bound(struct files *f, const char *run, int64_t output_bytes_max)
{
    assert(output_bytes_max > 0);
    if (worker_count(f->reader) < FILES_JOBS_MAX) /* else a little later */
        do_chore(f, run, output_bytes_max);
}

struct files *files_new(const struct files_options *options)
{
    struct files *f = calloc(1, sizeof *f);

    if (f == NULL)
        abort();
    f->options = *options;
    f->reader = worker_new(options->base, "reader");
    f->cleaner = worker_new(options->base, "cleaner");
    f->watches = watches_new(options->base, options->sandboxes, grown, f);
    do_chore(f, "", 0); /* what an earlier agent had not time for */
    return f;
}

void files_free(struct files *f)
{
    if (f == NULL)
        return;
    sandboxes_hurry(f->options.sandboxes);
    worker_free(f->reader);
    worker_free(f->cleaner);
    watches_free(f->watches);
    free(f);
}
