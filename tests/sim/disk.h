/* disk.h - a store that takes its time, and may be shared by processes.
 *
 * Batches and loads are answered in the order they were asked.  What was
 * answered survives everything; of what was not when its process dies, the
 * first few may have been written, the rest is gone.  With faults a batch is
 * slow, or answered as failed though it may have been applied.
 *
 * Where there is a claim, a key that leaders write to take over, nobody else
 * may change anything until it is written again: world_fail(). */

#ifndef SIM_DISK_H
#define SIM_DISK_H

#include "base/store_tree.h"
#include "tests/sim/world.h"

struct disk;
struct disk_user;

struct disk_faults {
    msec_t delay_ms_min;
    msec_t delay_ms_max;
    unsigned fail_permille; /* of batches */
};

typedef void disk_answer_f(void *arg,
                           uint64_t request,
                           const struct store_answer *answer);

struct disk *disk_new(struct world *w);
void disk_free(struct disk *d);
void disk_set_faults(struct disk *d, const struct disk_faults *faults);

/* `key` is borrowed. */
void disk_set_claim(struct disk *d, const char *key);

/* What it holds, to look at. */
const struct store_tree *disk_tree(const struct disk *d);

struct disk_user *disk_user_new(struct disk *d,
                                const char *name, /* borrowed */
                                disk_answer_f *answered_cb,
                                void *arg);
void disk_user_free(struct disk_user *u);

/* As EFFECT_STORE and EFFECT_LOAD say; all is copied. */
void disk_store(struct disk_user *u,
                uint64_t request,
                const struct store_op *ops,
                size_t ops_count);
void disk_load(struct disk_user *u, uint64_t request, const char *path);

/* The process is gone: nothing is answered any more. */
void disk_forget(struct disk_user *u);

/* Answers wait until then; and those of all. */
void disk_pause(struct disk_user *u, msec_t until);
void disk_pause_all(struct disk *d, msec_t until);

#endif
