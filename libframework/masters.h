/* masters.h - the link to the master that leads, among those that may.
 *
 * One at a time is tried, in turn, after a while that grows; what an older
 * leader says is not listened to.  Pure. */

#ifndef LIBFRAMEWORK_MASTERS_H
#define LIBFRAMEWORK_MASTERS_H

#include <stdbool.h>

#include "base/clock.h"
#include "base/effect.h"
#include "base/error.h"
#include "base/random.h"

enum {
    MASTERS_MAX = 16,
    MASTERS_WAIT_MIN_MS = 100,
    MASTERS_WAIT_MS = 1000,      /* doubled with each failure ... */
    MASTERS_WAIT_MAX_MS = 30000, /* ... up to this */
    MASTERS_DETECTED_MS = 1000,  /* where ZooKeeper knows who leads */
    MASTERS_ANSWER_MS = 15000,   /* for a first word */
};

struct masters;

/* Between tries at most `wait_max_ms` pass. */
struct masters *masters_new(msec_t wait_max_ms);
void masters_free(struct masters *m);

/* `list`: "host:port" or an endpoint of ZeroMQ, several with commas between;
 * `key`: of all of them, or NULL or empty: in plain.
 *
 * -EINVAL  it cannot be */
int masters_set(struct masters *m,
                const char *list,
                const char *key,
                struct error *err);

size_t masters_count(const struct masters *m);

/* Is it looked up who leads?  Then there may be one soon where there is none
 * now. */
bool masters_are_detected(const struct masters *m);

/* Connect if it is time to: true if a link is there that was not before. */
bool masters_connect(struct masters *m, msec_t now, struct effects *fx);

/* The link, or NULL; and where it leads to, or would. */
const char *masters_peer(const struct masters *m);
const char *masters_endpoint(const struct masters *m);

/* It has spoken, as the leader of `epoch`. */
void masters_heard(struct masters *m, uint64_t epoch);

/* It is ours: when it fails, begin again with short whiles. */
void masters_settled(struct masters *m);

/* The link has ended; try the next soon, or the first again in a while. */
void masters_lost(struct masters *m, msec_t now, struct random *random);

/* Try at once when there is need again. */
void masters_forgive(struct masters *m);

/* When to connect, or to give up waiting for a first word. */
msec_t masters_deadline(const struct masters *m);

/* True, once, when the first word has not come in time: end the link. */
bool masters_give_up(struct masters *m, msec_t now);

#endif
