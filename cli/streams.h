/* streams.h - what the tasks of a job write, as it comes from their agents.
 *
 * Each instance has two streams, stdout and stderr, which go to ours.  With
 * `prefixed`, whole lines do, each with the instance's name before it. */

#ifndef CLI_STREAMS_H
#define CLI_STREAMS_H

#include <mezzo/framework.h>

struct streams;

/* `scheduler` is borrowed, and woken when streams_resume() is to be called. */
struct streams *streams_new(struct mezzo_scheduler *scheduler,
                            size_t instances_count,
                            bool prefixed);

/* Waits until what has come is written.  NULL is a no-op. */
void streams_free(struct streams *s);

/* Follow the task, of which `name` is the prefix; both are copied. */
void streams_open(struct streams *s,
                  size_t instance,
                  const char *task_id,
                  const char *name);

/* Hear no more of the instance's task, and forget what came of it. */
void streams_reset(struct streams *s, size_t instance);

/* A piece of output, as the scheduler's callback is given it. */
void streams_take(struct streams *s, const struct mezzo_output *output);

/* What has waited for our own stdout goes on. */
void streams_resume(struct streams *s);

/* Hear no more of any. */
void streams_close(struct streams *s);

/* All that were opened are at their end. */
bool streams_have_ended(const struct streams *s);

/* The errno with which our own stdout or stderr failed; 0: neither has. */
int streams_broken(struct streams *s);

#endif
