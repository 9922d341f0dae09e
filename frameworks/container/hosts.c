/* hosts.c - name servers, and what they have been told. */

#include "frameworks/container/hosts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/memory.h"
#include "frameworks/container/names.h"
#include "frameworks/container/projects.h"
#include "frameworks/container/runs.h"

enum {
    AGAIN_MS = 1000,       /* what was not acknowledged */
    UNUSED_MS = 10 * 1000, /* then a name server is not needed any more */
    FAILED_MS = 5 * 1000,  /* before one that has failed is tried again */
    LOOK_MS = 200,         /* offers of a host that is getting one */
    CPU_MILLI = 50,
    MEMORY_MB = 32,
    GRACE_MS = 1000,
};

#define PREFIX "names."

enum host_state {
    HOST_NONE,
    HOST_LAUNCHED,
    HOST_READY,
    HOST_STOPPING,
};

/* What a host has acknowledged. */
struct known {
    char key[STATE_KEY_SIZE];
    uint64_t version;
};

struct host {
    TAILQ_ENTRY(host) entry;
    char *hostname, *agent_id, *failure;
    char *address; /* of the name server */
    char *bridge;  /* and on its containers' network; NULL: there is none */
    char *machine; /* of what is on the host's network */
    char task_id[STATE_ID_SIZE];
    enum host_state state;
    msec_t not_before, unused_since;
    struct known *known;
    size_t known_count;
};

/* The names of a project, or that it has none any more. */
struct map {
    TAILQ_ENTRY(map) entry;
    char key[STATE_KEY_SIZE];
    uint64_t version;
    char *last; /* without the version; to see a change */
    char *text;
};

struct hosts {
    TAILQ_HEAD(host_list, host) hosts;
    TAILQ_HEAD(map_list, map) maps;
    uint64_t changes_count;
    msec_t again_at;
};

struct hosts *hosts_new(void)
{
    struct hosts *h = memory_new(1, sizeof *h);

    TAILQ_INIT(&h->hosts);
    TAILQ_INIT(&h->maps);
    h->again_at = MSEC_NEVER;
    return h;
}

static void free_map(struct hosts *h, struct map *m)
{
    TAILQ_REMOVE(&h->maps, m, entry);
    free(m->last);
    free(m->text);
    free(m);
}

void hosts_free(struct hosts *h)
{
    struct host *host;
    struct map *m;

    if (h == NULL)
        return;
    while ((host = TAILQ_FIRST(&h->hosts)) != NULL) {
        TAILQ_REMOVE(&h->hosts, host, entry);
        free(host->hostname);
        free(host->agent_id);
        free(host->address);
        free(host->bridge);
        free(host->machine);
        free(host->failure);
        free(host->known);
        free(host);
    }
    while ((m = TAILQ_FIRST(&h->maps)) != NULL)
        free_map(h, m);
    free(h);
}

static struct host *find(const struct hosts *h, const char *hostname)
{
    struct host *host;

    TAILQ_FOREACH (host, &h->hosts, entry)
        if (strcmp(host->hostname, hostname) == 0)
            return host;
    return NULL;
}

static struct host *get(struct hosts *h, const char *hostname)
{
    struct host *host = find(h, hostname);

    if (host != NULL)
        return host;
    host = memory_new(1, sizeof *host);
    host->hostname = memory_strdup(hostname);
    host->unused_since = MSEC_NEVER;
    TAILQ_INSERT_TAIL(&h->hosts, host, entry);
    return host;
}

const char *hosts_address(const struct container *c,
                          const char *hostname,
                          bool is_on_host_network)
{
    const struct host *host = find(c->hosts, hostname);

    if (host == NULL || host->state != HOST_READY)
        return NULL;
    return is_on_host_network ? host->address : host->bridge;
}

const char *hosts_machine(const struct container *c, const char *hostname)
{
    const struct host *host = find(c->hosts, hostname);

    return host != NULL ? host->machine : NULL;
}

/* ---------------------------------------------------------------- the map */

static uint64_t *known_version(struct host *host, const char *key)
{
    for (size_t i = 0; i < host->known_count; i++)
        if (strcmp(host->known[i].key, key) == 0)
            return &host->known[i].version;
    host->known =
        memory_resize(host->known, host->known_count + 1, sizeof *host->known);
    host->known[host->known_count] = (struct known){.version = 0};
    snprintf(host->known[host->known_count].key, STATE_KEY_SIZE, "%s", key);
    return &host->known[host->known_count++].version;
}

static void tell(struct container *c, const struct host *host, const char *text)
{
    const struct mezzo_message message = {.agent_id = host->agent_id,
                                          .executor_id = host->task_id,
                                          .data = text,
                                          .size = strlen(text)};

    mezzo_scheduler_message(c->scheduler, &message);
}

/* True if all of them know all of it. */
static bool tell_what_is_not_known(struct container *c)
{
    bool is_all = true;
    struct host *host;
    struct map *m;

    TAILQ_FOREACH (host, &c->hosts->hosts, entry) {
        if (host->state == HOST_LAUNCHED) {
            tell(c, host, "{\"hello\":true}");
            is_all = false;
        }
        if (host->state != HOST_READY)
            continue;
        TAILQ_FOREACH (m, &c->hosts->maps, entry) {
            if (*known_version(host, m->key) >= m->version)
                continue;
            tell(c, host, m->text);
            is_all = false;
        }
    }
    return is_all;
}

static void tell_all(struct container *c)
{
    if (!tell_what_is_not_known(c))
        c->hosts->again_at = mezzo_scheduler_now_ms(c->scheduler) + AGAIN_MS;
}

static struct map *get_map(struct hosts *h, const char *key)
{
    struct map *m;

    TAILQ_FOREACH (m, &h->maps, entry)
        if (strcmp(m->key, key) == 0)
            return m;
    m = memory_new(1, sizeof *m);
    snprintf(m->key, sizeof m->key, "%s", key);
    TAILQ_INSERT_TAIL(&h->maps, m, entry);
    return m;
}

void hosts_project_changed(struct container *c,
                           const struct container_project *p,
                           bool is_gone)
{
    struct hosts *h = c->hosts;
    struct map *m;
    json_t *json;
    char *text;

    if (c->options.names_program == NULL)
        return;
    m = get_map(h, p->key);
    json = is_gone ? json_pack("{s:s}", "project", p->key) : names_of(p);
    text = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);
    json_object_set_new(json, "version",
                        json_integer((json_int_t)(c->epoch << 32) +
                                     (json_int_t)++h->changes_count));
    if (m->last == NULL || strcmp(m->last, text) != 0) {
        free(m->last);
        m->last = text;
        free(m->text);
        m->version = (c->epoch << 32) + h->changes_count;
        m->text = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);
        tell_all(c);
    } else {
        free(text);
    }
    json_decref(json);
}

void hosts_message(struct container *c, const struct mezzo_message *message)
{
    json_t *json = json_loadb(message->data, message->size, 0, NULL);
    const char *address = json_string_value(json_object_get(json, "listen"));
    const char *key = json_string_value(json_object_get(json, "project"));
    json_t *version = json_object_get(json, "version");
    struct host *host;

    TAILQ_FOREACH (host, &c->hosts->hosts, entry)
        if (strcmp(host->task_id, message->executor_id) == 0)
            break;
    if (host != NULL && address != NULL && host->state == HOST_LAUNCHED) {
        struct container_project *p;

        free(host->address);
        host->address = memory_strdup(address);
        free(host->bridge);
        host->bridge =
            memory_strdup(json_string_value(json_object_get(json, "bridge")));
        free(host->machine);
        host->machine =
            memory_strdup(json_string_value(json_object_get(json, "machine")));
        host->state = HOST_READY;
        host->known_count = 0;
        TAILQ_FOREACH (p, &c->projects, entry)
            p->is_dirty = true;
        tell_all(c);
    }
    if (host != NULL && key != NULL && strlen(key) < STATE_KEY_SIZE &&
        json_is_integer(version))
        *known_version(host, key) = (uint64_t)json_integer_value(version);
    json_decref(json);
}

/* ---------------------------------------------------------- name servers */

static void launch(struct container *c,
                   struct host *host,
                   const struct mezzo_offer *offer)
{
    const char *const argv[] = {c->options.names_program, NULL};
    struct mezzo_executor_info executor = {
        .id = host->task_id, .name = "names", .command = {.argv = argv}};
    struct mezzo_task task = {.id = host->task_id,
                              .name = "names",
                              .executor = &executor,
                              .kill_grace_ms = GRACE_MS};
    const struct mezzo_resources *all = &offer->resources;

    snprintf(host->task_id, sizeof host->task_id,
             PREFIX "%.100s.%" PRIu64 "-%" PRIu64, host->hostname, c->epoch,
             ++c->runs_made);
    task.resources.cpu_milli =
        all->cpu_milli < CPU_MILLI ? all->cpu_milli : CPU_MILLI;
    task.resources.memory_mb =
        all->memory_mb < MEMORY_MB ? all->memory_mb : MEMORY_MB;
    if (mezzo_scheduler_accept(c->scheduler, offer->id, &task, 1) == 0) {
        host->state = HOST_LAUNCHED;
        host->unused_since = MSEC_NEVER;
        c->hosts->again_at = mezzo_scheduler_now_ms(c->scheduler) + LOOK_MS;
    } else {
        free(host->failure);
        host->failure = memory_strdup(mezzo_scheduler_explain(c->scheduler));
        host->not_before = mezzo_scheduler_now_ms(c->scheduler) + FAILED_MS;
        mezzo_scheduler_decline(c->scheduler, offer->id, -1);
    }
}

bool hosts_are_ready(struct container *c,
                     struct run *r,
                     const struct mezzo_offer *offer)
{
    msec_t now = mezzo_scheduler_now_ms(c->scheduler);
    struct host *host;
    char text[400];

    if (c->options.names_program == NULL)
        return true;
    host = get(c->hosts, offer->hostname);
    if (host->state == HOST_READY &&
        strcmp(host->agent_id, offer->agent_id) == 0)
        return true;
    if (host->state == HOST_NONE && now >= host->not_before) {
        free(host->agent_id);
        host->agent_id = memory_strdup(offer->agent_id);
        launch(c, host, offer);
        r->is_asked = false; /* it has taken our place */
        r->service->project->is_dirty = true;
        runs_set_message(r, "waits for a name server on its host");
        return false;
    }
    if (host->failure != NULL && host->state == HOST_NONE) {
        snprintf(text, sizeof text, "the name server on %.60s does not run: %s",
                 host->hostname, host->failure);
        runs_set_message(r, text);
    }
    mezzo_scheduler_decline(c->scheduler, offer->id, LOOK_MS);
    return false;
}

/* "names.HOST.3-17" */
static char *host_of(const char *task_id)
{
    const char *begin = task_id + strlen(PREFIX);
    const char *end = strrchr(begin, '.');

    return end != NULL ? strndup(begin, (size_t)(end - begin)) : NULL;
}

static void ended(struct container *c,
                  struct host *host,
                  const struct mezzo_status *status)
{
    if (host->state != HOST_STOPPING) {
        free(host->failure);
        host->failure = memory_strdup(
            status->message != NULL ? status->message
                                    : mezzo_task_state_name(status->state));
        host->not_before = mezzo_scheduler_now_ms(c->scheduler) + FAILED_MS;
    }
    host->state = HOST_NONE;
}

bool hosts_status(struct container *c, const struct mezzo_status *status)
{
    AUTO(auto_free) char *hostname = NULL;
    bool has_ended = mezzo_task_has_ended(status->state) ||
                     status->state == MEZZO_TASK_UNKNOWN;
    struct host *host;

    if (strncmp(status->task_id, PREFIX, strlen(PREFIX)) != 0)
        return false;
    hostname = host_of(status->task_id);
    if (hostname == NULL)
        return true;
    host = get(c->hosts, hostname);
    if (host->state == HOST_NONE && !has_ended && status->agent_id != NULL) {
        /* One of an earlier process of ours. */
        snprintf(host->task_id, sizeof host->task_id, "%s", status->task_id);
        free(host->agent_id);
        host->agent_id = memory_strdup(status->agent_id);
        host->state = HOST_LAUNCHED;
        host->unused_since = MSEC_NEVER;
    }
    if (strcmp(host->task_id, status->task_id) != 0) {
        if (!has_ended)
            mezzo_scheduler_kill(c->scheduler, status->task_id, GRACE_MS);
        return true;
    }
    if (has_ended)
        ended(c, host, status);
    else if (status->state == MEZZO_TASK_RUNNING &&
             host->state == HOST_LAUNCHED)
        tell_all(c); /* it says where it listens */
    return true;
}

/* A project that is there may come to any host again at any time. */
static bool are_used(const struct container *c)
{
    return !TAILQ_EMPTY(&c->projects);
}

msec_t hosts_pass_time(struct container *c, msec_t now)
{
    struct hosts *h = c->hosts;
    msec_t deadline = MSEC_NEVER;
    struct host *host;

    if (c->options.names_program == NULL)
        return MSEC_NEVER;
    TAILQ_FOREACH (host, &h->hosts, entry) {
        if (host->state != HOST_READY && host->state != HOST_LAUNCHED)
            continue;
        if (are_used(c)) {
            host->unused_since = MSEC_NEVER;
            continue;
        }
        if (host->unused_since == MSEC_NEVER)
            host->unused_since = now;
        if (now >= host->unused_since + UNUSED_MS) {
            host->state = HOST_STOPPING;
            mezzo_scheduler_kill(c->scheduler, host->task_id, GRACE_MS);
        } else if (host->unused_since + UNUSED_MS < deadline) {
            deadline = host->unused_since + UNUSED_MS;
        }
    }
    if (now >= h->again_at) {
        h->again_at = MSEC_NEVER;
        tell_all(c);
    }
    return h->again_at < deadline ? h->again_at : deadline;
}
