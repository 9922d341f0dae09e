/* reception.c - who comes in, and what he is told. */

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "frameworks/mpi/job_json.h"
#include "frameworks/mpi/service_parts.h"

enum {
    ANSWER_MS = 2000, /* for the master to say whether it can ever be */
    HISTORY_SHOWN = 1000,
};

/* A visitor who waits for a job. */
struct guest {
    char job[JOB_ID_SIZE];
    bool follows;             /* run: until its end; else until it is taken */
    bool is_told;             /* what it is called */
    char key[MEZZO_KEY_SIZE]; /* for tickets */
    int attempt;              /* that tickets were asked for; -1: none */
    unsigned tickets_due;     /* that were asked for */
    int64_t answer_by_ms;
};

/* That of the library stands still between its steps. */
static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_BOOTTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ------------------------------------------------------------------ answers */

static void refuse(struct visitor *v, const char *why)
{
    visitor_say(v, json_pack("{s:s}", "error", why));
    visitor_dismiss(v);
}

static void tell_state(struct visitor *v, const struct job *j)
{
    json_t *view = job_json_view(j);

    if (view == NULL)
        return;
    visitor_say(v, json_pack("{s:o}",
                             job_state_has_ended(j->state) ? "end" : "state",
                             view));
}

/* One ticket for each node's output, and one for what rank 0 reads. */
static void ask_for_tickets(struct service *s,
                            struct guest *g,
                            const struct job *j)
{
    uint64_t request;
    char task[JOB_ID_SIZE];

    /* Before it runs its executors may not have made what is to be read. */
    if (g->key[0] == '\0' || g->attempt == (int)j->attempt ||
        j->layout.count == 0 ||
        (j->state < JOB_RUNNING || j->state == JOB_COMPLETING))
        return;
    g->attempt = (int)j->attempt;
    for (size_t i = 0; i < j->layout.count; i++) {
        job_task_id(j, i, task);
        g->tickets_due +=
            mezzo_scheduler_ticket(s->scheduler, task, MEZZO_VERB_READ_OUTPUT,
                                   g->key, &request) == 0;
    }
    if (job_state_has_ended(j->state))
        return;
    job_task_id(j, 0, task);
    g->tickets_due +=
        mezzo_scheduler_ticket(s->scheduler, task, MEZZO_VERB_INPUT, g->key,
                               &request) == 0;
}

static bool is_answered(const struct guest *g, const struct job *j)
{
    return j->state != JOB_QUEUED || strncmp(j->reason, "Resources", 9) == 0 ||
           now_ms() >= g->answer_by_ms;
}

/* Something has happened to the job that he waits for. */
static void attend(struct service *s, struct visitor *v, const struct job *j)
{
    struct guest *g = visitor_data(v);
    bool has_begun =
        j->layout.count > 0 || j->started_wall_ms > 0 || j->is_cancelled;

    if (!j->is_stored)
        return;
    if (!g->is_told && j->state == JOB_FAILED && !has_begun) {
        refuse(v, j->reason);
        g->job[0] = '\0';
        return;
    }
    if (!g->follows && is_answered(g, j)) {
        visitor_say(v, json_pack("{s:s}", "job", g->job));
        visitor_dismiss(v);
        g->job[0] = '\0';
        return;
    }
    if (!g->follows)
        return;
    if (!g->is_told)
        visitor_say(v, json_pack("{s:s}", "job", g->job));
    g->is_told = true;
    ask_for_tickets(s, g, j);
    if (job_state_has_ended(j->state) && g->tickets_due > 0)
        return; /* he is to read all of it */
    tell_state(v, j);
    if (job_state_has_ended(j->state)) {
        g->job[0] = '\0';
        visitor_dismiss(v);
    }
}

void reception_job_changed(struct service *s, const struct job *j)
{
    struct visitor *v, *next;

    for (v = visitors_first(s->visitors); v != NULL; v = next) {
        struct guest *g = visitor_data(v);

        next = visitors_next(v);
        if (g != NULL && strcmp(g->job, j->id) == 0)
            attend(s, v, j);
    }
}

/* ----------------------------------------------------------------- requests */

static bool may_touch(const struct visitor *v, const struct job *j)
{
    const struct passwd *user = getpwuid(visitor_uid(v));

    return visitor_uid(v) == 0 || visitor_uid(v) == geteuid() ||
           (user != NULL &&
            strcmp(user->pw_name, j->submission->request.user) == 0);
}

static void submit(struct service *s, struct visitor *v, const json_t *json)
{
    const struct passwd *user = getpwuid(visitor_uid(v));
    const char *key = json_string_value(json_object_get(json, "key"));
    json_t *request = json_deep_copy(json_object_get(json, "request"));
    struct error err = {""};
    struct guest *g;
    struct job *j = NULL;

    if (user == NULL)
        error_set(&err, -EINVAL, "nobody has your user id, %u",
                  (unsigned)visitor_uid(v));
    else if (!json_is_object(request))
        error_set(&err, -EINVAL, "the request is missing");
    else {
        json_object_set_new(request, "user", json_string(user->pw_name));
        j = queue_submit(s->queue, request, &err);
    }
    json_decref(request);
    if (j == NULL) {
        refuse(v, err.text);
        return;
    }
    g = memory_new(1, sizeof *g);
    snprintf(g->job, sizeof g->job, "%s", j->id);
    g->follows = json_is_true(json_object_get(json, "follows"));
    g->attempt = -1;
    g->answer_by_ms = now_ms() + ANSWER_MS;
    if (key != NULL && strlen(key) < sizeof g->key)
        strcpy(g->key, key);
    visitor_set_data(v, g);
}

static void list(struct service *s, struct visitor *v, bool ended)
{
    json_t *jobs = json_array();
    struct job *j;

    for (j = queue_first(s->queue); j != NULL; j = queue_next(j))
        if (job_state_has_ended(j->state) == ended)
            json_array_append_new(jobs, job_json_view(j));
    while (ended && json_array_size(jobs) > HISTORY_SHOWN)
        json_array_remove(jobs, 0);
    visitor_say(v, json_pack("{s:o}", "jobs", jobs));
    visitor_dismiss(v);
}

/* Is it the job, or one of the array, that is named? */
static bool is_named(struct service *s, const struct job *j, const char *name)
{
    struct job *named = queue_find(s->queue, name);

    return j == named || (named != NULL && queue_names_array(s->queue, name) &&
                          j->submission == named->submission);
}

static void show(struct service *s, struct visitor *v, const char *name)
{
    json_t *jobs = json_array();
    char why[200];
    struct job *j;

    for (j = queue_first(s->queue); j != NULL; j = queue_next(j))
        if (is_named(s, j, name))
            json_array_append_new(jobs, job_json_view(j));
    if (json_array_size(jobs) == 0) {
        json_decref(jobs);
        snprintf(why, sizeof why,
                 "there is no job %.40s; see: mezzo mpi queue, mezzo mpi "
                 "history",
                 name);
        refuse(v, why);
        return;
    }
    visitor_say(v, json_pack("{s:o}", "jobs", jobs));
    visitor_dismiss(v);
}

static void cancel(struct service *s, struct visitor *v, const char *name)
{
    const struct passwd *user = getpwuid(visitor_uid(v));
    struct job *named = queue_find(s->queue, name), *j;
    bool is_array = queue_names_array(s->queue, name);
    char why[200];

    if (named == NULL || !may_touch(v, named)) {
        snprintf(why, sizeof why,
                 named == NULL ? "there is no job %.40s"
                               : "job %.40s is another user's",
                 name);
        refuse(v, why);
        return;
    }
    for (j = queue_first(s->queue); j != NULL; j = queue_next(j))
        if (j == named || (is_array && j->submission == named->submission))
            queue_cancel(s->queue, j,
                         user != NULL ? user->pw_name : "its user");
    visitor_say(v, json_pack("{s:s}", "cancelled", name));
    visitor_dismiss(v);
}

/* Who waits for the job's end has pressed Ctrl-C. */
static void interrupt(struct service *s,
                      const struct visitor *v,
                      const struct guest *g)
{
    struct job *j = g->follows ? queue_find(s->queue, g->job) : NULL;
    const struct passwd *user = getpwuid(visitor_uid(v));

    if (j != NULL)
        queue_cancel(s->queue, j, user != NULL ? user->pw_name : "its user");
}

static void said_cb(struct visitor *v, const json_t *json, void *arg)
{
    struct service *s = arg;
    const char *what = json_string_value(json_object_get(json, "do"));
    const char *job = json_string_value(json_object_get(json, "job"));
    const struct guest *g = visitor_data(v);

    if (what != NULL && g != NULL && strcmp(what, "interrupt") == 0)
        interrupt(s, v, g);
    else if (what == NULL || g != NULL)
        refuse(v, "what was said is no request");
    else if (strcmp(what, "submit") == 0)
        submit(s, v, json);
    else if (strcmp(what, "queue") == 0)
        list(s, v, false);
    else if (strcmp(what, "history") == 0)
        list(s, v, true);
    else if (strcmp(what, "show") == 0 && job != NULL)
        show(s, v, job);
    else if (strcmp(what, "cancel") == 0 && job != NULL)
        cancel(s, v, job);
    else
        refuse(v, "what was said is no request of this version");
}

/* Who runs a job and goes away does not want it any more. */
static void left_cb(struct visitor *v, void *arg)
{
    struct service *s = arg;
    struct guest *g = visitor_data(v);
    struct job *j = g != NULL ? queue_find(s->queue, g->job) : NULL;

    visitor_set_data(v, NULL);
    if (j != NULL && g->follows)
        queue_cancel(s->queue, j, "its client, who went away");
    free(g);
}

const struct visitors_callbacks reception_callbacks = {.said = said_cb,
                                                       .left = left_cb};

/* To all who follow the job: each can only use those made for his key. */
void reception_ticket(struct service *s, const struct mezzo_ticket *t)
{
    const char *dot = strchr(t->task_id, '.');
    struct visitor *v, *next;
    char *hex;

    hex = memory_new(t->size + 1, 2);
    for (size_t i = 0; i < t->size; i++)
        sprintf(hex + 2 * i, "%02x", ((const unsigned char *)t->bytes)[i]);
    for (v = visitors_first(s->visitors); v != NULL; v = next) {
        struct guest *g = visitor_data(v);
        struct job *j;

        next = visitors_next(v);
        if (g == NULL || dot == NULL ||
            strlen(g->job) != (size_t)(dot - t->task_id) ||
            memcmp(g->job, t->task_id, strlen(g->job)) != 0)
            continue;
        visitor_say(v, json_pack("{s:{s:s, s:i, s:s*, s:s*, s:s, s:s*}}",
                                 "ticket", "task", t->task_id, "verb",
                                 (int)t->verb, "endpoint", t->endpoint,
                                 "agent_key", t->agent_key, "bytes", hex,
                                 "failure", t->failure));
        g->tickets_due -= g->tickets_due > 0;
        j = queue_find(s->queue, g->job);
        if (j != NULL && g->tickets_due == 0 && job_state_has_ended(j->state))
            attend(s, v, j);
    }
    free(hex);
}

void reception_disconnected(struct service *s)
{
    struct visitor *v, *next;

    for (v = visitors_first(s->visitors); v != NULL; v = next) {
        struct guest *g = visitor_data(v);
        struct job *j = g != NULL && g->tickets_due > 0
                            ? queue_find(s->queue, g->job)
                            : NULL;

        next = visitors_next(v);
        if (j == NULL)
            continue;
        g->tickets_due = 0;
        if (job_state_has_ended(j->state))
            attend(s, v, j);
    }
}

void reception_look(struct service *s)
{
    struct visitor *v, *next;

    for (v = visitors_first(s->visitors); v != NULL; v = next) {
        struct guest *g = visitor_data(v);
        struct job *j = g != NULL && !g->follows && g->job[0] != '\0'
                            ? queue_find(s->queue, g->job)
                            : NULL;

        next = visitors_next(v);
        if (j != NULL)
            attend(s, v, j);
    }
}

bool reception_has_waiting(const struct service *s)
{
    struct visitor *v;

    for (v = visitors_first(s->visitors); v != NULL; v = visitors_next(v)) {
        const struct guest *g = visitor_data(v);

        if (g != NULL && !g->follows && g->job[0] != '\0')
            return true;
    }
    return false;
}
