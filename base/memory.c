/* memory.c - malloc() and its kin, or abort(). */

#include "base/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void *memory_new(size_t count, size_t size)
{
    void *memory = calloc(count, size);

    if (memory == NULL)
        abort();
    return memory;
}

void *memory_resize(void *memory, size_t count, size_t size)
{
    if (count == 0) {
        free(memory);
        return NULL;
    }
    if (size > SIZE_MAX / count)
        abort();
    memory = realloc(memory, count * size);
    if (memory == NULL)
        abort();
    return memory;
}

void *memory_copy(const void *bytes, size_t size)
{
    void *memory = memory_new(1, size > 0 ? size : 1);

    if (size > 0)
        memcpy(memory, bytes, size);
    return memory;
}

char *memory_strdup(const char *text)
{
    return text == NULL ? NULL : memory_copy(text, strlen(text) + 1);
}
