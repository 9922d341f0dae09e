/* reading.c - paths, problems, and mappings by a table. */

#include "frameworks/container/reading.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static size_t enter(struct reading *r, const char *format, ...)
{
    size_t before = r->path_size, room = sizeof r->path - before;
    va_list args;
    int size;

    va_start(args, format);
    size = vsnprintf(r->path + before, room, format, args);
    va_end(args);
    r->path_size += (size_t)size < room ? (size_t)size : room - 1;
    return before;
}

size_t reading_enter(struct reading *r, const char *key)
{
    return enter(r, "%s%.100s", r->path_size > 0 ? "." : "", key);
}

size_t reading_enter_item(struct reading *r, size_t index)
{
    return enter(r, "[%zu]", index);
}

void reading_leave(struct reading *r, size_t size)
{
    r->path_size = size;
    r->path[size] = '\0';
}

void reading_refuse(struct reading *r,
                    const struct yaml_node *node,
                    const char *format,
                    ...)
{
    char text[1200], why[512];
    va_list args;

    if (r->problems_count++ >= READING_PROBLEMS_MAX)
        return;
    va_start(args, format);
    vsnprintf(why, sizeof why, format, args);
    va_end(args);
    snprintf(text, sizeof text, "%.200s:%u: %s%s%s", r->file, node->line,
             r->path, r->path_size > 0 ? ": " : "", why);
    r->problems[r->problems_count - 1] = arena_strdup(r->arena, text);
}

const char *reading_text(struct reading *r, const struct yaml_node *node)
{
    if (node->kind == YAML_SCALAR && !yaml_is_null(node))
        return node->text;
    reading_refuse(r, node, "%s",
                   node->kind == YAML_SCALAR ? "is empty"
                                             : "must be a text or a number");
    return NULL;
}

void reading_set_text(struct reading *r,
                      const struct yaml_node *node,
                      json_t *object,
                      const char *key)
{
    const char *text = reading_text(r, node);

    if (text != NULL)
        json_object_set_new(object, key, json_string(text));
}

bool reading_is_mapping(struct reading *r, const struct yaml_node *node)
{
    if (node->kind == YAML_MAPPING)
        return true;
    reading_refuse(r, node, "must be a mapping");
    return false;
}

bool reading_is_sequence(struct reading *r, const struct yaml_node *node)
{
    if (node->kind == YAML_SEQUENCE)
        return true;
    reading_refuse(r, node, "must be a list");
    return false;
}

void reading_mapping(struct reading *r,
                     struct yaml_node *node,
                     const struct reading_key *keys,
                     size_t keys_count,
                     json_t *object)
{
    if (!reading_is_mapping(r, node))
        return;
    for (size_t i = 0; i < node->items_count; i++) {
        const struct yaml_item *item = &node->items[i];
        size_t before = reading_enter(r, item->key->text), k = 0;

        while (k < keys_count && strcmp(keys[k].name, item->key->text) != 0)
            k++;
        if (k < keys_count)
            keys[k].read(r, item->value, object);
        else if (strncmp(item->key->text, "x-", 2) != 0)
            reading_refuse(r, item->key,
                           "this key is not supported; remove it, or rename "
                           "it x-%.60s if it may be left out",
                           item->key->text);
        reading_leave(r, before);
    }
}
