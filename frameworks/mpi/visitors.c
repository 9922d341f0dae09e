/* visitors.c - a visitor is made of a door's client when he first speaks. */

#include "frameworks/mpi/visitors.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/queue.h>

#include "base/auto.h"
#include "base/memory.h"
#include "io/door.h"

struct visitor {
    TAILQ_ENTRY(visitor) entry;
    struct visitors *all;
    struct door_client *client;
    void *data;
};

struct visitors {
    struct door *door;
    const struct visitors_callbacks *callbacks;
    void *arg;
    TAILQ_HEAD(visitor_list, visitor) list;
};

static struct visitor *visitor_of(struct visitors *all,
                                  struct door_client *client)
{
    struct visitor *v = door_client_get(client);

    if (v != NULL)
        return v;
    v = memory_new(1, sizeof *v);
    v->all = all;
    v->client = client;
    TAILQ_INSERT_TAIL(&all->list, v, entry);
    door_client_set(client, v);
    return v;
}

static void line_cb(struct door_client *client,
                    const char *text,
                    size_t size,
                    void *arg)
{
    struct visitors *all = arg;
    struct visitor *v = visitor_of(all, client);
    json_t *json = json_loadb(text, size, 0, NULL);

    if (json != NULL) {
        all->callbacks->said(v, json, all->arg);
    } else {
        visitor_say(
            v, json_pack("{s:s}", "error", "what was said is no line of JSON"));
        visitor_dismiss(v);
    }
    json_decref(json);
}

static void left_cb(struct door_client *client, void *arg)
{
    struct visitors *all = arg;
    struct visitor *v = door_client_get(client);

    if (v == NULL)
        return;
    all->callbacks->left(v, all->arg);
    TAILQ_REMOVE(&all->list, v, entry);
    free(v);
}

static const struct door_callbacks door_callbacks = {.line = line_cb,
                                                     .left = left_cb};

int visitors_open(struct event_base *base,
                  const char *path,
                  const struct visitors_callbacks *callbacks,
                  void *arg,
                  struct visitors **all,
                  struct error *err)
{
    struct visitors *made = memory_new(1, sizeof *made);
    int rc;

    made->callbacks = callbacks;
    made->arg = arg;
    TAILQ_INIT(&made->list);
    rc = door_open(base, path, &door_callbacks, made, &made->door, err);
    if (rc < 0)
        free(made);
    else
        *all = made;
    return rc;
}

void visitors_close(struct visitors *all)
{
    if (all == NULL)
        return;
    door_close(all->door);
    free(all);
}

uid_t visitor_uid(const struct visitor *v)
{
    return door_client_uid(v->client);
}

void *visitor_data(const struct visitor *v)
{
    return v->data;
}

void visitor_set_data(struct visitor *v, void *data)
{
    v->data = data;
}

void visitor_say(struct visitor *v, json_t *json)
{
    AUTO(auto_free) char *text = json_dumps(json, JSON_COMPACT);

    json_decref(json);
    if (text != NULL)
        door_send(v->client, text);
}

void visitor_dismiss(struct visitor *v)
{
    door_dismiss(v->client);
}

struct visitor *visitors_first(const struct visitors *all)
{
    return all == NULL ? NULL : TAILQ_FIRST(&all->list);
}

struct visitor *visitors_next(const struct visitor *v)
{
    return TAILQ_NEXT(v, entry);
}

void visitors_path(const char *given,
                   const char *state,
                   char *path,
                   size_t size)
{
    const char *variable = getenv("MEZZO_MPI_SOCKET");

    if (given != NULL && *given != '\0')
        snprintf(path, size, "%s", given);
    else if (variable != NULL && *variable != '\0')
        snprintf(path, size, "%s", variable);
    else if (state != NULL && *state != '\0')
        snprintf(path, size, "%s/mpi.sock", state);
    else
        snprintf(path, size, "/run/mezzo/mpi.sock");
}
