/* yaml.h - a YAML document as a tree, with the line of each node.
 *
 * Scalars are kept as they are written; what they mean is asked by the rules of
 * YAML 1.2's core schema, so that 2222:22, yes and 0777 are text.  Anchors,
 * aliases and "<<" are resolved.  The input may be hostile: its size, its depth
 * and its size with all aliases written out are bounded.
 *
 * Memory   nodes live in the arena; one that is aliased is found on several
 *          ways, so none may be changed but for its text. */

#ifndef CONTAINER_YAML_H
#define CONTAINER_YAML_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/error.h"

enum {
    YAML_SIZE_MAX = 1 << 20, /* bytes of a document */
    YAML_DEPTH_MAX = 32,
    YAML_NODES_MAX = 50000, /* with all aliases written out */
};

enum yaml_kind {
    YAML_SCALAR,
    YAML_SEQUENCE,
    YAML_MAPPING
};

struct yaml_item {
    const struct yaml_node *key; /* NULL in a sequence; always a scalar */
    struct yaml_node *value;
};

struct yaml_node {
    enum yaml_kind kind;
    unsigned line; /* from 1 */
    const char *text;
    bool is_plain; /* it is not quoted */
    bool is_seen;  /* for whoever changes each text once */
    struct yaml_item *items;
    size_t items_count;
    size_t weight; /* nodes, with all aliases written out */
};

/* An empty document is an empty mapping.
 *
 * -EINVAL  it is no YAML, or one of the kinds refused; `err` begins with
 *          "LINE: "
 * -E2BIG   a bound is passed; so does it then */
int yaml_parse(struct arena *arena,
               const char *bytes,
               size_t size,
               struct yaml_node **root,
               struct error *err);

/* NULL when there is none, or `node` is no mapping. */
struct yaml_node *yaml_find(const struct yaml_node *node, const char *key);

/* Nothing at all, ~ or null. */
bool yaml_is_null(const struct yaml_node *node);

/* true or false: true, and `*value`. */
bool yaml_is_bool(const struct yaml_node *node, bool *value);

#endif
