/* table.h - values found by a string key.
 *
 * Borrowed: keys live inside the values, and must stay as they are while in
 * the table.  A table has no order: who must iterate keeps a list beside it
 * (TAILQ), in the order that the core defines. */

#ifndef BASE_TABLE_H
#define BASE_TABLE_H

#include <stddef.h>

struct table;

/* `key_of` gives the key of a value. */
typedef const char *table_key_f(const void *value);

struct table *table_new(table_key_f *key_of);

/* The values are not touched.  NULL is a no-op. */
void table_free(struct table *t);

/* NULL when there is none. */
void *table_find(const struct table *t, const char *key);

/* The key must not be there yet. */
void table_add(struct table *t, void *value);

/* The value must be there. */
void table_remove(struct table *t, const void *value);

size_t table_count(const struct table *t);

#endif
