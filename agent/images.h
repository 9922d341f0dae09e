/* images.h - which images the agent has, who waits for which, and which may go.
 *
 * A name is asked about once at a time, however many wait; and again when what
 * it meant is older than image_fresh_ms.  When all together are larger than
 * images_bytes_max, those that nobody uses go, the least recently used first.
 */

#ifndef AGENT_IMAGES_H
#define AGENT_IMAGES_H

#include <sys/queue.h>

#include "agent/orders.h"
#include "agent/step.h"

struct image_fetch;
struct images;

/* Its part who waits; all zeros but for the owner when he does not. */
struct image_wait {
    TAILQ_ENTRY(image_wait) entry;
    void *owner;
    struct image_fetch *fetch; /* NULL: it waits for none */
};

struct images *images_new(struct deadlines *deadlines);
void images_free(struct images *s);

/* What the machine has, when it says so. */
void images_recover(struct images *s,
                    const struct report *report,
                    struct step *step);

/* NULL: it is here, under `*digest`; or what is waited for, in a person's
 * words, and images_report() will give it back. */
const char *images_want(struct images *s,
                        struct image_wait *wait,
                        const struct order_image *image,
                        const char **digest,
                        struct step *step);

/* He waits no more, if he did. */
void images_leave(struct image_wait *wait, struct step *step);

/* A run uses the image, which cannot go; or no longer. */
void images_use(struct images *s, const char *digest, msec_t now);
void images_let_go(struct images *s, const char *digest, msec_t now);

/* An answer of the machine: each that waited gets `digest` or `fault`. */
typedef void images_ready_f(void *owner,
                            const char *digest,
                            const char *fault,
                            struct step *step);
void images_report(struct images *s,
                   const struct report *report,
                   images_ready_f *ready,
                   struct step *step);

/* DUE_IMAGE */
void images_due(struct image_fetch *fetch,
                images_ready_f *ready,
                struct step *step);

/* All that nobody uses go; how many bytes there were. */
uint64_t images_prune(struct images *s, struct step *step);

struct image_row {
    const char *reference;
    const char *digest;
    uint64_t size;
    unsigned runs_count;
};

/* In the order they came, in the step's arena. */
const struct image_row *images_list(const struct images *s,
                                    size_t *count,
                                    struct arena *arena);

#endif
