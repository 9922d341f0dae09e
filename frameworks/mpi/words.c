/* words.c - a growing list of strings. */

#include "frameworks/mpi/words.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* Takes it over. */
static void add(struct words *w, char *word)
{
    if ((w->count & (w->count + 1)) == 0) /* full: 0, 1, 3, 7, ... */
        w->items = memory_resize(w->items, 2 * w->count + 2, sizeof *w->items);
    w->items[w->count++] = word;
    w->items[w->count] = NULL;
}

void words_add(struct words *w, const char *word)
{
    add(w, memory_strdup(word));
}

void words_format(struct words *w, const char *format, ...)
{
    va_list args;
    char *word;

    va_start(args, format);
    if (vasprintf(&word, format, args) < 0)
        abort();
    va_end(args);
    add(w, word);
}

static size_t find(const struct words *w, const char *name)
{
    size_t size = strlen(name), i = 0;

    while (i < w->count &&
           (strncmp(w->items[i], name, size) != 0 || w->items[i][size] != '='))
        i++;
    return i;
}

void words_set(struct words *w, const char *name, const char *value)
{
    size_t i = find(w, name);

    if (value == NULL && i < w->count) {
        free(w->items[i]);
        w->items[i] = w->items[--w->count];
        w->items[w->count] = NULL;
    } else if (value != NULL) {
        words_format(w, "%s=%s", name, value);
        if (i < w->count - 1) {
            free(w->items[i]);
            w->items[i] = w->items[--w->count];
            w->items[w->count] = NULL;
        }
    }
}

const char *words_get(const struct words *w, const char *name)
{
    size_t i = find(w, name);

    return i < w->count ? w->items[i] + strlen(name) + 1 : NULL;
}

void words_append(struct words *w, const struct words *from)
{
    for (size_t i = 0; i < from->count; i++)
        words_add(w, from->items[i]);
}

void words_release(struct words *w)
{
    for (size_t i = 0; i < w->count; i++)
        free(w->items[i]);
    free(w->items);
    *w = (struct words){0};
}
