/* requests.c - each call a function; what must wait is parked. */

#include "frameworks/container/requests.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "frameworks/container/core.h"
#include "frameworks/container/projects.h"
#include "frameworks/container/records.h"
#include "frameworks/container/removals.h"
#include "frameworks/container/report.h"
#include "frameworks/container/runs.h"

enum {
    PARKED_MAX = 10000,
};

/* It waits for one of these. */
struct parked {
    TAILQ_ENTRY(parked) entry;
    requests_answer_f *answer;
    void *arg;
    uint64_t store_request;
    uint64_t ticket_request;
    char key[STATE_KEY_SIZE]; /* of a project: what is to be told */
};

struct requests {
    struct container *container;
    TAILQ_HEAD(parked_list, parked) parked;
    size_t parked_count;
};

struct requests *requests_new(void)
{
    struct requests *q = memory_new(1, sizeof *q);

    TAILQ_INIT(&q->parked);
    return q;
}

static void unpark(struct requests *q, struct parked *w)
{
    TAILQ_REMOVE(&q->parked, w, entry);
    q->parked_count--;
    free(w);
}

void requests_free(struct requests *q)
{
    if (q == NULL)
        return;
    while (!TAILQ_EMPTY(&q->parked))
        unpark(q, TAILQ_FIRST(&q->parked));
    free(q);
}

void requests_set_container(struct requests *q, struct container *c)
{
    q->container = c;
}

/* One request, while it is taken. */
struct taken {
    struct requests *requests;
    struct container *container;
    const struct requests_caller *caller;
    json_t *request;
    requests_answer_f *answer;
    void *arg;
};

__attribute__((format(printf, 2, 3))) static void refuse(const struct taken *t,
                                                         const char *format,
                                                         ...)
{
    char text[600];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    t->answer(t->arg, json_pack("{s:s}", "error", text));
}

static struct parked *park(const struct taken *t, const char *key)
{
    struct parked *w;

    if (t->requests->parked_count >= PARKED_MAX) {
        refuse(t, "too many are waiting for an answer; try again");
        return NULL;
    }
    w = memory_new(1, sizeof *w);
    w->answer = t->answer;
    w->arg = t->arg;
    snprintf(w->key, sizeof w->key, "%s", key);
    TAILQ_INSERT_TAIL(&t->requests->parked, w, entry);
    t->requests->parked_count++;
    return w;
}

static const char *text_of(const struct taken *t, const char *key)
{
    return json_string_value(json_object_get(t->request, key));
}

static bool may_see(const struct taken *t, const struct container_project *p)
{
    return t->caller->uid == 0 || t->caller->uid == p->uid;
}

/* The caller's own; root finds others' as well. */
static struct container_project *look_up(const struct taken *t)
{
    const char *name = text_of(t, "name");
    struct container_project *p;
    char key[STATE_KEY_SIZE];

    if (name == NULL)
        return NULL;
    projects_make_key(key, t->caller->uid, name);
    p = projects_find(t->container, key);
    if (p == NULL && t->caller->uid == 0)
        TAILQ_FOREACH (p, &t->container->projects, entry)
            if (strcmp(p->spec->name, name) == 0)
                break;
    return p;
}

static struct container_project *find(const struct taken *t)
{
    const char *name = text_of(t, "name");
    struct container_project *p = look_up(t);

    if (name == NULL)
        refuse(t, "name: is missing");
    else if (p == NULL)
        refuse(t, "there is no project %.60s; mezzo compose up makes it", name);
    return p;
}

/* Answer with how it is, when it is safe.  What went wrong before is history:
 * somebody wants something else now. */
static void store(const struct taken *t, struct container_project *p)
{
    struct parked *w = park(t, p->key);
    struct service *s;
    uint64_t request;

    TAILQ_FOREACH (s, &p->services, entry) {
        free(s->message);
        s->message = NULL;
    }

    records_set_project(t->container, p, &request);
    if (w != NULL) /* or the change would be the answer */
        w->store_request = request;
    projects_changed(t->container, p);
    container_turn(t->container);
}

/* ----------------------------------------------------------------- calls */

static void up(const struct taken *t)
{
    json_t *spec = json_object_get(t->request, "project");
    const char *name = json_string_value(json_object_get(spec, "name"));
    struct container_project *p;
    char key[STATE_KEY_SIZE];
    struct error why;

    projects_make_key(key, t->caller->uid, name != NULL ? name : "");
    p = projects_find(t->container, key);
    if (p != NULL && p->is_leaving) {
        refuse(t,
               "the project %.60s is being taken down; wait until it is gone",
               name);
        return;
    }
    if (p != NULL) {
        if (projects_change(p, spec, &why) < 0) {
            refuse(t, "%s", why.text);
            return;
        }
    } else {
        p = projects_add(t->container, t->caller->uid, t->caller->user, spec,
                         &why);
        if (p == NULL) {
            refuse(t, "%s", why.text);
            return;
        }
    }
    store(t, p);
}

/* Whoever has watched it is told that it is gone, by no error. */
static void get(const struct taken *t)
{
    json_t *after = json_object_get(t->request, "after");
    struct container_project *p;

    if (after != NULL && look_up(t) == NULL) {
        t->answer(t->arg, json_pack("{s:b, s:[]}", "is_gone", 1, "services"));
        return;
    }
    p = find(t);
    if (p == NULL)
        return;
    if (json_is_integer(after) &&
        (uint64_t)json_integer_value(after) == p->generation)
        park(t, p->key);
    else
        t->answer(t->arg, report_of(t->container, p));
}

static void list(const struct taken *t)
{
    json_t *projects = json_array();
    struct container_project *p;

    TAILQ_FOREACH (p, &t->container->projects, entry)
        if (may_see(t, p))
            json_array_append_new(projects, report_in_short(p));
    t->answer(t->arg, json_pack("{s:o}", "projects", projects));
}

/* One that is gone has left its volumes: it comes back, with nothing in it, to
 * go with them.  NULL: it has none. */
static struct container_project *bring_back(const struct taken *t)
{
    const char *name = text_of(t, "name");
    struct container_project *p = NULL;
    char key[STATE_KEY_SIZE];
    struct error why;
    json_t *spec;

    if (name == NULL)
        return NULL;
    projects_make_key(key, t->caller->uid, name);
    if (json_object_get(t->container->volumes, key) == NULL)
        return NULL;
    spec = json_pack("{s:s, s:{s:{s:s, s:i}}}", "name", name, "services",
                     "volumes", "image", "none", "replicas", 0);
    p = projects_add(t->container, t->caller->uid, t->caller->user, spec, &why);
    json_decref(spec);
    return p;
}

static void down(const struct taken *t)
{
    bool drops = json_is_true(json_object_get(t->request, "volumes"));
    struct container_project *p = NULL;

    if (drops && look_up(t) == NULL)
        p = bring_back(t);
    if (p == NULL)
        p = find(t);
    if (p == NULL)
        return;
    p->is_leaving = true;
    if (!drops)
        removals_free(t->container, p);
    p->drops_volumes = drops;
    store(t, p);
}

static void scale(const struct taken *t)
{
    struct container_project *p = find(t);
    json_t *counts = json_object_get(t->request, "services"), *count, *spec;
    const char *name;
    struct error why;

    if (p == NULL)
        return;
    spec = json_deep_copy(p->spec->json);
    json_object_foreach(counts, name, count)
    {
        json_t *service =
            json_object_get(json_object_get(spec, "services"), name);

        if (service == NULL) {
            refuse(t, "the project %s has no service %.60s", p->spec->name,
                   name);
            json_decref(spec);
            return;
        }
        json_object_set(service, "replicas", count);
    }
    if (p->is_leaving || projects_change(p, spec, &why) < 0)
        refuse(t, "%s", p->is_leaving ? "it is being taken down" : why.text);
    else
        store(t, p);
    json_decref(spec);
}

static void restart(const struct taken *t)
{
    struct container_project *p = find(t);
    json_t *names = json_object_get(t->request, "services"), *name;
    struct service *s;
    size_t i;

    if (p == NULL)
        return;
    json_array_foreach(names, i, name)
    {
        if (!json_is_string(name) ||
            projects_find_service(p, json_string_value(name)) == NULL) {
            refuse(t, "the project %s has no service %.60s", p->spec->name,
                   json_is_string(name) ? json_string_value(name) : "");
            return;
        }
    }
    TAILQ_FOREACH (s, &p->services, entry) {
        if (names == NULL)
            projects_restart(s);
    }
    json_array_foreach(names, i, name)
        projects_restart(projects_find_service(p, json_string_value(name)));
    store(t, p);
}

static void ticket(const struct taken *t)
{
    const char *task = text_of(t, "task"), *verb = text_of(t, "verb");
    const char *key = text_of(t, "key");
    struct run *r = task != NULL ? runs_find(t->container, task) : NULL;
    uint64_t request;
    struct parked *w;

    if (r == NULL || !may_see(t, r->service->project)) {
        refuse(t, "there is no task %.100s", task != NULL ? task : "");
        return;
    }
    if (verb == NULL || key == NULL ||
        (strcmp(verb, "output") != 0 && strcmp(verb, "exec") != 0)) {
        refuse(t, "verb: must be output or exec; key: must be there");
        return;
    }
    if (mezzo_scheduler_ticket(t->container->scheduler, task,
                               verb[0] == 'o' ? MEZZO_VERB_READ_OUTPUT
                                              : MEZZO_VERB_EXEC,
                               key, &request) < 0) {
        refuse(t, "%s", mezzo_scheduler_explain(t->container->scheduler));
        return;
    }
    w = park(t, "");
    if (w != NULL)
        w->ticket_request = request;
}

void requests_take(struct requests *q,
                   const struct requests_caller *caller,
                   json_t *request,
                   requests_answer_f *answer,
                   void *arg)
{
    static const struct {
        const char *name;
        void (*call)(const struct taken *t);
    } calls[] = {{"up", up},        {"get", get},     {"list", list},
                 {"down", down},    {"scale", scale}, {"restart", restart},
                 {"ticket", ticket}};
    const struct taken t = {.requests = q,
                            .container = q->container,
                            .caller = caller,
                            .request = request,
                            .answer = answer,
                            .arg = arg};
    const char *call = text_of(&t, "call");

    if (!container_is_ready(q->container)) {
        refuse(&t, "mezzo-container is starting, and waits for a master");
        return;
    }
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        if (call != NULL && strcmp(calls[i].name, call) == 0) {
            calls[i].call(&t);
            return;
        }
    }
    refuse(&t, "call: %.40s is not known", call != NULL ? call : "");
}

void requests_forget(struct requests *q, void *arg)
{
    struct parked *w, *next;

    for (w = TAILQ_FIRST(&q->parked); w != NULL; w = next) {
        next = TAILQ_NEXT(w, entry);
        if (w->arg == arg)
            unpark(q, w);
    }
}

/* --------------------------------------------------------------- answers */

static void answer_now(struct requests *q, struct parked *w, json_t *json)
{
    requests_answer_f *answer = w->answer;
    void *arg = w->arg;

    unpark(q, w);
    answer(arg, json);
}

void requests_changed(void *arg, const struct container_project *project)
{
    struct requests *q = arg;
    struct parked *w, *next;

    for (w = TAILQ_FIRST(&q->parked); w != NULL; w = next) {
        next = TAILQ_NEXT(w, entry);
        if (w->store_request == 0 && w->ticket_request == 0 &&
            strcmp(w->key, project->key) == 0)
            answer_now(q, w, report_of(q->container, project));
    }
}

void requests_stored(void *arg, uint64_t request)
{
    struct requests *q = arg;
    struct container_project *p;
    struct parked *w;

    TAILQ_FOREACH (w, &q->parked, entry)
        if (w->store_request == request)
            break;
    if (w == NULL)
        return;
    p = projects_find(q->container, w->key);
    answer_now(q, w,
               p != NULL ? report_of(q->container, p)
                         : json_pack("{s:b}", "is_gone", 1));
}

void requests_ticket(void *arg, const struct mezzo_ticket *ticket)
{
    struct requests *q = arg;
    struct parked *w;

    TAILQ_FOREACH (w, &q->parked, entry)
        if (w->ticket_request == ticket->request)
            break;
    if (w != NULL)
        answer_now(q, w, report_of_ticket(ticket));
}
