/* images.c - two lists: what is stored, by digest, and what is being asked for,
 * by name.  Both are short: an agent has tens of images. */

#include "agent/images.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/image_name.h"
#include "base/memory.h"

enum {
    STORED_MAX = 10000,
    NAMES_MAX = 10000, /* whose meaning is remembered */
    SECOND_MS = 1000,
};

/* An image of the store. */
struct stored {
    TAILQ_ENTRY(stored) entry;
    char *digest;
    char *reference; /* it was last asked for as */
    uint64_t size;
    unsigned runs_count;
    msec_t used;
};

/* What a name meant when it was asked about. */
struct meaning {
    TAILQ_ENTRY(meaning) entry;
    char *reference;
    char *digest;
    msec_t asked;
};

struct image_fetch {
    TAILQ_ENTRY(image_fetch) entry;
    struct images *images;
    char *reference;
    uint64_t ticket;
    struct deadline late;
    TAILQ_HEAD(, image_wait) waits;
};

struct images {
    struct deadlines *deadlines;
    uint64_t next_ticket;
    TAILQ_HEAD(stored_list, stored) stored;
    TAILQ_HEAD(, meaning) meanings; /* the one asked about last at the end */
    size_t meanings_count;
    TAILQ_HEAD(, image_fetch) fetches;
};

struct images *images_new(struct deadlines *deadlines)
{
    struct images *s = memory_new(1, sizeof *s);

    s->deadlines = deadlines;
    s->next_ticket = 1;
    TAILQ_INIT(&s->stored);
    TAILQ_INIT(&s->meanings);
    TAILQ_INIT(&s->fetches);
    return s;
}

static void remove_stored(struct images *s, struct stored *i)
{
    TAILQ_REMOVE(&s->stored, i, entry);
    free(i->digest);
    free(i->reference);
    free(i);
}

static void remove_meaning(struct images *s, struct meaning *m)
{
    TAILQ_REMOVE(&s->meanings, m, entry);
    s->meanings_count--;
    free(m->reference);
    free(m->digest);
    free(m);
}

static void remove_fetch(struct image_fetch *f)
{
    struct image_wait *w;

    while ((w = TAILQ_FIRST(&f->waits)) != NULL) {
        TAILQ_REMOVE(&f->waits, w, entry);
        w->fetch = NULL;
    }
    deadlines_cancel(f->images->deadlines, &f->late);
    TAILQ_REMOVE(&f->images->fetches, f, entry);
    free(f->reference);
    free(f);
}

void images_free(struct images *s)
{
    if (s == NULL)
        return;
    while (!TAILQ_EMPTY(&s->fetches))
        remove_fetch(TAILQ_FIRST(&s->fetches));
    while (!TAILQ_EMPTY(&s->meanings))
        remove_meaning(s, TAILQ_FIRST(&s->meanings));
    while (!TAILQ_EMPTY(&s->stored))
        remove_stored(s, TAILQ_FIRST(&s->stored));
    free(s);
}

static struct stored *find_stored(const struct images *s, const char *digest)
{
    struct stored *i;

    TAILQ_FOREACH (i, &s->stored, entry)
        if (strcmp(i->digest, digest) == 0)
            return i;
    return NULL;
}

/* The one of that name that came last. */
static struct stored *find_named(const struct images *s, const char *reference)
{
    struct stored *i;

    TAILQ_FOREACH_REVERSE (i, &s->stored, stored_list, entry)
        if (strcmp(i->reference, reference) == 0)
            return i;
    return NULL;
}

static struct meaning *find_meaning(const struct images *s,
                                    const char *reference)
{
    struct meaning *m;

    TAILQ_FOREACH (m, &s->meanings, entry)
        if (strcmp(m->reference, reference) == 0)
            return m;
    return NULL;
}

static struct stored *add_stored(struct images *s,
                                 const struct report_image *image,
                                 msec_t now)
{
    struct stored *i = find_stored(s, image->digest);

    if (i == NULL) {
        i = memory_new(1, sizeof *i);
        i->digest = memory_strdup(image->digest);
        TAILQ_INSERT_TAIL(&s->stored, i, entry);
    }
    free(i->reference);
    i->reference = memory_strdup(image->reference);
    i->size = image->size;
    i->used = now;
    return i;
}

static void remember(struct images *s,
                     const char *reference,
                     const char *digest,
                     msec_t now)
{
    struct meaning *m = find_meaning(s, reference);

    if (m != NULL)
        remove_meaning(s, m);
    if (s->meanings_count == NAMES_MAX)
        remove_meaning(s, TAILQ_FIRST(&s->meanings));
    m = memory_new(1, sizeof *m);
    m->reference = memory_strdup(reference);
    m->digest = memory_strdup(digest);
    m->asked = now;
    TAILQ_INSERT_TAIL(&s->meanings, m, entry);
    s->meanings_count++;
}

void images_recover(struct images *s,
                    const struct report *report,
                    struct step *step)
{
    for (size_t i = 0; i < report->images_count && i < STORED_MAX; i++)
        add_stored(s, &report->images[i], step->now);
}

void images_use(struct images *s, const char *digest, msec_t now)
{
    struct stored *i = find_stored(s, digest);

    if (i == NULL)
        return;
    i->runs_count++;
    i->used = now;
}

void images_let_go(struct images *s, const char *digest, msec_t now)
{
    struct stored *i = find_stored(s, digest);

    if (i == NULL || i->runs_count == 0)
        return;
    i->runs_count--;
    i->used = now;
}

static struct order *order(enum order_kind kind, struct step *step)
{
    struct order *o = arena_alloc(step->fx->arena, sizeof *o);

    o->kind = kind;
    o->run = "";
    effects_local(step->fx, o);
    return o;
}

static void remove_image(struct images *s, struct stored *i, struct step *step)
{
    order(ORDER_REMOVE_IMAGE, step)->path =
        arena_strdup(step->fx->arena, i->digest);
    effects_log(step->fx, LOG_LEVEL_NOTICE, "image %s is removed, %s",
                i->reference, i->digest);
    remove_stored(s, i);
}

/* Used by nobody, for the longest time. */
static struct stored *find_oldest(const struct images *s)
{
    struct stored *i, *oldest = NULL;

    TAILQ_FOREACH (i, &s->stored, entry)
        if (i->runs_count == 0 && (oldest == NULL || i->used < oldest->used))
            oldest = i;
    return oldest;
}

static void make_room(struct images *s, struct step *step)
{
    struct stored *i;
    uint64_t size = 0;

    TAILQ_FOREACH (i, &s->stored, entry)
        size += i->size;
    while (size > (uint64_t)step->options->images_bytes_max &&
           (i = find_oldest(s)) != NULL) {
        size -= i->size;
        remove_image(s, i, step);
    }
}

uint64_t images_prune(struct images *s, struct step *step)
{
    struct stored *i;
    uint64_t size = 0;

    while ((i = find_oldest(s)) != NULL) {
        size += i->size;
        remove_image(s, i, step);
    }
    return size;
}

static struct image_fetch *find_fetch(const struct images *s,
                                      const char *reference)
{
    struct image_fetch *f;

    TAILQ_FOREACH (f, &s->fetches, entry)
        if (strcmp(f->reference, reference) == 0)
            return f;
    return NULL;
}

static struct image_fetch *start_fetch(struct images *s,
                                       const struct order_image *image,
                                       struct step *step)
{
    struct image_fetch *f = memory_new(1, sizeof *f);
    struct order *o = order(ORDER_FETCH_IMAGE, step);

    f->images = s;
    f->reference = memory_strdup(image->reference);
    f->ticket = s->next_ticket++;
    f->late = (struct deadline){.kind = DUE_IMAGE, .owner = f};
    TAILQ_INIT(&f->waits);
    TAILQ_INSERT_TAIL(&s->fetches, f, entry);
    deadlines_set(s->deadlines, &f->late, step->now + step->options->image_ms);
    o->ticket = f->ticket;
    o->image = *image;
    return f;
}

/* What is here already, and need not be asked about. */
static const struct stored *find_fresh(const struct images *s,
                                       const struct order_image *image,
                                       struct step *step)
{
    const struct meaning *m;

    if (image->digest != NULL)
        return find_stored(s, image->digest);
    m = find_meaning(s, image->reference);
    if (m == NULL || step->now - m->asked > step->options->image_fresh_ms)
        return NULL;
    return find_stored(s, m->digest);
}

const char *images_want(struct images *s,
                        struct image_wait *wait,
                        const struct order_image *image,
                        const char **digest,
                        struct step *step)
{
    const struct stored *i = find_fresh(s, image, step);
    struct image_fetch *f;
    size_t size = strlen(image->reference) + 32;
    char *text;

    if (i != NULL) {
        *digest = i->digest;
        return NULL;
    }
    f = find_fetch(s, image->reference);
    if (f == NULL)
        f = start_fetch(s, image, step);
    wait->fetch = f;
    TAILQ_INSERT_TAIL(&f->waits, wait, entry);
    text = arena_alloc(step->fx->arena, size);
    snprintf(text, size, "fetching image %s", image->reference);
    return text;
}

static void cancel(struct image_fetch *f, struct step *step)
{
    order(ORDER_CANCEL_IMAGE, step)->ticket = f->ticket;
    remove_fetch(f);
}

void images_leave(struct image_wait *wait, struct step *step)
{
    struct image_fetch *f = wait->fetch;

    if (f == NULL)
        return;
    TAILQ_REMOVE(&f->waits, wait, entry);
    wait->fetch = NULL;
    if (TAILQ_EMPTY(&f->waits))
        cancel(f, step);
}

/* Each that waited; what it makes of it may concern any other. */
static void answer(struct image_fetch *f,
                   const char *digest,
                   const char *fault,
                   images_ready_f *ready,
                   struct step *step)
{
    struct image_wait *w;

    while ((w = TAILQ_FIRST(&f->waits)) != NULL) {
        TAILQ_REMOVE(&f->waits, w, entry);
        w->fetch = NULL;
        ready(w->owner, digest, fault, step);
    }
    remove_fetch(f);
}

void images_report(struct images *s,
                   const struct report *report,
                   images_ready_f *ready,
                   struct step *step)
{
    struct arena *arena = step->fx->arena;
    const struct stored *i;
    struct image_fetch *f;

    TAILQ_FOREACH (f, &s->fetches, entry)
        if (f->ticket == report->ticket)
            break;
    if (report->fault == NULL && report->images_count == 1) {
        i = add_stored(s, &report->images[0], step->now);
        if (f != NULL)
            remember(s, f->reference, i->digest, step->now);
        if (f != NULL)
            answer(f, arena_strdup(arena, i->digest), NULL, ready, step);
        make_room(s, step);
        return;
    }
    if (f == NULL)
        return; /* nobody waits any more */
    i = find_named(s, f->reference);
    if (i == NULL) {
        answer(f, NULL,
               report->fault != NULL ? report->fault : "it is not there", ready,
               step);
        return;
    }
    effects_log(step->fx, LOG_LEVEL_NOTICE,
                "%s; what was fetched before is used, %s", report->fault,
                i->digest);
    remember(s, f->reference, i->digest, step->now);
    answer(f, arena_strdup(arena, i->digest), NULL, ready, step);
}

void images_due(struct image_fetch *f, images_ready_f *ready, struct step *step)
{
    size_t size = strlen(f->reference) + 200;
    char *text = arena_alloc(step->fx->arena, size);

    snprintf(text, size,
             "image %s was not fetched within %" PRId64
             " s: is its registry slow, or the agent's --image-time too short?",
             f->reference, step->options->image_ms / SECOND_MS);
    order(ORDER_CANCEL_IMAGE, step)->ticket = f->ticket;
    answer(f, NULL, text, ready, step);
}

const struct image_row *images_list(const struct images *s,
                                    size_t *count,
                                    struct arena *arena)
{
    struct image_row *rows;
    struct stored *i;
    size_t n = 0;

    TAILQ_FOREACH (i, &s->stored, entry)
        n++;
    rows = arena_alloc(arena, n * sizeof *rows);
    n = 0;
    TAILQ_FOREACH (i, &s->stored, entry)
        rows[n++] =
            (struct image_row){i->reference, i->digest, i->size, i->runs_count};
    *count = n;
    return rows;
}
