/* json_writer.h - JSON text, value after value; no daemon links a library for
 * what it only writes.
 *
 * `key` is NULL for what is in a list, and for the outermost. */

#ifndef AGENT_OS_JSON_WRITER_H
#define AGENT_OS_JSON_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct json_writer {
    FILE *file;
    bool is_after; /* a value, so that a comma is needed */
    bool is_bad;   /* some text was no UTF-8 */
};

void json_begin(struct json_writer *w, const char *key, char bracket);
void json_end(struct json_writer *w, char bracket);
void json_text(struct json_writer *w, const char *key, const char *value);
void json_number(struct json_writer *w, const char *key, int64_t value);
void json_bool(struct json_writer *w, const char *key, bool value);
void json_list(struct json_writer *w,
               const char *key,
               const char *const *items,
               size_t count);

#endif
