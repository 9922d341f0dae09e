/* history.h - ended tasks in a file of SQLite's, written by a thread of its own
 * a batch at a time: whoever has something to keep never waits for the disk.
 *
 * Rows are known by framework and task: what is kept twice is there once.  What
 * is old, or more than a bound, goes.  A crash loses what was given to it in
 * the last moment.
 *
 * Threads  one owner; that it has a thread does not show. */

#ifndef IO_HISTORY_H
#define IO_HISTORY_H

#include "base/error.h"
#include "base/history.h"

struct history;

struct history_options {
    const char *path;                         /* made if it is not there */
    msec_t keep_ms;                           /* how long */
    int64_t rows_max;                         /* how many */
    void (*log)(void *arg, const char *text); /* what was lost, and why */
    void *arg;
};

enum {
    HISTORY_WAITING_MAX = 100000, /* rows that are not written yet */
    HISTORY_QUESTIONS_MAX = 1000, /* not answered yet; more fail at once */
};

/* -EBUSY   another process has it
 * -EINVAL  of another version
 * -EIO     it is damaged */
int history_open(const struct history_options *options,
                 struct history **history,
                 struct error *err);

/* Writes what waits.  NULL is a no-op. */
void history_close(struct history *h);

/* When the latest that is kept ended; 0: there is none. */
msec_t history_newest_ms(const struct history *h);

/* Copied. */
void history_keep(struct history *h, const struct history_row *row);
void history_find(struct history *h, const struct history_question *question);

/* Readable when there are answers; they are valid until `found` returns. */
int history_fd(const struct history *h);
void history_process(struct history *h,
                     void (*found)(void *arg, const struct history_answer *),
                     void *arg);

#endif
