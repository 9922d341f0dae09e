/* history.h - tasks that have ended are given to the shell, which keeps them;
 * operators who ask are answered when it has looked. */

#ifndef MASTER_HISTORY_H
#define MASTER_HISTORY_H

#include "base/clock.h"
#include "proto/master.pb-c.h"

struct history_answer;
struct task;
struct turn;

enum {
    HISTORY_ASKED_MAX = 100, /* operators who wait */
    HISTORY_ROWS_MAX = 500,  /* of a page */
};

struct history_asked;

struct history_asked *history_asked_new(void);
void history_asked_free(struct history_asked *h);

/* The task's end is known and acknowledged: remember it as completed, and have
 * it kept. */
void history_note(struct turn *t, const struct task *task);

/* When it did; `wall`, if it does not say. */
msec_t history_ended_ms(const Mesos__V1__Task *task, msec_t wall);

/* NULL, or why there will be no answer. */
const char *history_ask(struct turn *t, const Mesos__V1__Master__Call *call);

/* The shell has looked. */
void history_found(struct turn *t, const struct history_answer *answer);

#endif
