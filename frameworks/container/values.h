/* values.h - amounts, times and words as Compose files have them.
 *
 * Each is true and sets what it is told to, or false when `text` is not that.
 */

#ifndef CONTAINER_VALUES_H
#define CONTAINER_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

/* "1m30s", "1.5s", "300ms"; at most 30 days. */
bool values_duration(const char *text, int64_t *ms);

/* "64m", "1.5G", "512 kb", "1048576"; at most 1 PiB. */
bool values_size(const char *text, int64_t *bytes);

/* "0.5" is 500; at most a million. */
bool values_milli(const char *text, int64_t *milli);

/* A whole number, of digits only. */
bool values_number(const char *text, int64_t max, int64_t *number);

/* A name of a service, a volume: letters, digits, '.', '_', '-', at most 60,
 * beginning with a letter or digit. */
bool values_is_name(const char *text);

/* The words of a command line as a shell would have them, without running
 * anything: blanks, quotes and backslashes.  NULL at the end; NULL when a quote
 * is not closed. */
const char **values_words(struct arena *arena, const char *text);

/* [HOST[-HOST]:]CONTAINER[-CONTAINER][/tcp|/udp] */
struct values_ports {
    int64_t container_first, host_first; /* host: 0 when none is said */
    int64_t count;
    bool is_udp;
    bool has_address; /* of the host, in front: then nothing else is set */
};
bool values_port(const char *text, struct values_ports *ports);

#endif
