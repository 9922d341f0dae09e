/* environment.c - searched from the front; there are tens of them. */

#include "agent/environment.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char **find(struct environment *e, const char *name)
{
    size_t size = strlen(name);

    for (size_t i = 0; i < e->count; i++)
        if (strncmp(e->items[i], name, size) == 0 && e->items[i][size] == '=')
            return &e->items[i];
    return NULL;
}

static const char **append(struct environment *e)
{
    if (e->count + 1 >= e->capacity) {
        size_t capacity = e->capacity > 0 ? e->capacity * 2 : 32;
        const char **grown = arena_alloc(e->arena, capacity * sizeof *e->items);

        if (e->count > 0)
            memcpy(grown, e->items, e->count * sizeof *e->items);
        e->items = grown;
        e->capacity = capacity;
    }
    return &e->items[e->count++];
}

void environment_set(struct environment *e,
                     const char *name,
                     const char *format,
                     ...)
{
    const char **place = find(e, name);
    size_t name_size = strlen(name);
    va_list args, again;
    int size;
    char *item;

    va_start(args, format);
    va_copy(again, args);
    size = vsnprintf(NULL, 0, format, args);
    va_end(args);
    item = arena_alloc(e->arena, name_size + (size_t)size + 2);
    memcpy(item, name, name_size);
    item[name_size] = '=';
    vsnprintf(item + name_size + 1, (size_t)size + 1, format, again);
    va_end(again);
    if (place == NULL)
        place = append(e);
    *place = item;
}

void environment_add(struct environment *e, const char *name, const char *value)
{
    if (find(e, name) == NULL)
        environment_set(e, name, "%s", value);
}
