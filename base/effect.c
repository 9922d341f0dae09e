/* effect.c - the growable list of effects of one step. */

#include "base/effect.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define TEXT_MAX 512

static struct effect *append(struct effects *fx, enum effect_kind kind)
{
    if (fx->count == fx->capacity) {
        size_t capacity = fx->capacity ? fx->capacity * 2 : 16;
        struct effect *grown = arena_alloc(fx->arena, capacity * sizeof *grown);

        if (fx->count > 0)
            memcpy(grown, fx->items, fx->count * sizeof *grown);
        fx->items = grown;
        fx->capacity = capacity;
    }
    fx->items[fx->count].kind = kind;
    return &fx->items[fx->count++];
}

/* What peers may have written is made printable, or it could forge lines. */
__attribute__((format(printf, 2, 0))) static const char *format_text(
    struct arena *arena, const char *format, va_list args)
{
    char text[TEXT_MAX];

    vsnprintf(text, sizeof text, format, args);
    for (char *c = text; *c != '\0'; c++)
        if (*c < ' ' || *c > '~')
            *c = '?';
    return arena_strdup(arena, text);
}

void effects_send(struct effects *fx,
                  const char *peer,
                  const ProtobufCMessage *message)
{
    struct effect *e = append(fx, EFFECT_SEND);

    e->peer = arena_strdup(fx->arena, peer);
    e->message = message;
}

void effects_end_link(struct effects *fx,
                      const char *peer,
                      const char *format,
                      ...)
{
    struct effect *e = append(fx, EFFECT_END_LINK);
    va_list args;

    e->peer = arena_strdup(fx->arena, peer);
    va_start(args, format);
    e->text = format_text(fx->arena, format, args);
    va_end(args);
}

void effects_connect(struct effects *fx,
                     const char *peer,
                     const char *endpoint,
                     const char *server_key,
                     uint64_t epoch_min)
{
    struct effect *e = append(fx, EFFECT_CONNECT);

    e->peer = arena_strdup(fx->arena, peer);
    e->connect.endpoint = arena_strdup(fx->arena, endpoint);
    if (server_key != NULL)
        e->connect.server_key = arena_strdup(fx->arena, server_key);
    e->connect.epoch_min = epoch_min;
}

void effects_listen(struct effects *fx, uint64_t epoch)
{
    append(fx, EFFECT_LISTEN)->epoch = epoch;
}

void effects_store(struct effects *fx,
                   uint64_t request,
                   const struct store_op *ops,
                   size_t ops_count)
{
    struct effect *e = append(fx, EFFECT_STORE);

    e->store.request = request;
    e->store.ops = ops;
    e->store.ops_count = ops_count;
}

void effects_load(struct effects *fx, uint64_t request, const char *path)
{
    struct effect *e = append(fx, EFFECT_LOAD);

    e->store.request = request;
    e->text = arena_strdup(fx->arena, path);
}

void effects_log(struct effects *fx,
                 enum log_level level,
                 const char *format,
                 ...)
{
    struct effect *e = append(fx, EFFECT_LOG);
    va_list args;

    e->level = level;
    va_start(args, format);
    e->text = format_text(fx->arena, format, args);
    va_end(args);
}

void effects_local(struct effects *fx, const void *local)
{
    append(fx, EFFECT_LOCAL)->local = local;
}

void effects_stop(struct effects *fx, int status, const char *format, ...)
{
    struct effect *e = append(fx, EFFECT_STOP);
    va_list args;

    e->status = status;
    va_start(args, format);
    e->text = format_text(fx->arena, format, args);
    va_end(args);
}
