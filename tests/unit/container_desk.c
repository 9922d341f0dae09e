/* container_desk.c - the public API of the library, as a notebook. */

#include "tests/unit/container_desk.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum {
    ENTRIES_MAX = 500,
};

struct entry {
    char key[300];
    char *value;
};

struct desk desk;
static struct entry entries[ENTRIES_MAX];
static size_t entries_count;
static uint64_t requests_count;
static uint64_t to_store[1000];
static size_t to_store_count;
static msec_t alarm_at;
static uint64_t load_request;

static struct mezzo_scheduler *const nobody = (void *)&desk;

/* ------------------------------------------------------- what it may call */

int64_t mezzo_scheduler_now_ms(const struct mezzo_scheduler *scheduler)
{
    (void)scheduler;
    return desk.now;
}

void mezzo_scheduler_set_alarm(struct mezzo_scheduler *scheduler, int64_t at_ms)
{
    (void)scheduler;
    alarm_at = at_ms;
}

const char *mezzo_scheduler_explain(const struct mezzo_scheduler *scheduler)
{
    (void)scheduler;
    return "it cannot be";
}

const char *mezzo_task_state_name(enum mezzo_task_state state)
{
    return state == MEZZO_TASK_FAILED ? "TASK_FAILED" : "TASK_OTHER";
}

bool mezzo_task_has_ended(enum mezzo_task_state state)
{
    return state == MEZZO_TASK_FINISHED || state == MEZZO_TASK_FAILED ||
           state == MEZZO_TASK_KILLED || state == MEZZO_TASK_LOST ||
           state == MEZZO_TASK_ERROR || state == MEZZO_TASK_DROPPED ||
           state == MEZZO_TASK_GONE || state == MEZZO_TASK_GONE_BY_OPERATOR;
}

static size_t find_ask(const char *id)
{
    size_t i = 0;

    while (i < desk.asks_count && strcmp(desk.asks[i], id) != 0)
        i++;
    return i;
}

int mezzo_scheduler_ask(struct mezzo_scheduler *scheduler,
                        const struct mezzo_ask *ask)
{
    size_t i = find_ask(ask->id);
    const struct mezzo_slot *slot = &ask->slots[0];

    (void)scheduler;
    assert(i < DESK_TASKS_MAX);
    snprintf(desk.asks[i], sizeof desk.asks[i], "%s", ask->id);
    desk.ask_hosts[i][0] = '\0';
    for (size_t j = 0; j < slot->constraints_count; j++) {
        bool is_not = slot->constraints[j].op == MEZZO_NOT_EQUALS;
        size_t size = strlen(desk.ask_hosts[i]);

        snprintf(desk.ask_hosts[i] + size, sizeof desk.ask_hosts[i] - size,
                 is_not ? "!%s!" : "%s", slot->constraints[j].value);
    }
    if (i == desk.asks_count)
        desk.asks_count++;
    return 0;
}

int mezzo_scheduler_withdraw(struct mezzo_scheduler *scheduler,
                             const char *ask_id)
{
    size_t i = find_ask(ask_id);

    (void)scheduler;
    if (i == desk.asks_count)
        return -ENOENT;
    desk.asks_count--;
    memmove(desk.asks[i], desk.asks[i + 1],
            (desk.asks_count - i) * sizeof desk.asks[0]);
    memmove(desk.ask_hosts[i], desk.ask_hosts[i + 1],
            (desk.asks_count - i) * sizeof desk.ask_hosts[0]);
    return 0;
}

/* An offer's id is "HOST/ASK". */
int mezzo_scheduler_accept(struct mezzo_scheduler *scheduler,
                           const char *offer_id,
                           const struct mezzo_task *tasks,
                           size_t tasks_count)
{
    struct desk_task *t = &desk.tasks[desk.tasks_count++];
    const char *slash = strchr(offer_id, '/');

    assert(tasks_count == 1 && desk.tasks_count < DESK_TASKS_MAX);
    *t = (struct desk_task){.is_killed = false};
    snprintf(t->id, sizeof t->id, "%s", tasks->id);
    snprintf(t->name, sizeof t->name, "%s", tasks->name);
    snprintf(t->host, sizeof t->host, "%.*s", (int)(slash - offer_id),
             offer_id);
    if (tasks->removed_volumes != NULL)
        snprintf(t->removed, sizeof t->removed, "%s",
                 tasks->removed_volumes[0]);
    if (tasks->container != NULL && tasks->container->volumes_count > 0 &&
        tasks->container->volumes[0].name != NULL)
        snprintf(t->volume, sizeof t->volume, "%s",
                 tasks->container->volumes[0].name);
    desk.launches_count++;
    return mezzo_scheduler_withdraw(scheduler, slash + 1);
}

int mezzo_scheduler_decline(struct mezzo_scheduler *scheduler,
                            const char *offer_id,
                            int64_t refuse_ms)
{
    (void)scheduler;
    (void)offer_id;
    (void)refuse_ms;
    return 0;
}

int mezzo_scheduler_kill(struct mezzo_scheduler *scheduler,
                         const char *task_id,
                         int64_t grace_ms)
{
    (void)scheduler;
    (void)grace_ms;
    for (size_t i = 0; i < desk.tasks_count; i++)
        if (strcmp(desk.tasks[i].id, task_id) == 0)
            desk.tasks[i].is_killed = true;
    return 0;
}

int mezzo_scheduler_reconcile(struct mezzo_scheduler *scheduler,
                              const char *task_id)
{
    (void)scheduler;
    (void)task_id;
    return 0;
}

int mezzo_scheduler_acknowledge(struct mezzo_scheduler *scheduler,
                                const struct mezzo_status *status)
{
    (void)scheduler;
    (void)status;
    return 0;
}

int mezzo_scheduler_message(struct mezzo_scheduler *scheduler,
                            const struct mezzo_message *message)
{
    (void)scheduler;
    (void)message;
    return 0;
}

int mezzo_scheduler_ticket(struct mezzo_scheduler *scheduler,
                           const char *task_id,
                           enum mezzo_verb verb,
                           const char *holder_key,
                           uint64_t *request)
{
    (void)scheduler;
    (void)task_id;
    (void)verb;
    (void)holder_key;
    *request = ++requests_count;
    return 0;
}

static struct entry *find_entry(const char *key)
{
    size_t i = 0;

    while (i < entries_count && strcmp(entries[i].key, key) != 0)
        i++;
    assert(i < ENTRIES_MAX);
    return &entries[i];
}

int mezzo_scheduler_store(struct mezzo_scheduler *scheduler,
                          const struct mezzo_store_op *ops,
                          size_t ops_count,
                          uint64_t *request)
{
    struct entry *e = find_entry(ops->key);
    bool is_there = e < &entries[entries_count];

    (void)scheduler;
    assert(ops_count == 1);
    if (ops->kind == MEZZO_STORE_SET) {
        free(is_there ? e->value : NULL);
        snprintf(e->key, sizeof e->key, "%s", ops->key);
        e->value = strndup(ops->value, ops->size);
        entries_count += !is_there;
    } else if (is_there) {
        free(e->value);
        *e = entries[--entries_count];
    }
    *request = ++requests_count;
    to_store[to_store_count++] = *request;
    return 0;
}

int mezzo_scheduler_load(struct mezzo_scheduler *scheduler,
                         const char *path,
                         uint64_t *request)
{
    (void)scheduler;
    (void)path;
    *request = load_request = ++requests_count;
    return 0;
}

/* -------------------------------------------------------------- its world */

static int compare(const void *a, const void *b)
{
    return strcmp(((const struct mezzo_store_entry *)a)->key,
                  ((const struct mezzo_store_entry *)b)->key);
}

static void answer_load(void)
{
    struct mezzo_store_entry list[ENTRIES_MAX];
    const struct mezzo_store_answer answer = {.request = load_request,
                                              .entries = list,
                                              .entries_count = entries_count};

    for (size_t i = 0; i < entries_count; i++)
        list[i] = (struct mezzo_store_entry){.key = entries[i].key,
                                             .value = entries[i].value,
                                             .size = strlen(entries[i].value)};
    qsort(list, entries_count, sizeof list[0], compare);
    container_callbacks.stored(nobody, &answer, desk.container);
}

static void store_all(void)
{
    while (to_store_count > 0) {
        const struct mezzo_store_answer answer = {.request = to_store[0]};

        to_store_count--;
        memmove(to_store, to_store + 1, to_store_count * sizeof to_store[0]);
        container_callbacks.stored(nobody, &answer, desk.container);
    }
}

static const struct container_hooks hooks = {.changed = requests_changed,
                                             .stored = requests_stored,
                                             .ticket = requests_ticket};

static void start(void)
{
    static const struct container_options options = {.files = "file:///f/"};
    const struct mezzo_subscription subscription = {.framework_id = "f"};

    desk.requests = requests_new();
    desk.container = container_new(&options, &hooks, desk.requests);
    requests_set_container(desk.requests, desk.container);
    container_set_scheduler(desk.container, nobody);
    container_callbacks.subscribed(nobody, &subscription, desk.container);
    answer_load();
    store_all();
}

void desk_open(void)
{
    desk = (struct desk){.now = 1000};
    alarm_at = MSEC_NEVER;
    start();
}

static void stop(void)
{
    container_free(desk.container);
    requests_free(desk.requests);
    to_store_count = 0;
    desk.asks_count = 0;
    alarm_at = MSEC_NEVER;
}

void desk_close(void)
{
    stop();
    while (entries_count > 0)
        free(entries[--entries_count].value);
}

void desk_restart(void)
{
    stop();
    start();
}

static void answer_cb(void *arg, json_t *answer)
{
    char *text = json_dumps(answer, JSON_COMPACT);

    (void)arg;
    snprintf(desk.answer, sizeof desk.answer, "%s", text);
    free(text);
    json_decref(answer);
}

void desk_call(unsigned uid, const char *request)
{
    const struct requests_caller caller = {uid, uid == 0 ? "root" : "someone"};
    char *text = memory_strdup(request);
    json_t *json;

    for (char *at = text; *at != '\0'; at++)
        if (*at == '\'')
            *at = '"';
    json = json_loads(text, 0, NULL);
    assert(json != NULL);
    desk.answer[0] = '\0';
    requests_take(desk.requests, &caller, json, answer_cb, NULL);
    store_all();
    json_decref(json);
    free(text);
}

void desk_up(const char *services)
{
    char text[5000];

    snprintf(text, sizeof text,
             "{'call':'up','project':{'name':'p','services':{%s}}}", services);
    desk_call(7, text);
}

static bool avoids(const char *hosts, const char *host)
{
    char text[70];

    snprintf(text, sizeof text, "!%s!", host);
    return strstr(hosts, text) != NULL;
}

void desk_offer(const char *host)
{
    for (size_t i = 0; i < desk.asks_count;) {
        char id[300], ask[STATE_ID_SIZE];
        const struct mezzo_offer offer = {
            .id = id, .agent_id = host, .hostname = host, .ask_id = ask};
        size_t before = desk.asks_count;

        snprintf(ask, sizeof ask, "%s", desk.asks[i]);
        snprintf(id, sizeof id, "%s/%s", host, ask);
        if (avoids(desk.ask_hosts[i], host)) {
            if (!desk.has_more_hosts) {
                container_callbacks.ask_updated(
                    nobody,
                    &(struct mezzo_ask_answer){.ask_id = ask,
                                               .explanation = "there is one",
                                               .is_impossible = true},
                    desk.container);
                i = 0;
                continue;
            }
        } else if (desk.ask_hosts[i][0] == '\0' ||
                   desk.ask_hosts[i][0] == '!' ||
                   strcmp(desk.ask_hosts[i], host) == 0)
            container_callbacks.offers(nobody, &offer, 1, desk.container);
        store_all();
        i += desk.asks_count == before &&
             (desk.has_more_hosts || desk.ask_hosts[i][0] != '!');
    }
}

void desk_status(const char *id, enum mezzo_task_state state, int health)
{
    const struct mezzo_status status = {.task_id = id,
                                        .agent_id = "a",
                                        .state = state,
                                        .has_health = health >= 0,
                                        .is_healthy = health > 0,
                                        .address = "10.0.0.1"};
    char copy[STATE_ID_SIZE];

    snprintf(copy, sizeof copy, "%s", id);
    if (mezzo_task_has_ended(state))
        for (size_t i = 0; i < desk.tasks_count; i++)
            if (strcmp(desk.tasks[i].id, copy) == 0)
                desk.tasks[i--] = desk.tasks[--desk.tasks_count];
    container_callbacks.status(
        nobody,
        &(struct mezzo_status){.task_id = copy,
                               .agent_id = status.agent_id,
                               .state = state,
                               .has_health = status.has_health,
                               .is_healthy = status.is_healthy,
                               .address = status.address},
        desk.container);
    store_all();
}

void desk_run(int health)
{
    for (size_t i = 0; i < desk.tasks_count; i++) {
        struct desk_task *t = &desk.tasks[i];

        if (t->is_killed || t->is_running)
            continue;
        t->is_running = true;
        desk_status(t->id, MEZZO_TASK_RUNNING, health);
    }
}

void desk_end_killed(void)
{
    for (size_t i = 0; i < desk.tasks_count;) {
        if (desk.tasks[i].is_killed)
            desk_status(desk.tasks[i].id, MEZZO_TASK_KILLED, -1);
        else
            i++;
    }
}

void desk_pass(msec_t ms)
{
    msec_t end = desk.now + ms;

    while (alarm_at <= end) {
        desk.now = alarm_at > desk.now ? alarm_at : desk.now;
        alarm_at = MSEC_NEVER;
        container_callbacks.alarm(nobody, desk.container);
        store_all();
    }
    desk.now = end;
}

void desk_settle(void)
{
    for (int i = 0; i < 30; i++) {
        desk_offer("h1");
        desk_run(-1);
        desk_pass(1100);
        desk_end_killed();
    }
}

/* ---------------------------------------------------------------- questions */

size_t desk_count(const char *name)
{
    size_t count = 0;

    for (size_t i = 0; i < desk.tasks_count; i++)
        count +=
            !desk.tasks[i].is_killed && strcmp(desk.tasks[i].name, name) == 0;
    return count;
}

struct desk_task *desk_find(const char *name)
{
    for (size_t i = 0; i < desk.tasks_count; i++)
        if (!desk.tasks[i].is_killed && strcmp(desk.tasks[i].name, name) == 0)
            return &desk.tasks[i];
    return NULL;
}

const char *desk_summary(void)
{
    static char text[2000];
    json_t *json, *services, *service;
    size_t i, size = 0;

    desk_call(7, "{'call':'get','name':'p'}");
    json = json_loads(desk.answer, 0, NULL);
    services = json_object_get(json, "services");
    text[0] = '\0';
    json_array_foreach(services, i, service) size += (size_t)snprintf(
        text + size, sizeof text - size, "%s%s %d/%d", i > 0 ? " " : "",
        json_string_value(json_object_get(service, "name")),
        (int)json_integer_value(json_object_get(service, "ready")),
        (int)json_integer_value(json_object_get(service, "wanted")));
    json_decref(json);
    return text;
}
