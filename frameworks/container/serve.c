/* serve.c - one loop: the scheduler's descriptor, users, signals. */

#include "frameworks/container/serve.h"

#include <errno.h>
#include <event2/event.h>
#include <inttypes.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/memory.h"
#include "frameworks/container/core.h"
#include "frameworks/container/files.h"
#include "frameworks/container/requests.h"
#include "io/door.h"
#include "io/log.h"

enum {
    PATH_SIZE = 4096,
    PATIENCE_S = 10,
    FAILOVER_MS = 7 * 24 * 3600 * 1000,
};

/* A line that has come, until the core has its next step. */
struct line {
    TAILQ_ENTRY(line) entry;
    struct door_client *client;
    json_t *request;
};

struct serve {
    TAILQ_HEAD(line_list, line) lines;
    struct event_base *base;
    struct door *door;
    struct requests *requests;
    struct container *container;
    struct mezzo_scheduler *scheduler;
    char files[PATH_SIZE]; /* a directory */
    int status;
};

/* ------------------------------------------------------------------ users */

static void send_json(struct door_client *client, json_t *json)
{
    AUTO(auto_free) char *text = json_dumps(json, JSON_COMPACT);

    json_decref(json);
    if (text == NULL)
        abort();
    door_send(client, text);
}

static void answer_cb(void *arg, json_t *answer)
{
    send_json(arg, answer);
}

static void send_error(struct door_client *client, const char *text)
{
    send_json(client, json_pack("{s:s}", "error", text));
}

/* {call: files, digest, size}, and then the bytes, if they are not there. */
static void take_files(struct serve *s,
                       struct door_client *client,
                       json_t *request)
{
    const char *digest = json_string_value(json_object_get(request, "digest"));
    json_int_t size = json_integer_value(json_object_get(request, "size"));
    struct files_upload *upload;
    struct error why;
    int fd;

    if (!files_is_digest(digest) || size <= 0 || size > FILES_SIZE_MAX) {
        send_error(client, "files: no digest, or more than 64 MiB");
    } else if (files_has(s->files, digest)) {
        send_json(client, json_pack("{s:b}", "has_them", 1));
    } else if (files_begin(s->files, digest, &upload, &fd, &why) < 0) {
        send_error(client, why.text);
    } else {
        door_client_set(client, upload);
        door_receive(client, fd, (size_t)size);
        send_json(client, json_pack("{s:b}", "has_them", 0));
    }
}

static void free_line(struct serve *s, struct line *line)
{
    TAILQ_REMOVE(&s->lines, line, entry);
    json_decref(line->request);
    free(line);
}

/* What we keep is read when a master has heard us. */
static void patience_cb(evutil_socket_t fd, short what, void *arg)
{
    struct serve *s = arg;
    struct line *line;

    (void)fd;
    (void)what;
    while (!container_is_ready(s->container) &&
           (line = TAILQ_FIRST(&s->lines)) != NULL) {
        struct door_client *client = line->client;

        free_line(s, line);
        send_error(client, "mezzo-container has found no master yet; its log "
                           "says why");
    }
}

static void line_cb(struct door_client *client,
                    const char *text,
                    size_t size,
                    void *arg)
{
    struct serve *s = arg;
    static const struct timeval patience = {.tv_sec = PATIENCE_S};
    json_error_t why;
    json_t *request = json_loadb(text, size, 0, &why);
    const char *call = json_string_value(json_object_get(request, "call"));
    struct line *line;

    if (request == NULL) {
        send_error(client, why.text);
    } else if (call != NULL && strcmp(call, "files") == 0) {
        take_files(s, client, request); /* bytes follow */
        json_decref(request);
    } else {
        line = memory_new(1, sizeof *line);
        line->client = client;
        line->request = request;
        TAILQ_INSERT_TAIL(&s->lines, line, entry);
        mezzo_scheduler_wake(s->scheduler);
        if (!container_is_ready(s->container))
            event_base_once(s->base, -1, EV_TIMEOUT, patience_cb, s, &patience);
    }
}

static void woken_cb(void *arg)
{
    struct serve *s = arg;
    struct line *line;

    while (container_is_ready(s->container) &&
           (line = TAILQ_FIRST(&s->lines)) != NULL) {
        struct door_client *client = line->client;
        const struct passwd *user = getpwuid(door_client_uid(client));
        struct requests_caller caller = {.uid = door_client_uid(client)};
        json_t *request = json_incref(line->request);

        free_line(s, line);
        if (user == NULL) {
            send_error(client, "this machine has no name for your user id");
        } else {
            caller.user = user->pw_name;
            requests_take(s->requests, &caller, request, answer_cb, client);
        }
        json_decref(request);
    }
}

static void received_cb(struct door_client *client, int rc, void *arg)
{
    struct files_upload *upload = door_client_get(client);
    struct error why;

    (void)arg;
    door_client_set(client, NULL);
    if (rc < 0) {
        files_cancel(upload);
        send_error(client, strerror(-rc));
    } else if (files_end(upload, &why) < 0) {
        send_error(client, why.text);
    } else {
        send_json(client, json_pack("{s:b}", "has_them", 1));
    }
}

static void left_cb(struct door_client *client, void *arg)
{
    struct serve *s = arg;
    struct line *line, *next;

    for (line = TAILQ_FIRST(&s->lines); line != NULL; line = next) {
        next = TAILQ_NEXT(line, entry);
        if (line->client == client)
            free_line(s, line);
    }
    files_cancel(door_client_get(client));
    requests_forget(s->requests, client);
}

static const struct door_callbacks door_callbacks = {
    .line = line_cb, .received = received_cb, .left = left_cb};

/* ------------------------------------------------------------------- core */

static void log_cb(void *arg, enum mezzo_log_level level, const char *text)
{
    (void)arg;
    log_text(level == MEZZO_LOG_ERROR    ? LOG_LEVEL_ERROR
             : level == MEZZO_LOG_NOTICE ? LOG_LEVEL_NOTICE
                                         : LOG_LEVEL_DEBUG,
             "%s", text);
}

static bool names_files(const struct project *spec, const char *digest)
{
    for (size_t i = 0; i < spec->services_count; i++)
        if (spec->services[i].files != NULL &&
            strcmp(spec->services[i].files, digest) == 0)
            return true;
    return false;
}

static bool is_named(void *arg, const char *digest)
{
    const struct serve *s = arg;
    const struct container_project *p;
    const struct service *service;

    TAILQ_FOREACH (p, &s->container->projects, entry) {
        if (names_files(p->spec, digest))
            return true;
        TAILQ_FOREACH (service, &p->services, entry) {
            const char *before =
                json_string_value(json_object_get(service->previous, "files"));

            if (before != NULL && strcmp(before, digest) == 0)
                return true;
        }
    }
    return false;
}

static void changed_cb(void *arg, const struct container_project *project)
{
    struct serve *s = arg;

    requests_changed(s->requests, project);
    if (project->generation == 0) /* gone */
        files_clean(s->files, is_named, s);
}

static void stored_cb(void *arg, uint64_t request)
{
    requests_stored(((struct serve *)arg)->requests, request);
}

static void ticket_cb(void *arg, const struct mezzo_ticket *ticket)
{
    requests_ticket(((struct serve *)arg)->requests, ticket);
}

static const struct container_hooks hooks = {
    .changed = changed_cb,
    .stored = stored_cb,
    .ticket = ticket_cb,
    .woken = woken_cb,
    .log = log_cb,
};

/* ------------------------------------------------------------------- loop */

static void process_cb(evutil_socket_t fd, short what, void *arg)
{
    struct serve *s = arg;
    int rc = mezzo_scheduler_process(s->scheduler);

    (void)fd;
    (void)what;
    if (rc <= 0) {
        s->status = rc;
        event_base_loopbreak(s->base);
    }
}

static void signal_cb(evutil_socket_t number, short what, void *arg)
{
    struct serve *s = arg;

    (void)number;
    (void)what;
    mezzo_scheduler_stop(s->scheduler);
    mezzo_scheduler_wake(s->scheduler);
}

static int loop(struct serve *s, int fd)
{
    struct event *events[3] = {
        event_new(s->base, fd, EV_READ | EV_PERSIST, process_cb, s),
        evsignal_new(s->base, SIGTERM, signal_cb, s),
        evsignal_new(s->base, SIGINT, signal_cb, s),
    };

    for (int i = 0; i < 3; i++)
        if (events[i] == NULL || event_add(events[i], NULL) < 0)
            abort();
    process_cb(fd, 0, s);
    event_base_dispatch(s->base);
    for (int i = 0; i < 3; i++)
        event_free(events[i]);
    return s->status;
}

static int run(struct serve *s,
               const struct serve_options *options,
               struct error *err)
{
    int fd = mezzo_scheduler_fd(s->scheduler), rc;

    if (fd < 0)
        return error_set(err, fd, "%s", mezzo_scheduler_explain(s->scheduler));
    rc = door_open(s->base, options->socket, &door_callbacks, s, &s->door, err);
    if (rc < 0)
        return rc;
    log_text(LOG_LEVEL_NOTICE, "users come to %s", options->socket);
    rc = loop(s, fd);
    if (rc < 0)
        error_set(err, rc, "%s", mezzo_scheduler_explain(s->scheduler));
    return rc;
}

int serve(const struct serve_options *options, struct error *err)
{
    struct serve s = {.base = event_base_new()};
    char files[PATH_SIZE + 16], store[PATH_SIZE];
    const struct container_options core = {
        .names_program = options->names_program, .files = files};
    const char *const roles[] = {options->role};
    const struct mezzo_scheduler_options scheduler = {
        .name = "mezzo-container",
        .roles = options->role != NULL ? roles : NULL,
        .roles_count = options->role != NULL,
        .failover_timeout_ms = FAILOVER_MS,
        .acknowledges_by_hand = true,
        .begins_suppressed = true, /* asks are all that is offered for */
        .begins_anew = true,       /* after mezzo down */
        .store = store,
        .cluster = options->cluster,
    };
    int rc;

    snprintf(s.files, sizeof s.files, "%.4000s/files", options->directory);
    snprintf(files, sizeof files, "file://%.4000s/", s.files);
    snprintf(store, sizeof store, "%.4000s/store", options->directory);
    TAILQ_INIT(&s.lines);
    s.requests = requests_new();
    s.container = container_new(&core, &hooks, &s);
    s.scheduler =
        mezzo_scheduler_new(&scheduler, &container_callbacks, s.container);
    requests_set_container(s.requests, s.container);
    container_set_scheduler(s.container, s.scheduler);
    rc = run(&s, options, err);
    door_close(s.door);
    mezzo_scheduler_free(s.scheduler);
    container_free(s.container);
    requests_free(s.requests);
    event_base_free(s.base);
    return rc;
}
