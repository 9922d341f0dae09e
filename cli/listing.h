/* listing.h - rows, as a table for people or as JSON for programs.
 *
 * Rows are JSON objects in an array; a table shows some of their members. */

#ifndef CLI_LISTING_H
#define CLI_LISTING_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct listing_column {
    const char *title; /* of the table's column */
    const char *key;   /* a member, or "outer.inner"; what is missing or null
                        * is shown as "-" */
    bool is_right;     /* aligned, for numbers */
};

/* Print `rows`, an array, to `out`: all of it with `as_json`.  Without, the
 * table, or on stderr that there are no `nouns`.  Returns the exit status: 0,
 * or 1 when `out` cannot be written. */
int listing_print(FILE *out,
                  const json_t *rows,
                  const struct listing_column *columns,
                  size_t columns_count,
                  const char *nouns,
                  bool as_json);

#endif
