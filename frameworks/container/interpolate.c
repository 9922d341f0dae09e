/* interpolate.c - one pass over the text, and one more for each text inside. */

#include "frameworks/container/interpolate.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/auto.h"
#include "base/memory.h"

struct output {
    struct arena *arena;
    interpolate_f *value_of;
    void *arg;
    char *bytes;
    size_t size, room;
    struct error *err;
};

static int add(struct output *o, const char *text, size_t size)
{
    if (o->size + size > INTERPOLATE_SIZE_MAX)
        return error_set(o->err, -E2BIG, "longer than %d characters",
                         INTERPOLATE_SIZE_MAX);
    if (o->size + size + 1 > o->room) {
        o->room = 2 * (o->size + size) + 64;
        o->bytes = memory_resize(o->bytes, o->room, 1);
    }
    memcpy(o->bytes + o->size, text, size);
    o->size += size;
    return 0;
}

static size_t name_size(const char *text)
{
    size_t size = 0;

    if (isdigit((unsigned char)text[0]))
        return 0;
    while (isalnum((unsigned char)text[size]) || text[size] == '_')
        size++;
    return size;
}

static int expand(struct output *o,
                  const char *text,
                  size_t size,
                  unsigned depth);

/* The '}' that ends what follows "${", with those inside left out; or NULL. */
static const char *find_end(const char *text, const char *limit)
{
    unsigned open = 1;

    for (; text < limit; text++) {
        if (text[0] == '$' && text + 1 < limit && text[1] == '{') {
            open++;
            text++;
        } else if (*text == '}' && --open == 0) {
            return text;
        }
    }
    return NULL;
}

static int apply(struct output *o,
                 const char *name,
                 const char *rule,
                 size_t size,
                 unsigned depth)
{
    const char *value = o->value_of(o->arg, name);
    bool counts_empty = size > 0 && rule[0] == ':';
    bool has = value != NULL && !(counts_empty && value[0] == '\0');
    char kind;

    rule += counts_empty;
    size -= counts_empty;
    if (size == 0 && !counts_empty)
        return value == NULL ? 0 : add(o, value, strlen(value));
    kind = size > 0 ? rule[0] : '\0';
    switch (kind) {
    case '-':
        return has ? add(o, value, strlen(value))
                   : expand(o, rule + 1, size - 1, depth + 1);
    case '+':
        return has ? expand(o, rule + 1, size - 1, depth + 1) : 0;
    case '?':
        if (has)
            return add(o, value, strlen(value));
        return error_set(o->err, -EINVAL, "%.60s is needed: %.*s", name,
                         size > 100 ? 100 : (int)size - 1, rule + 1);
    default:
        return error_set(o->err, -EINVAL,
                         "${%.60s...}: after the name comes one of - + ? or "
                         ":- :+ :?",
                         name);
    }
}

static int variable(struct output *o,
                    const char **text,
                    const char *limit,
                    unsigned depth)
{
    bool has_brace = **text == '{';
    const char *begin = *text + has_brace;
    const char *end = has_brace ? find_end(begin, limit) : limit;
    size_t size = name_size(begin);
    const char *value;
    AUTO(auto_free) char *name = NULL;

    if (end != NULL && size > (size_t)(end - begin))
        size = (size_t)(end - begin);
    if (end == NULL || size == 0)
        return error_set(o->err, -EINVAL,
                         "%.*s: a name is missing, or a }; a $ that is "
                         "meant is written $$",
                         limit - *text > 40 ? 40 : (int)(limit - *text) + 1,
                         *text - 1);
    name = memory_new(size + 1, 1);
    memcpy(name, begin, size);
    if (has_brace) {
        *text = end + 1;
        return apply(o, name, begin + size, (size_t)(end - begin) - size,
                     depth);
    }
    *text = begin + size;
    value = o->value_of(o->arg, name);
    return value == NULL ? 0 : add(o, value, strlen(value));
}

static int expand(struct output *o,
                  const char *text,
                  size_t size,
                  unsigned depth)
{
    const char *limit = text + size;
    int rc = 0;

    if (depth > INTERPOLATE_DEPTH_MAX)
        return error_set(o->err, -E2BIG, "${ is nested deeper than %d",
                         INTERPOLATE_DEPTH_MAX);
    while (rc == 0 && text < limit) {
        const char *dollar = memchr(text, '$', (size_t)(limit - text));

        if (dollar == NULL)
            return add(o, text, (size_t)(limit - text));
        rc = add(o, text, (size_t)(dollar - text));
        text = dollar + 1;
        if (rc == 0 && text < limit && *text == '$')
            rc = add(o, text++, 1);
        else if (rc == 0)
            rc = variable(o, &text, limit, depth);
    }
    return rc;
}

int interpolate(struct arena *arena,
                const char *text,
                interpolate_f *value_of,
                void *arg,
                const char **result,
                struct error *err)
{
    struct output o = {
        .arena = arena, .value_of = value_of, .arg = arg, .err = err};
    int rc;

    *result = text;
    if (strchr(text, '$') == NULL)
        return 0;
    rc = expand(&o, text, strlen(text), 0);
    if (rc == 0) {
        add(&o, "", 0);
        o.bytes[o.size] = '\0';
        *result = arena_strdup(arena, o.bytes);
    }
    free(o.bytes);
    return rc;
}
