/* records.c - JSON into the library's store. */

#include "frameworks/container/records.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/memory.h"

enum {
    PATH_SIZE = STATE_ID_SIZE + 20,
};

static void set(struct container *c,
                const char *key,
                json_t *json,
                uint64_t *request)
{
    AUTO(auto_free) char *text = json_dumps(json, JSON_COMPACT);
    const struct mezzo_store_op op = {.kind = MEZZO_STORE_SET,
                                      .key = key,
                                      .value = text,
                                      .size = text != NULL ? strlen(text) : 0,
                                      .version = MEZZO_STORE_ANY};
    uint64_t number;

    json_decref(json);
    if (text == NULL)
        abort();
    if (mezzo_scheduler_store(c->scheduler, &op, 1, &number) < 0)
        number = 0;
    c->last_request = number;
    if (request != NULL)
        *request = number;
}

static void remove_key(struct container *c, const char *key)
{
    const struct mezzo_store_op op = {
        .kind = MEZZO_STORE_DELETE, .key = key, .version = MEZZO_STORE_ANY};
    uint64_t request;

    if (mezzo_scheduler_store(c->scheduler, &op, 1, &request) == 0)
        c->last_request = request;
}

static json_t *service_record(const struct service *s)
{
    json_t *json = json_pack("{s:i, s:i, s:b}", "version", (int)s->version,
                             "restart_number", (int)s->restart_number,
                             "is_proven", (int)s->is_proven);

    if (s->previous != NULL)
        json_object_set(json, "previous", s->previous);
    if (s->message != NULL)
        json_object_set_new(json, "message", json_string(s->message));
    return json;
}

void records_set_project(struct container *c,
                         const struct container_project *p,
                         uint64_t *request)
{
    json_t *services = json_object();
    const struct service *s;
    char key[PATH_SIZE];

    TAILQ_FOREACH (s, &p->services, entry)
        json_object_set_new(services, s->name, service_record(s));
    snprintf(key, sizeof key, "/projects/%s", p->key);
    set(c, key,
        json_pack("{s:I, s:s, s:O, s:o, s:O, s:b, s:b}", "uid",
                  (json_int_t)p->uid, "user", p->user, "spec", p->spec->json,
                  "services", services, "volumes", p->volumes, "is_leaving",
                  (int)p->is_leaving, "drops_volumes", (int)p->drops_volumes),
        request);
}

void records_remove_project(struct container *c,
                            const struct container_project *p)
{
    char key[PATH_SIZE];

    snprintf(key, sizeof key, "/projects/%s", p->key);
    remove_key(c, key);
}

void records_set_volumes(struct container *c, const struct container_project *p)
{
    char key[PATH_SIZE];

    snprintf(key, sizeof key, "/volumes/%s", p->key);
    set(c, key, json_incref(p->volumes), NULL);
}

void records_remove_volumes(struct container *c,
                            const struct container_project *p)
{
    char key[PATH_SIZE];

    snprintf(key, sizeof key, "/volumes/%s", p->key);
    remove_key(c, key);
}

void records_set_run(struct container *c, struct run *r)
{
    json_t *json = json_pack(
        "{s:s, s:s, s:i, s:s}", "project", r->service->project->key, "service",
        r->service->name, "instance", (int)r->instance, "digest", r->digest);
    char key[PATH_SIZE];

    if (r->hostname != NULL)
        json_object_set_new(json, "host", json_string(r->hostname));
    if (r->address != NULL)
        json_object_set_new(json, "address", json_string(r->address));
    if (r->agent_id != NULL)
        json_object_set_new(json, "agent", json_string(r->agent_id));
    if (r->state == RUN_COMPLETED || r->state == RUN_FAILED)
        json_object_set_new(
            json, "ended",
            json_string(r->state == RUN_COMPLETED ? "completed" : "failed"));
    if (r->message != NULL)
        json_object_set_new(json, "message", json_string(r->message));
    snprintf(key, sizeof key, "/runs/%s", r->id);
    set(c, key, json, &r->store_request);
}

void records_remove_run(struct container *c, const struct run *r)
{
    char key[PATH_SIZE];

    snprintf(key, sizeof key, "/runs/%s", r->id);
    remove_key(c, key);
}

void records_set_epoch(struct container *c)
{
    set(c, "/epoch", json_pack("{s:I}", "epoch", (json_int_t)c->epoch), NULL);
}
