/* launch.c - from a service's description to what Mezzo runs. */

#include "frameworks/container/launch.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "frameworks/container/hosts.h"
#include "frameworks/container/projects.h"
#include "frameworks/container/records.h"
#include "frameworks/container/runs.h"

enum {
    TEXT_SIZE = 512,
    OTHERS_MAX = 16, /* hosts of others that are avoided */
    PICKY_MS = 2000, /* so long, where some have room */
    VOLUME_NAME_SIZE = 200,
    LOOK_MS = 200, /* before an offer is looked at again */
};

/* ---------------------------------------------------------------- volumes */

/* As the project knows it: "data", or "web.2.1" for the second of web's that
 * have no name. */
static void volume_name(const struct run *r,
                        size_t i,
                        char name[VOLUME_NAME_SIZE])
{
    const struct project_volume *v = &r->service->spec->volumes[i];

    if (v->kind == PROJECT_VOLUME_NAMED)
        snprintf(name, VOLUME_NAME_SIZE, "%s", v->source);
    else
        snprintf(name, VOLUME_NAME_SIZE, "%s.%u.%zu", r->service->name,
                 r->instance, i);
}

static bool is_kept(const struct project_volume *v)
{
    return v->kind == PROJECT_VOLUME_NAMED ||
           v->kind == PROJECT_VOLUME_ANONYMOUS;
}

const char *launch_host(const struct run *r)
{
    const struct project_service *spec = r->service->spec;
    char name[VOLUME_NAME_SIZE];

    for (size_t i = 0; spec != NULL && i < spec->volumes_count; i++) {
        const char *host;

        if (!is_kept(&spec->volumes[i]))
            continue;
        volume_name(r, i, name);
        host = json_string_value(
            json_object_get(r->service->project->volumes, name));
        if (host != NULL)
            return host;
    }
    return NULL;
}

/* True if some of its volumes were nowhere yet. */
static bool pin(struct run *r, const char *host)
{
    const struct project_service *spec = r->service->spec;
    json_t *volumes = r->service->project->volumes;
    char name[VOLUME_NAME_SIZE];
    bool is_new = false;

    for (size_t i = 0; i < spec->volumes_count; i++) {
        if (!is_kept(&spec->volumes[i]))
            continue;
        volume_name(r, i, name);
        if (json_object_get(volumes, name) != NULL)
            continue;
        json_object_set_new(volumes, name, json_string(host));
        is_new = true;
    }
    return is_new;
}

/* -------------------------------------------------------------------- ask */

static int compare_ports(const void *a, const void *b)
{
    const struct mezzo_range *x = a, *y = b;

    return x->begin < y->begin ? -1 : x->begin > y->begin;
}

/* Sorted and disjoint; a port for tcp and udp is one. */
static struct mezzo_resources needs(const struct project_service *spec,
                                    struct mezzo_range *ports)
{
    struct mezzo_resources each = {.cpu_milli = spec->cpu_milli,
                                   .memory_mb = spec->memory_mb};
    size_t count = 0;

    for (size_t i = 0; i < spec->ports_count; i++)
        if (spec->ports[i].host_port > 0)
            ports[count++] = (struct mezzo_range){spec->ports[i].host_port,
                                                  spec->ports[i].host_port};
    qsort(ports, count, sizeof *ports, compare_ports);
    for (size_t i = 0; i < count; i++)
        if (each.ports_count == 0 ||
            ports[each.ports_count - 1].begin != ports[i].begin)
            ports[each.ports_count++] = ports[i];
    each.ports = ports;
    return each;
}

/* Another instance of its service is there, and stays. */
static bool is_shared(const struct run *r, const char *host)
{
    const struct run *other;

    TAILQ_FOREACH (other, &r->service->runs, entry)
        if (other->instance != r->instance && other->hostname != NULL &&
            other->state != RUN_WANTED && runs_is_alive(other) &&
            strcmp(other->hostname, host) == 0)
            return true;
    return false;
}

/* Instances spread over hosts, while there is a choice. */
static bool is_picky(const struct run *r)
{
    return !r->takes_any_host && r->service->spec->replicas > 1 &&
           launch_host(r) == NULL;
}

static size_t avoid_others(const struct run *r,
                           struct mezzo_constraint constraints[OTHERS_MAX])
{
    const struct run *other;
    size_t count = 0, i;

    TAILQ_FOREACH (other, &r->service->runs, entry) {
        if (other->hostname == NULL || !is_shared(r, other->hostname))
            continue;
        for (i = 0; i < count; i++)
            if (strcmp(constraints[i].value, other->hostname) == 0)
                break;
        if (i == count && count < OTHERS_MAX)
            constraints[count++] =
                (struct mezzo_constraint){.attribute = "hostname",
                                          .op = MEZZO_NOT_EQUALS,
                                          .value = other->hostname};
    }
    return count;
}

static void ask_again(struct container *c, struct run *r)
{
    if (r->is_asked)
        mezzo_scheduler_withdraw(c->scheduler, r->id);
    r->is_asked = r->is_picky = false;
    r->service->project->is_dirty = true;
}

void launch_ask_anywhere(struct container *c, struct run *r)
{
    r->takes_any_host = true;
    ask_again(c, r);
}

void launch_ask(struct container *c, struct run *r)
{
    const struct project_service *spec = r->service->spec;
    const char *host = launch_host(r);
    struct mezzo_constraint constraints[OTHERS_MAX] = {
        {.attribute = "hostname", .op = MEZZO_EQUALS, .value = host}};
    struct mezzo_slot slot = {.count = 1,
                              .constraints = constraints,
                              .constraints_count = host != NULL};
    const struct mezzo_ask ask = {
        .id = r->id, .slots = &slot, .slots_count = 1};
    struct mezzo_range *ports;

    if (r->state != RUN_WANTED || r->is_asked || !r->is_stored ||
        !c->is_subscribed || spec == NULL)
        return;
    if (is_picky(r))
        slot.constraints_count = avoid_others(r, constraints);
    r->is_picky = host == NULL && slot.constraints_count > 0;
    r->picky_until = mezzo_scheduler_now_ms(c->scheduler) + PICKY_MS;
    ports = memory_new(spec->ports_count + 1, sizeof *ports);
    slot.each = needs(spec, ports);
    if (mezzo_scheduler_ask(c->scheduler, &ask) == 0)
        r->is_asked = true;
    else
        runs_set_message(r, mezzo_scheduler_explain(c->scheduler));
    free(ports);
}

/* ------------------------------------------------------------------- task */

/* What a task is made of, as long as it is being launched. */
struct parts {
    struct mezzo_container container;
    struct mezzo_health_check check;
    struct mezzo_volume *volumes;
    struct mezzo_port_mapping *ports;
    struct mezzo_variable *environment;
    struct mezzo_label *labels;
    struct mezzo_range *ranges;
    struct mezzo_uri uri;
    char uri_text[TEXT_SIZE];
    char name[TEXT_SIZE];
    char search[TEXT_SIZE];
    const char *dns_servers[2], *dns_search[2];
    char (*volume_texts)[2 * VOLUME_NAME_SIZE];
};

/* Shipped files are unpacked in the sandbox, below the digit of their volume.
 */
static void make_volume(const struct run *r, size_t i, struct parts *parts)
{
    const struct project_volume *v = &r->service->spec->volumes[i];
    struct mezzo_volume *to = &parts->volumes[i];
    char *text = parts->volume_texts[i], name[VOLUME_NAME_SIZE];

    to->path = v->target;
    to->is_read_only = v->is_read_only;
    switch (v->kind) {
    case PROJECT_VOLUME_NAMED:
    case PROJECT_VOLUME_ANONYMOUS:
        volume_name(r, i, name);
        snprintf(text, sizeof parts->volume_texts[i], "%s.%s",
                 r->service->project->key, name);
        to->name = text;
        break;
    case PROJECT_VOLUME_FILES:
        snprintf(text, sizeof parts->volume_texts[i], "files/%zu", i);
        to->sandbox_path = text;
        break;
    case PROJECT_VOLUME_HOST:
        to->host_path = v->source;
        break;
    case PROJECT_VOLUME_TMPFS:
        to->is_tmpfs = true;
        break;
    }
}

static void make_container(const struct run *r, struct parts *parts)
{
    const struct project_service *spec = r->service->spec;
    struct mezzo_container *to = &parts->container;

    parts->volumes = memory_new(spec->volumes_count + 1, sizeof *to->volumes);
    parts->volume_texts =
        memory_new(spec->volumes_count + 1, sizeof *parts->volume_texts);
    parts->ports = memory_new(spec->ports_count + 1, sizeof *parts->ports);
    for (size_t i = 0; i < spec->volumes_count; i++)
        make_volume(r, i, parts);
    for (size_t i = 0; i < spec->ports_count; i++)
        if (spec->ports[i].host_port > 0 && !spec->uses_host_network)
            parts->ports[to->ports_count++] = (struct mezzo_port_mapping){
                spec->ports[i].container_port, spec->ports[i].host_port,
                spec->ports[i].is_udp};
    *to = (struct mezzo_container){
        .image = spec->image,
        .entrypoint = spec->entrypoint,
        .hostname = spec->hostname,
        .user = spec->user,
        .network =
            spec->uses_host_network ? MEZZO_NETWORK_HOST : MEZZO_NETWORK_BRIDGE,
        .ports = parts->ports,
        .ports_count = to->ports_count,
        .volumes = parts->volumes,
        .volumes_count = spec->volumes_count,
        .stop_signal = spec->stop_signal,
        .pids_max = spec->pids_max,
    };
}

static void make_names(struct container *c,
                       const struct run *r,
                       struct parts *parts)
{
    const char *server =
        hosts_address(c, r->hostname, r->service->spec->uses_host_network);

    if (server == NULL)
        return;
    snprintf(parts->search, sizeof parts->search, "%s.mezzo",
             r->service->project->spec->name);
    parts->dns_servers[0] = server;
    parts->dns_search[0] = parts->search;
    parts->container.dns_servers = parts->dns_servers;
    parts->container.dns_search = parts->dns_search;
}

static void make_check(const struct project_service *spec, struct parts *parts)
{
    const struct project_health *h = &spec->health;

    parts->check = (struct mezzo_health_check){
        .kind = MEZZO_CHECK_COMMAND,
        .shell = h->shell,
        .argv = h->shell == NULL && h->argv != NULL ? h->argv + 1 : NULL,
        .interval_ms = h->interval_ms,
        .timeout_ms = h->timeout_ms,
        .grace_ms = h->start_period_ms,
        .failures_max = h->retries,
    };
}

static void make_lists(const struct project_service *spec, struct parts *parts)
{
    parts->environment =
        memory_new(spec->environment_count + 1, sizeof *parts->environment);
    for (size_t i = 0; i < spec->environment_count; i++)
        parts->environment[i] = (struct mezzo_variable){
            spec->environment[i].name, spec->environment[i].value};
    parts->labels = memory_new(spec->labels_count + 1, sizeof *parts->labels);
    for (size_t i = 0; i < spec->labels_count; i++)
        parts->labels[i] =
            (struct mezzo_label){spec->labels[i].name, spec->labels[i].value};
    parts->ranges = memory_new(spec->ports_count + 1, sizeof *parts->ranges);
}

static void parts_release(struct parts *parts)
{
    free(parts->volumes);
    free(parts->volume_texts);
    free(parts->ports);
    free(parts->environment);
    free(parts->labels);
    free(parts->ranges);
}

static void make_task(struct container *c,
                      const struct run *r,
                      struct parts *parts,
                      struct mezzo_task *task)
{
    const struct project_service *spec = r->service->spec;
    const struct container_project *p = r->service->project;

    make_container(r, parts);
    make_names(c, r, parts);
    make_check(spec, parts);
    make_lists(spec, parts);
    snprintf(parts->name, sizeof parts->name, "%s-%s-%u", p->spec->name,
             r->service->name, r->instance);
    if (parts->container.hostname == NULL && !spec->uses_host_network)
        parts->container.hostname = parts->name;
    *task = (struct mezzo_task){
        .id = r->id,
        .name = parts->name,
        .resources = needs(spec, parts->ranges),
        .command = {.argv = spec->command,
                    .environment = parts->environment,
                    .environment_count = spec->environment_count,
                    .user = p->user,
                    .working_directory = spec->working_directory},
        .container = &parts->container,
        .health_check = spec->has_health ? &parts->check : NULL,
        .labels = parts->labels,
        .labels_count = spec->labels_count,
        .kill_grace_ms = spec->stop_grace_ms,
        .cpu_limit_milli = spec->cpu_limit_milli,
    };
    if (spec->files != NULL) {
        snprintf(parts->uri_text, sizeof parts->uri_text, "%s%s.tar",
                 c->options.files != NULL ? c->options.files : "", spec->files);
        parts->uri = (struct mezzo_uri){.value = parts->uri_text};
        task->command.uris = &parts->uri;
        task->command.uris_count = 1;
    }
}

/* ----------------------------------------------------------------- launch */

static void forget_offer(struct run *r)
{
    free(r->offer_id);
    r->offer_id = NULL;
    r->pin_request = 0;
}

static void accept_offer(struct container *c,
                         struct run *r,
                         const char *offer_id)
{
    struct parts *parts = memory_new(1, sizeof *parts);
    struct mezzo_task task;
    int rc;

    make_task(c, r, parts, &task);
    rc = mezzo_scheduler_accept(c->scheduler, offer_id, &task, 1);
    if (rc == 0) {
        r->state = RUN_LAUNCHED;
        r->is_asked = false;
        runs_set_message(r, NULL);
    } else {
        runs_set_message(r, mezzo_scheduler_explain(c->scheduler));
        mezzo_scheduler_decline(c->scheduler, offer_id, -1);
    }
    projects_changed(c, r->service->project);
    parts_release(parts);
    free(parts);
}

void launch_refuse(struct container *c, const struct mezzo_offer *offer)
{
    const struct mezzo_slot slot = {.each = {.cpu_milli = 1}, .count = 1};
    const struct mezzo_ask ask = {
        .id = offer->ask_id, .slots = &slot, .slots_count = 1};

    mezzo_scheduler_decline(c->scheduler, offer->id, 0);
    if (offer->ask_id == NULL)
        return;
    /* The library withdraws only what it knows: what we have asked for. */
    mezzo_scheduler_ask(c->scheduler, &ask);
    mezzo_scheduler_withdraw(c->scheduler, ask.id);
}

/* Of an instance that has data there is one process; is there none left?  One
 * that nobody knew is asked for again, now that its agent is there. */
static bool is_alone(struct container *c, const struct run *r)
{
    struct run *other;
    bool is = true;

    if (!project_is_pinned(r->service->spec))
        return true;
    TAILQ_FOREACH (other, &r->service->runs, entry) {
        if (other == r || other->instance != r->instance ||
            runs_is_over(other) || other->state == RUN_WANTED)
            continue;
        is = false;
        if (other->is_unknown && !other->is_probed &&
            mezzo_scheduler_reconcile(c->scheduler, other->id) == 0)
            other->is_probed = true;
    }
    return is;
}

void launch_offer(struct container *c,
                  struct run *r,
                  const struct mezzo_offer *offer)
{
    if (r->state != RUN_WANTED || r->service->spec == NULL ||
        r->offer_id != NULL || !runs_is_current(r)) {
        launch_refuse(c, offer);
        r->is_asked = false;
        return;
    }
    if (!is_alone(c, r)) {
        mezzo_scheduler_decline(c->scheduler, offer->id, LOOK_MS);
        return;
    }
    if (is_picky(r) && is_shared(r, offer->hostname)) {
        mezzo_scheduler_decline(c->scheduler, offer->id, 0);
        ask_again(c, r);
        return;
    }
    if (!hosts_are_ready(c, r, offer))
        return; /* it has taken the offer for a name server */
    free(r->hostname);
    r->hostname = memory_strdup(offer->hostname);
    free(r->agent_id);
    r->agent_id = memory_strdup(offer->agent_id);
    if (!pin(r, offer->hostname)) {
        accept_offer(c, r, offer->id);
        return;
    }
    r->offer_id = memory_strdup(offer->id);
    records_set_project(c, r->service->project, &r->pin_request);
}

void launch_stored(struct container *c, uint64_t request)
{
    struct container_project *p;
    struct service *s;
    struct run *r;

    TAILQ_FOREACH (p, &c->projects, entry)
        TAILQ_FOREACH (s, &p->services, entry)
            TAILQ_FOREACH (r, &s->runs, entry) {
                char *offer_id = r->offer_id;

                if (offer_id == NULL || r->pin_request != request)
                    continue;
                r->offer_id = NULL;
                if (s->spec != NULL)
                    accept_offer(c, r, offer_id);
                free(offer_id);
                forget_offer(r);
                return;
            }
}

void launch_rescinded(struct container *c, const char *offer_id)
{
    struct container_project *p;
    struct service *s;
    struct run *r;

    TAILQ_FOREACH (p, &c->projects, entry)
        TAILQ_FOREACH (s, &p->services, entry)
            TAILQ_FOREACH (r, &s->runs, entry)
                if (r->offer_id != NULL && strcmp(r->offer_id, offer_id) == 0)
                    forget_offer(r);
}
