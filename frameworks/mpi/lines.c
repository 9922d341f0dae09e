/* lines.c - output of a rank, by line. */

#include "frameworks/mpi/lines.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static void write_all(const char *bytes,
                      size_t size,
                      const char *prefix,
                      lines_write_f *write,
                      void *arg)
{
    if (*prefix == '\0') {
        write(arg, bytes, size);
        return;
    }
    while (size > 0) {
        const char *end = memchr(bytes, '\n', size);
        size_t length = end != NULL ? (size_t)(end - bytes) + 1 : size;
        size_t prefix_size = strlen(prefix);
        char *line = memory_new(1, prefix_size + length);

        memcpy(line, prefix, prefix_size);
        memcpy(line + prefix_size, bytes, length);
        write(arg, line, prefix_size + length);
        free(line);
        bytes += length;
        size -= length;
    }
}

void lines_add(struct lines *l,
               const char *bytes,
               size_t size,
               const char *prefix,
               lines_write_f *write,
               void *arg)
{
    const char *last;
    size_t whole;

    if (size == 0)
        return;
    l->rest = memory_resize(l->rest, l->size + size, 1);
    memcpy(l->rest + l->size, bytes, size);
    l->size += size;
    last = memrchr(l->rest, '\n', l->size);
    whole = last != NULL ? (size_t)(last - l->rest) + 1 : 0;
    if (whole == 0 && l->size >= LINES_SIZE_MAX)
        whole = l->size;
    if (whole == 0)
        return;
    write_all(l->rest, whole, prefix, write, arg);
    l->size -= whole;
    memmove(l->rest, l->rest + whole, l->size);
}

void lines_end(struct lines *l,
               const char *prefix,
               lines_write_f *write,
               void *arg)
{
    if (l->size > 0)
        write_all(l->rest, l->size, prefix, write, arg);
    lines_release(l);
}

void lines_release(struct lines *l)
{
    free(l->rest);
    *l = (struct lines){0};
}
