/* rows.h - an answer to an operator, put together from pages. */

#ifndef LIBFRAMEWORK_ROWS_H
#define LIBFRAMEWORK_ROWS_H

#include "base/arena.h"
#include "mezzo/operator.h"
#include "proto/master.pb-c.h"

struct rows;

struct rows *rows_new(void);
/* Of the ticket that is asked for. */
void rows_set_verb(struct rows *r, enum mezzo_verb verb);
void rows_free(struct rows *r);

/* Valid as long as the rows, and until more is added. */
const struct mezzo_answer *rows_answer(const struct rows *r);

/* Forget what was added. */
void rows_clear(struct rows *r);

/* Add what a page has.  NULL, or what makes no sense in it. */
const char *rows_add(struct rows *r,
                     const Mesos__V1__Master__Response *response);

/* What it is in words; with `result`, a negative errno, nothing else is. */
void rows_say(struct rows *r, int result, int exit_status, const char *text);

#endif
