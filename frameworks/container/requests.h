/* requests.h - what users want of the framework, and what they are told.
 *
 * A request is a JSON object, {"call": ..., ...}, and so is its answer, which
 * may come later; {"error": TEXT} when it failed.
 *
 *     up       {project}                   takes a project, or a change of it
 *     get      {name, after}               how it is; with `after` only once
 *                                          its generation is another
 *     list     {}                          the projects of the caller
 *     down     {name, volumes}             ends it; with its volumes
 *     scale    {name, services: {NAME: N}}
 *     restart  {name, services: [NAME]}    without services: all
 *     ticket   {task, verb, key}           verb: output or exec
 *
 * A caller sees and touches what is his; root everything. */

#ifndef CONTAINER_REQUESTS_H
#define CONTAINER_REQUESTS_H

#include "frameworks/container/state.h"

struct requests;

struct requests_caller {
    uint32_t uid;
    const char *user;
};

/* `answer` is the callee's to free. */
typedef void requests_answer_f(void *arg, json_t *answer);

struct requests *requests_new(void);
void requests_free(struct requests *q);
void requests_set_container(struct requests *q, struct container *c);

/* One that cannot be answered at once is known by `arg`. */
void requests_take(struct requests *q,
                   const struct requests_caller *caller,
                   json_t *request,
                   requests_answer_f *answer,
                   void *arg);

/* Whoever asked is gone. */
void requests_forget(struct requests *q, void *arg);

/* Of the container's hooks. */
void requests_changed(void *arg, const struct container_project *project);
void requests_stored(void *arg, uint64_t request);
void requests_ticket(void *arg, const struct mezzo_ticket *ticket);

#endif
