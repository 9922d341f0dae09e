/* stage.h - one core, to which anything may happen: what comes from peers is
 * made from the bytes of an input, and goes through all that is before a core.
 *
 * Its peers are names, its store is a tree, time passes when the bytes say so.
 * An ended link is never heard of again. */

#ifndef TESTS_FUZZ_STAGE_H
#define TESTS_FUZZ_STAGE_H

#include "base/machine.h"
#include "base/store_tree.h"
#include "tests/fuzz/wild.h"

enum {
    STAGE_LINKS_MAX = 8,   /* that the core has opened, the last */
    STAGE_STORES_MAX = 64, /* not answered; more are forgotten */
};

struct stage {
    struct machine machine;
    struct wild wild;
    struct arena *arena; /* of the step */
    msec_t now;
    uint64_t link_epoch;
    bool is_listening; /* before, nobody has a link to it */
    bool has_stopped;
    char links[STAGE_LINKS_MAX][64];
    size_t links_count;
    char ended[STAGE_LINKS_MAX][64]; /* to be told to the core */
    size_t ended_count;
    struct store_tree *disk;
    struct stage_store {
        uint64_t request;
        struct arena *arena;
        char *path; /* NULL: a batch */
        struct store_op *ops;
        size_t ops_count;
    } stores[STAGE_STORES_MAX];
    size_t stores_count;
    void *arg;
    void (*local)(struct stage *s, const void *order); /* or NULL */
    const char *(*check)(struct stage *s);             /* or NULL */
};

void stage_open(struct stage *s, const uint8_t *bytes, size_t size);
void stage_close(struct stage *s);

/* Checks what it does, and that it is whole afterwards. */
void stage_step(struct stage *s, struct input input);

/* Any message of `type`, if it is let through. */
void stage_receive(struct stage *s,
                   const char *peer,
                   enum frame_type type,
                   const struct principal *principal);

/* A link that the core has opened, by the bytes; NULL: none. */
const char *stage_link(struct stage *s);

/* Time passes; the oldest request is answered; a link breaks: by the bytes. */
void stage_pass(struct stage *s);
void stage_answer(struct stage *s);
void stage_cut(struct stage *s, const char *peer);

#endif
