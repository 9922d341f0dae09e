/* programs.h - what a guest runs beside tasks, and writes to the stdin of.
 *
 * A stream each, on a link to its agent; when that breaks it has failed, since
 * the agent ends the program then.  Pure. */

#ifndef LIBFRAMEWORK_PROGRAMS_H
#define LIBFRAMEWORK_PROGRAMS_H

#include <stdbool.h>

#include "base/effect.h"
#include "base/error.h"
#include "base/input.h"
#include "mezzo/guest.h"

enum {
    PROGRAMS_CREDIT = 256 << 10, /* output an agent may be ahead of us */
    PROGRAMS_WINDOW = 256 << 10, /* input not yet taken; the agent's too */
    PROGRAMS_PIECE_MAX = 32 << 10,
    PROGRAMS_SIZE_MAX = 128 << 10, /* arguments and environment */
};

struct programs;

struct programs_callbacks {
    void (*output)(void *arg,
                   uint64_t program,
                   const struct mezzo_output *output);
    void (*exited)(void *arg, uint64_t program, int wait_status);
    void (*writable)(void *arg, uint64_t program);
};

struct programs *programs_new(const struct programs_callbacks *callbacks,
                              void *arg);
void programs_free(struct programs *all);
size_t programs_count(const struct programs *all);

/* `exec` NULL: the task's stdin alone.  -EINVAL, -E2BIG */
int programs_open(struct programs *all,
                  const struct mezzo_ticket *ticket,
                  const struct mezzo_exec *exec,
                  uint64_t *program,
                  struct error *err);

/* As guest.h says of each. */
int programs_write(struct programs *all,
                   uint64_t program,
                   const void *data,
                   size_t size,
                   size_t *taken,
                   struct error *err);
int programs_end_input(struct programs *all,
                       uint64_t program,
                       struct error *err);
int programs_resize(struct programs *all,
                    uint64_t program,
                    unsigned rows,
                    unsigned columns,
                    struct error *err);
int programs_signal(struct programs *all,
                    uint64_t program,
                    int signo,
                    struct error *err);
int programs_pause(struct programs *all,
                   uint64_t program,
                   bool is_paused,
                   struct error *err);
int programs_close(struct programs *all, uint64_t program, struct error *err);

/* Is the peer one of our links?  Then the input was for us. */
bool programs_receive(struct programs *all,
                      const struct input *input,
                      msec_t now,
                      struct effects *fx);
bool programs_link_ended(struct programs *all,
                         const struct input *input,
                         msec_t now);
void programs_flush(struct programs *all, msec_t now, struct effects *fx);
msec_t programs_deadline(const struct programs *all);

#endif
