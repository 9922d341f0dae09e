/* yaml.c - libyaml's events, put together.
 *
 * libyaml itself gives scalars no type, which is why it is used: the reader of
 * each key knows what it wants. */

#include "frameworks/container/yaml.h"

#include <errno.h>
#include <string.h>
#include <sys/queue.h>
#include <yaml.h>

#include "base/memory.h"

enum {
    ANCHOR_SIZE_MAX = 100,
    ANCHORS_MAX = 1000,
};

struct anchor {
    SLIST_ENTRY(anchor) entry;
    const char *name;
    struct yaml_node *node; /* NULL: it is not complete yet */
};

struct reader {
    struct arena *arena;
    yaml_parser_t parser;
    yaml_event_t event;
    bool has_event;
    SLIST_HEAD(anchors, anchor) anchors; /* the last first */
    size_t anchors_count;
    size_t nodes_count; /* as they are written */
    struct error *err;
};

static unsigned line_of(const struct reader *r)
{
    return (unsigned)r->event.start_mark.line + 1;
}

static int next(struct reader *r)
{
    if (r->has_event)
        yaml_event_delete(&r->event);
    r->has_event = yaml_parser_parse(&r->parser, &r->event) != 0;
    if (r->has_event)
        return 0;
    return error_set(
        r->err, -EINVAL, "%zu: %s", (size_t)r->parser.problem_mark.line + 1,
        r->parser.problem != NULL ? r->parser.problem : "this is no YAML");
}

/* ------------------------------------------------------------- anchors */

static int add_anchor(struct reader *r,
                      const yaml_char_t *name,
                      struct anchor **added)
{
    struct anchor *a;

    *added = NULL;
    if (name == NULL)
        return 0;
    if (strlen((const char *)name) > ANCHOR_SIZE_MAX ||
        ++r->anchors_count > ANCHORS_MAX)
        return error_set(r->err, -E2BIG,
                         "%u: more than %d anchors, or a name of more than %d",
                         line_of(r), ANCHORS_MAX, ANCHOR_SIZE_MAX);
    a = arena_alloc(r->arena, sizeof *a);
    a->name = arena_strdup(r->arena, (const char *)name);
    SLIST_INSERT_HEAD(&r->anchors, a, entry);
    *added = a;
    return 0;
}

static int resolve(struct reader *r, struct yaml_node **node)
{
    const char *name = (const char *)r->event.data.alias.anchor;
    struct anchor *a;

    SLIST_FOREACH(a, &r->anchors, entry)
    if (strcmp(a->name, name) == 0)
        break;
    if (a == NULL)
        return error_set(r->err, -EINVAL, "%u: there is no anchor &%.60s",
                         line_of(r), name);
    if (a->node == NULL)
        return error_set(r->err, -EINVAL, "%u: *%.60s is inside of itself",
                         line_of(r), name);
    *node = a->node;
    return 0;
}

/* --------------------------------------------------------------- nodes */

static int read_node(struct reader *r, unsigned depth, struct yaml_node **node);

static int check_tag(struct reader *r, const yaml_char_t *tag)
{
    if (tag == NULL || strcmp((const char *)tag, "!") == 0)
        return 0;
    return error_set(r->err, -EINVAL, "%u: tags, such as %.60s, are not read",
                     line_of(r), (const char *)tag);
}

static int new_node(struct reader *r,
                    enum yaml_kind kind,
                    struct yaml_node **node)
{
    struct yaml_node *n;

    if (++r->nodes_count > YAML_NODES_MAX)
        return error_set(r->err, -E2BIG, "%u: more than %d values", line_of(r),
                         YAML_NODES_MAX);
    n = arena_alloc(r->arena, sizeof *n);
    n->kind = kind;
    n->line = line_of(r);
    n->weight = 1;
    *node = n;
    return 0;
}

static int read_scalar(struct reader *r, struct yaml_node **node)
{
    const char *text = (const char *)r->event.data.scalar.value;
    struct anchor *anchor;
    int rc = check_tag(r, r->event.data.scalar.tag);

    if (rc == 0 && strlen(text) != r->event.data.scalar.length)
        rc =
            error_set(r->err, -EINVAL, "%u: text with a NUL in it", line_of(r));
    if (rc == 0)
        rc = add_anchor(r, r->event.data.scalar.anchor, &anchor);
    if (rc == 0)
        rc = new_node(r, YAML_SCALAR, node);
    if (rc < 0)
        return rc;
    (*node)->text = arena_strdup(r->arena, text);
    (*node)->is_plain = r->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    if (anchor != NULL)
        anchor->node = *node;
    return 0;
}

/* Grows by doubling; what is left behind dies with the arena. */
static int add_item(struct reader *r,
                    struct yaml_node *node,
                    const struct yaml_node *key,
                    struct yaml_node *value)
{
    size_t count = node->items_count;

    node->weight += value->weight + (key != NULL);
    if (node->weight > YAML_NODES_MAX)
        return error_set(r->err, -E2BIG,
                         "%u: more than %d values, with all aliases written "
                         "out",
                         node->line, YAML_NODES_MAX);
    if ((count & (count - 1)) == 0) {
        struct yaml_item *items =
            arena_alloc(r->arena, (count == 0 ? 1 : 2 * count) * sizeof *items);

        if (count > 0)
            memcpy(items, node->items, count * sizeof *items);
        node->items = items;
    }
    node->items[count] = (struct yaml_item){key, value};
    node->items_count++;
    return 0;
}

static int read_sequence(struct reader *r,
                         unsigned depth,
                         struct yaml_node *node)
{
    for (;;) {
        struct yaml_node *value;
        int rc = next(r);

        if (rc < 0)
            return rc;
        if (r->event.type == YAML_SEQUENCE_END_EVENT)
            return 0;
        rc = read_node(r, depth + 1, &value);
        if (rc == 0)
            rc = add_item(r, node, NULL, value);
        if (rc < 0)
            return rc;
    }
}

static bool is_merge(const struct yaml_node *key)
{
    return key->is_plain && strcmp(key->text, "<<") == 0;
}

/* What is there already wins. */
static int merge(struct reader *r,
                 struct yaml_node *node,
                 const struct yaml_node *from)
{
    int rc = 0;

    if (from->kind == YAML_SEQUENCE) {
        for (size_t i = 0; rc == 0 && i < from->items_count; i++) {
            if (from->items[i].value->kind != YAML_MAPPING)
                return error_set(r->err, -EINVAL, "%u: << merges mappings only",
                                 from->line);
            rc = merge(r, node, from->items[i].value);
        }
        return rc;
    }
    if (from->kind != YAML_MAPPING)
        return error_set(r->err, -EINVAL, "%u: << merges mappings only",
                         from->line);
    for (size_t i = 0; rc == 0 && i < from->items_count; i++)
        if (yaml_find(node, from->items[i].key->text) == NULL)
            rc = add_item(r, node, from->items[i].key, from->items[i].value);
    return rc;
}

static int add_pair(struct reader *r,
                    struct yaml_node *node,
                    const struct yaml_node *key,
                    struct yaml_node *value,
                    struct yaml_node **merged)
{
    if (key->kind != YAML_SCALAR)
        return error_set(r->err, -EINVAL, "%u: a key must be a text",
                         key->line);
    if (is_merge(key) && *merged == NULL) {
        *merged = value;
        return 0;
    }
    if (is_merge(key) || yaml_find(node, key->text) != NULL)
        return error_set(r->err, -EINVAL, "%u: %.80s is here twice", key->line,
                         key->text);
    return add_item(r, node, key, value);
}

static int read_mapping(struct reader *r,
                        unsigned depth,
                        struct yaml_node *node)
{
    struct yaml_node *merged = NULL;

    for (;;) {
        struct yaml_node *key, *value;
        int rc = next(r);

        if (rc == 0 && r->event.type == YAML_MAPPING_END_EVENT)
            return merged != NULL ? merge(r, node, merged) : 0;
        if (rc == 0)
            rc = read_node(r, depth + 1, &key);
        if (rc == 0)
            rc = next(r);
        if (rc == 0)
            rc = read_node(r, depth + 1, &value);
        if (rc == 0)
            rc = add_pair(r, node, key, value, &merged);
        if (rc < 0)
            return rc;
    }
}

static int read_collection(struct reader *r,
                           unsigned depth,
                           struct yaml_node **node)
{
    bool is_sequence = r->event.type == YAML_SEQUENCE_START_EVENT;
    struct anchor *anchor;
    int rc;

    rc = check_tag(r, is_sequence ? r->event.data.sequence_start.tag
                                  : r->event.data.mapping_start.tag);
    if (rc == 0)
        rc = add_anchor(r,
                        is_sequence ? r->event.data.sequence_start.anchor
                                    : r->event.data.mapping_start.anchor,
                        &anchor);
    if (rc == 0)
        rc = new_node(r, is_sequence ? YAML_SEQUENCE : YAML_MAPPING, node);
    if (rc == 0)
        rc = is_sequence ? read_sequence(r, depth, *node)
                         : read_mapping(r, depth, *node);
    if (rc == 0 && anchor != NULL)
        anchor->node = *node;
    return rc;
}

/* The event that begins it was read. */
static int read_node(struct reader *r, unsigned depth, struct yaml_node **node)
{
    if (depth > YAML_DEPTH_MAX)
        return error_set(r->err, -E2BIG, "%u: nested deeper than %d",
                         line_of(r), YAML_DEPTH_MAX);
    if (r->event.type == YAML_ALIAS_EVENT)
        return resolve(r, node);
    if (r->event.type == YAML_SCALAR_EVENT)
        return read_scalar(r, node);
    return read_collection(r, depth, node);
}

static int read_document(struct reader *r, struct yaml_node **root)
{
    int rc = next(r); /* the stream's start */

    if (rc == 0)
        rc = next(r);
    if (rc < 0)
        return rc;
    if (r->event.type == YAML_STREAM_END_EVENT)
        return new_node(r, YAML_MAPPING, root);
    rc = next(r);
    if (rc == 0)
        rc = read_node(r, 0, root);
    if (rc == 0)
        rc = next(r); /* the document's end */
    if (rc == 0)
        rc = next(r);
    if (rc == 0 && r->event.type != YAML_STREAM_END_EVENT)
        rc = error_set(r->err, -EINVAL, "%u: there is a second document",
                       line_of(r));
    return rc;
}

int yaml_parse(struct arena *arena,
               const char *bytes,
               size_t size,
               struct yaml_node **root,
               struct error *err)
{
    struct reader r = {.arena = arena, .err = err};
    int rc;

    SLIST_INIT(&r.anchors);
    if (size > YAML_SIZE_MAX)
        return error_set(err, -E2BIG, "1: larger than %d bytes", YAML_SIZE_MAX);
    if (yaml_parser_initialize(&r.parser) == 0)
        abort();
    yaml_parser_set_input_string(&r.parser, (const unsigned char *)bytes, size);
    rc = read_document(&r, root);
    if (r.has_event)
        yaml_event_delete(&r.event);
    yaml_parser_delete(&r.parser);
    return rc;
}

/* ------------------------------------------------------------- meaning */

struct yaml_node *yaml_find(const struct yaml_node *node, const char *key)
{
    if (node == NULL || node->kind != YAML_MAPPING)
        return NULL;
    for (size_t i = 0; i < node->items_count; i++)
        if (strcmp(node->items[i].key->text, key) == 0)
            return node->items[i].value;
    return NULL;
}

static bool is_one_of(const struct yaml_node *node,
                      const char *const *words,
                      size_t count)
{
    if (node->kind != YAML_SCALAR || !node->is_plain)
        return false;
    for (size_t i = 0; i < count; i++)
        if (strcmp(node->text, words[i]) == 0)
            return true;
    return false;
}

bool yaml_is_null(const struct yaml_node *node)
{
    static const char *const words[] = {"", "~", "null", "Null", "NULL"};

    return is_one_of(node, words, sizeof words / sizeof words[0]);
}

bool yaml_is_bool(const struct yaml_node *node, bool *value)
{
    static const char *const yes[] = {"true", "True", "TRUE"};
    static const char *const no[] = {"false", "False", "FALSE"};

    *value = is_one_of(node, yes, 3);
    return *value || is_one_of(node, no, 3);
}
