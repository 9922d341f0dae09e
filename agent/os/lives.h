/* lives.h - runs, from the sandbox to the last of their processes: what
 * orders.h says of PREPARE, LAUNCH, ADOPT, SIGNAL and REAP.
 *
 * Their processes are the launcher's.  One whose launcher was killed is watched
 * by us instead; what became of it the kernel may tell, or not. */

#ifndef AGENT_OS_LIVES_H
#define AGENT_OS_LIVES_H

#include <stdbool.h>

#include "agent/orders.h"
#include "base/effect.h"
#include "base/error.h"

struct cgroups;
struct containers;
struct event_base;
struct lives;
struct sandboxes;
struct tools;

struct lives_cb {
    void (*report)(void *arg, const struct report *report);
    /* What a run has written so far is not all, or is all from now on. */
    void (*bound)(void *arg, const char *run, int64_t output_bytes_max);
    void (*gone)(void *arg, const char *run);
    void (*log)(void *arg, enum log_level level, const char *text);
};

struct lives_options {
    struct event_base *base;
    const char *directory;        /* the state directory */
    const char *launcher_program; /* paths */
    const char *fetch_program;
    int64_t output_bytes_max; /* of a run that is adopted; 0: no bound */
    int64_t fetch_bytes_max;  /* see fetch.h */
    msec_t fetch_ms;
    msec_t settle_ms; /* see lives_recovered(); 0: 10 s */
    struct sandboxes *sandboxes;
    struct cgroups *cgroups;
    struct containers *containers;
    struct tools *tools;
    const struct lives_cb *cb;
    void *arg;
};

int lives_new(const struct lives_options *options,
              struct lives **lives,
              struct error *err);

/* The processes go on.  NULL is a no-op. */
void lives_free(struct lives *l);

void lives_prepare(struct lives *l, const struct order *order);
void lives_launch(struct lives *l, const struct order *order);
void lives_adopt(struct lives *l, const struct order *order);
void lives_signal(struct lives *l, const struct order *order);
void lives_check(struct lives *l, const struct order *order);
void lives_reap(struct lives *l, const struct order *order);
void lives_spawn(struct lives *l, const struct order *order);
void lives_task(struct lives *l, const struct order *order);
/* TAKE, FEED, END_INPUT, RESIZE */
void lives_bytes(struct lives *l, const struct order *order);
void lives_release(struct lives *l, const struct order *order);

/* The core knows its runs again and adopts them now: what nobody has adopted a
 * while later is ended. */
void lives_recovered(struct lives *l);

/* May the run still write? */
bool lives_is_alive(const struct lives *l, const char *run);

/* We are about to go: if there are no runs, so does the launcher, and is waited
 * for, for a moment. */
void lives_part(struct lives *l);

#endif
