/* request_json.h - a request as JSON: on its way to the framework, and at rest.
 *
 *     {"options": {"ntasks": "4"}, "argv": ["prog", "arg"], "script": "#!...",
 *      "environment": ["A=b"], "directory": "/home/ann", "user": "ann",
 *      "host": "login"}
 *
 * Text that is not UTF-8 is {"hex": "..."} instead. */

#ifndef MPI_REQUEST_JSON_H
#define MPI_REQUEST_JSON_H

#include <jansson.h>

#include "frameworks/mpi/request.h"

/* Bytes as JSON, and back: to be freed, or NULL if it is not that. */
json_t *request_json_text(const char *text);
char *request_json_get_text(const json_t *json);

json_t *request_json_words(const struct words *w);

/* False if it is no array of texts. */
bool request_json_get_words(const json_t *json, struct words *w);

/* Into a request that was initialised, settled.  -EINVAL: what is wrong. */
int request_json_read(const json_t *json, struct request *r, struct error *err);

#endif
