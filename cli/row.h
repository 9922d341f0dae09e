/* row.h - a row of a listing: an object of JSON, member by member. */

#ifndef CLI_ROW_H
#define CLI_ROW_H

#include <jansson.h>
#include <mezzo/task.h>
#include <stdbool.h>
#include <stdint.h>

/* A string, or null for NULL.  When it is no UTF-8, which JSON cannot hold, all
 * that is not ASCII in it becomes '?': it was written by others. */
void row_text(json_t *row, const char *key, const char *text);

void row_number(json_t *row, const char *key, int64_t number);

/* Thousandths as a number: an integer where it is one. */
void row_milli(json_t *row, const char *key, int64_t milli);

void row_flag(json_t *row, const char *key, bool flag);

/* As an array of {"key": ..., "value": ...}. */
void row_labels(json_t *row,
                const char *key,
                const struct mezzo_label *labels,
                size_t labels_count);

/* `value` becomes the row's. */
void row_value(json_t *row, const char *key, json_t *value);

#endif
