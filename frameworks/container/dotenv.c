/* dotenv.c - lines, quotes, and what may follow them. */

#include "frameworks/container/dotenv.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/memory.h"

struct reader {
    struct arena *arena;
    const char *at;
    unsigned line;
    struct dotenv *env;
    interpolate_f *value_of;
    void *arg;
    struct error *err;
};

const char *dotenv_find(const struct dotenv *env, const char *name)
{
    for (size_t i = env->count; i > 0; i--)
        if (strcmp(env->variables[i - 1].name, name) == 0)
            return env->variables[i - 1].value;
    return NULL;
}

static const char *look_up(void *arg, const char *name)
{
    struct reader *r = arg;
    const char *value = dotenv_find(r->env, name);

    return value != NULL ? value : r->value_of(r->arg, name);
}

static int fail(struct reader *r, unsigned line, const char *what)
{
    return error_set(r->err, -EINVAL, "%u: %s", line, what);
}

static char *copy(struct reader *r, const char *begin, const char *end)
{
    size_t size = (size_t)(end - begin);
    char *text = arena_alloc(r->arena, size + 1);

    memcpy(text, begin, size);
    return text;
}

static void skip_blanks(struct reader *r)
{
    while (*r->at == ' ' || *r->at == '\t')
        r->at++;
}

static void skip_line(struct reader *r)
{
    r->at += strcspn(r->at, "\n");
    if (*r->at == '\n') {
        r->at++;
        r->line++;
    }
}

static int expand(struct reader *r,
                  unsigned line,
                  const char *text,
                  const char **value)
{
    struct error why;
    int rc = interpolate(r->arena, text, look_up, r, value, &why);

    if (rc < 0)
        return error_set(r->err, rc, "%u: %s", line, why.text);
    return 0;
}

/* ------------------------------------------------------------- values */

static int single_quoted(struct reader *r, const char **value)
{
    const char *begin = ++r->at, *end = strchr(begin, '\'');

    if (end == NULL)
        return fail(r, r->line, "a ' is not closed");
    for (const char *at = begin; at < end; at++)
        r->line += *at == '\n';
    *value = copy(r, begin, end);
    r->at = end + 1;
    return 0;
}

/* A dollar that was escaped is doubled, for what comes after. */
static char *unescape(struct reader *r, const char *begin, const char *end)
{
    char *text = arena_alloc(r->arena, 2 * (size_t)(end - begin) + 1);
    char *to = text;

    for (const char *at = begin; at < end; at++) {
        if (*at != '\\' || at + 1 == end) {
            *to++ = *at;
            continue;
        }
        at++;
        if (*at == 'n' || *at == 'r' || *at == 't') {
            *to++ = *at == 'n' ? '\n' : *at == 'r' ? '\r' : '\t';
        } else if (*at == '$') {
            *to++ = '$';
            *to++ = '$';
        } else {
            if (*at != '"' && *at != '\\')
                *to++ = '\\';
            *to++ = *at;
        }
    }
    return text;
}

static int double_quoted(struct reader *r, const char **value)
{
    const char *begin = ++r->at, *end = begin;
    unsigned line = r->line;

    while (*end != '\0' && *end != '"') {
        r->line += *end == '\n';
        end += *end == '\\' && end[1] != '\0' ? 2 : 1;
    }
    if (*end == '\0')
        return fail(r, line, "a \" is not closed");
    r->at = end + 1;
    return expand(r, line, unescape(r, begin, end), value);
}

static int unquoted(struct reader *r, const char **value)
{
    const char *begin = r->at, *end = begin + strcspn(begin, "\n");

    for (const char *at = begin; at < end; at++) {
        if (*at == '#' && at > begin && (at[-1] == ' ' || at[-1] == '\t')) {
            end = at;
            break;
        }
    }
    r->at = end;
    while (end > begin && isspace((unsigned char)end[-1]))
        end--;
    return expand(r, r->line, copy(r, begin, end), value);
}

static int read_value(struct reader *r, const char **value)
{
    int rc;

    skip_blanks(r);
    if (*r->at == '#') {
        *value = "";
        return 0;
    }
    rc = *r->at == '\''  ? single_quoted(r, value)
         : *r->at == '"' ? double_quoted(r, value)
                         : unquoted(r, value);
    if (rc < 0)
        return rc;
    r->at += strspn(r->at, " \t\r");
    if (*r->at != '\0' && *r->at != '\n' && *r->at != '#')
        return fail(r, r->line, "text after the closing quote");
    return 0;
}

/* -------------------------------------------------------------- lines */

static const char *read_name(struct reader *r)
{
    const char *begin = r->at, *end;

    if (strncmp(begin, "export ", 7) == 0) {
        r->at += 7;
        skip_blanks(r);
        begin = r->at;
    }
    end = begin + strcspn(begin, "= \t\r\n#\"'$");
    r->at = end;
    return end == begin ? NULL : copy(r, begin, end);
}

static int read_variable(struct reader *r)
{
    struct dotenv_variable *v;
    const char *name, *value = NULL;
    int rc = 0;

    name = read_name(r);
    if (name == NULL)
        return fail(r, r->line, "a line is NAME=VALUE");
    skip_blanks(r);
    if (*r->at == '=') {
        r->at++;
        rc = read_value(r, &value);
    } else if (*r->at != '\0' && *r->at != '\n' && *r->at != '\r' &&
               *r->at != '#') {
        return fail(r, r->line, "a line is NAME=VALUE");
    }
    if (rc < 0)
        return rc;
    if (r->env->count == DOTENV_VARIABLES_MAX)
        return error_set(r->err, -E2BIG, "%u: more than %d variables", r->line,
                         DOTENV_VARIABLES_MAX);
    v = &r->env->variables[r->env->count++];
    v->name = name;
    v->value = value;
    return 0;
}

static size_t lines_count(const char *text)
{
    size_t count = 1;

    for (; *text != '\0'; text++)
        count += *text == '\n';
    return count < DOTENV_VARIABLES_MAX ? count : DOTENV_VARIABLES_MAX;
}

int dotenv_parse(struct arena *arena,
                 const char *text,
                 interpolate_f *value_of,
                 void *arg,
                 struct dotenv *env,
                 struct error *err)
{
    struct reader r = {.arena = arena,
                       .at = text,
                       .line = 1,
                       .env = env,
                       .value_of = value_of,
                       .arg = arg,
                       .err = err};

    *env = (struct dotenv){0};
    env->variables =
        arena_alloc(arena, lines_count(text) * sizeof *env->variables);
    if (strncmp(r.at, "\xef\xbb\xbf", 3) == 0)
        r.at += 3;
    while (*r.at != '\0') {
        int rc = 0;

        r.at += strspn(r.at, " \t\r");
        if (*r.at != '\n' && *r.at != '\0' && *r.at != '#')
            rc = read_variable(&r);
        if (rc < 0)
            return rc;
        skip_line(&r);
    }
    return 0;
}
