/* worker.h - a thread for what may wait for a disk.
 *
 * Jobs are done in the order they were submitted.
 *
 * Memory   a job belongs to the worker from its submission on, which releases
 *          it after `done`.
 * Threads  `run` is called on the worker's thread, all else on the loop's. */

#ifndef AGENT_OS_WORKER_H
#define AGENT_OS_WORKER_H

#include <stddef.h>
#include <sys/queue.h>

struct event_base;
struct worker;

struct job {
    void (*run)(struct job *job);
    void (*done)(struct job *job);    /* may submit; NULL: nothing to do */
    void (*release)(struct job *job); /* NULL: free() */
    TAILQ_ENTRY(job) link;
};

struct worker *worker_new(struct event_base *base, const char *name);

/* Runs what was submitted; `done` is not called any more.  NULL is a no-op. */
void worker_free(struct worker *w);

void worker_submit(struct worker *w, struct job *job);

/* Submitted and not done. */
size_t worker_count(const struct worker *w);

#endif
