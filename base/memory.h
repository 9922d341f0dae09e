/* memory.h - the heap, where running out of it ends the process.
 *
 * No daemon of ours could go on sensibly without memory, so nobody checks. */

#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <stddef.h>

/* Zeroed; `count` of `size` bytes each, none of them being 0 in all. */
void *memory_new(size_t count, size_t size);

/* As realloc() for `count` of `size` bytes; what is new is not zeroed.  With
 * none, the memory is freed: NULL. */
void *memory_resize(void *memory, size_t count, size_t size);

/* A copy of `size` bytes. */
void *memory_copy(const void *bytes, size_t size);

/* A copy of a string; NULL of NULL. */
char *memory_strdup(const char *text);

#endif
