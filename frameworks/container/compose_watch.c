/* compose_watch.c - reports are compared, and what differs is said. */

#include "frameworks/container/compose_watch.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    CLOCK_MS = 1000,
};

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * CLOCK_MS + now.tv_nsec / 1000000;
}

static const char *text_of(json_t *json, const char *key)
{
    return json_string_value(json_object_get(json, key));
}

static json_int_t number_of(json_t *json, const char *key)
{
    return json_integer_value(json_object_get(json, key));
}

static bool has_same(json_t *a, json_t *b, const char *key)
{
    const char *x = text_of(a, key), *y = text_of(b, key);

    return x == NULL || y == NULL ? x == y : strcmp(x, y) == 0;
}

/* By the task, which no other instance has. */
static json_t *find_instance(json_t *report, const char *service, json_t *like)
{
    json_t *services = json_object_get(report, "services"), *s, *instance;
    size_t i, j;

    json_array_foreach(services, i, s)
    {
        if (strcmp(text_of(s, "name"), service) != 0)
            continue;
        json_array_foreach(
            json_object_get(s, "instances"), j,
            instance) if (has_same(instance, like, "task") &&
                          number_of(instance, "instance") ==
                              number_of(like, "instance")) return instance;
    }
    return NULL;
}

static void say(json_t *instance)
{
    const char *agent = text_of(instance, "agent");
    const char *message = text_of(instance, "message");

    fprintf(stderr, "%s: %s%s%s%s%s\n", text_of(instance, "name"),
            text_of(instance, "state"), agent != NULL ? " on " : "",
            agent != NULL ? agent : "", message != NULL ? ": " : "",
            message != NULL ? message : "");
}

static bool is_the_same(json_t *a, json_t *b)
{
    return has_same(a, b, "state") && has_same(a, b, "message") &&
           has_same(a, b, "agent");
}

static void compare(json_t *before, json_t *after)
{
    json_t *services = json_object_get(after, "services"), *s, *instance, *old;
    size_t i, j;

    json_array_foreach(services, i, s)
    {
        json_array_foreach(json_object_get(s, "instances"), j, instance)
        {
            old = find_instance(before, text_of(s, "name"), instance);
            if (old == NULL || !is_the_same(old, instance))
                say(instance);
        }
    }
    services = json_object_get(before, "services");
    json_array_foreach(services, i, s) json_array_foreach(
        json_object_get(s, "instances"), j,
        instance) if (json_object_get(instance, "task") != NULL &&
                      find_instance(after, text_of(s, "name"), instance) ==
                          NULL)
        fprintf(stderr, "%s: gone\n", text_of(instance, "name"));
}

/* Still under way: -1; else the exit status. */
static int judge(json_t *report, enum compose_until until)
{
    json_t *services = json_object_get(report, "services"), *s;
    bool is_settled = true, has_failed = false;
    size_t i;

    if (json_is_true(json_object_get(report, "is_gone")))
        return until == COMPOSE_UNTIL_GONE ? 0 : 1;
    if (until == COMPOSE_UNTIL_GONE)
        return -1;
    json_array_foreach(services, i, s)
    {
        is_settled &= json_is_true(json_object_get(s, "is_settled"));
        has_failed |= json_is_true(json_object_get(s, "has_failed")) ||
                      text_of(s, "message") != NULL;
    }
    if (!is_settled)
        return -1;
    json_array_foreach(services, i, s) if (text_of(s, "message") != NULL)
        fprintf(stderr, "%s: %s\n", text_of(s, "name"), text_of(s, "message"));
    return has_failed ? 1 : 0;
}

static json_t *next(struct client *client, json_t *report)
{
    return client_call(client,
                       json_pack("{s:s, s:O, s:O}", "call", "get", "name",
                                 json_object_get(report, "name"), "after",
                                 json_object_get(report, "generation")));
}

int compose_watch(struct client *client,
                  json_t *report,
                  enum compose_until until,
                  int64_t timeout_ms)
{
    int64_t deadline = timeout_ms > 0 ? now_ms() + timeout_ms : INT64_MAX;
    json_t *before =
        until == COMPOSE_UNTIL_GONE ? json_incref(report) : json_object();
    json_t *after = report;
    int status = -1;

    while (status < 0 && after != NULL) {
        compare(before, after);
        status = judge(after, until);
        json_decref(before);
        before = after;
        if (status >= 0)
            break;
        if (now_ms() >= deadline) {
            fputs("mezzo compose: they do not all run yet, and time is up; "
                  "mezzo compose ps says how it is\n",
                  stderr);
            status = 1;
            break;
        }
        if (timeout_ms > 0)
            client_set_timeout(client, deadline - now_ms());
        after = next(client, before);
        if (after == NULL && errno == EAGAIN)
            after = json_incref(before); /* time is up */
        else if (after == NULL)
            status = 1;
    }
    json_decref(before);
    return status;
}
