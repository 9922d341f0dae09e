/* reading.h - a Compose file on its way to be a project: where in it the reader
 * is, and what it has found that cannot be taken.
 *
 * The reader goes on after it has refused something, so that all of it is named
 * at once. */

#ifndef CONTAINER_READING_H
#define CONTAINER_READING_H

#include <jansson.h>

#include "base/arena.h"
#include "frameworks/container/interpolate.h"
#include "frameworks/container/yaml.h"

enum {
    READING_PROBLEMS_MAX = 50,
    READING_PATH_MAX = 400,
};

struct reading {
    struct arena *arena;
    const char *file; /* as messages have it */
    const char *project;
    bool reads_past_builds;
    interpolate_f *variable; /* of .env and the caller's environment */
    void *variable_arg;
    const char *home;      /* of the caller, for "~/"; NULL: not known */
    const char *directory; /* of the project, absolute; paths are from here */
    /* A file of the project: its text in the arena, or -errno. */
    int (*read_file)(void *arg,
                     struct arena *arena,
                     const char *path,
                     const char **text,
                     struct error *err);
    void *read_file_arg;
    json_t *volumes; /* that the file declares */
    json_t *secrets; /* likewise: their files */
    const char *problems[READING_PROBLEMS_MAX];
    size_t problems_count; /* may be more than are kept */
    char path[READING_PATH_MAX];
    size_t path_size;
};

/* "services.web" and then ".ports", "[0]"; what is returned takes it back. */
size_t reading_enter(struct reading *r, const char *key);
size_t reading_enter_item(struct reading *r, size_t index);
void reading_leave(struct reading *r, size_t size);

/* "FILE:LINE: services.web.ports: ..." */
__attribute__((format(printf, 3, 4))) void reading_refuse(
    struct reading *r, const struct yaml_node *node, const char *format, ...);

/* The text of a scalar; NULL, and refused, when it is none. */
const char *reading_text(struct reading *r, const struct yaml_node *node);

/* The same as JSON in `object`, under `key`. */
void reading_set_text(struct reading *r,
                      const struct yaml_node *node,
                      json_t *object,
                      const char *key);

/* Is it a mapping, a sequence?  Refused when not. */
bool reading_is_mapping(struct reading *r, const struct yaml_node *node);
bool reading_is_sequence(struct reading *r, const struct yaml_node *node);

/* A key and who reads it. */
struct reading_key {
    const char *name;
    void (*read)(struct reading *r, struct yaml_node *node, json_t *object);
};

/* Read a mapping by `keys`; what is in none is refused, but for "x-...". */
void reading_mapping(struct reading *r,
                     struct yaml_node *node,
                     const struct reading_key *keys,
                     size_t keys_count,
                     json_t *object);

#endif
