/* words.h - a growing list of strings, with NULL at its end: arguments, an
 * environment. */

#ifndef MPI_WORDS_H
#define MPI_WORDS_H

#include <stddef.h>

/* Zeros are an empty one. */
struct words {
    char **items; /* NULL behind the last; NULL while there never was one */
    size_t count;
};

void words_add(struct words *w, const char *word);

__attribute__((format(printf, 2, 3))) void words_format(struct words *w,
                                                        const char *format,
                                                        ...);

/* NAME=VALUE, in place of another of that name.  Without a value it is taken
 * out. */
void words_set(struct words *w, const char *name, const char *value);

/* The value of NAME=VALUE; NULL if there is none. */
const char *words_get(const struct words *w, const char *name);

/* Of `from`, behind those that are there. */
void words_append(struct words *w, const struct words *from);

void words_release(struct words *w);

#endif
