/* principal.c - the list, as one copy of its text: names, roles and users are
 * pointers into it, with the blanks behind them made into ends. */

#include "base/principal.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/role.h"
#include "base/table.h"

enum {
    FIELDS_COUNT = 5,
    USER_SIZE_MAX = 255,
};

struct principals {
    char *text;
    struct principal *items;
    size_t count;
    struct table *by_key;
};

static const char *const kind_names[] = {
    [PRINCIPAL_AGENT] = "agent",       [PRINCIPAL_FRAMEWORK] = "framework",
    [PRINCIPAL_OPERATOR] = "operator", [PRINCIPAL_MASTER] = "master",
    [PRINCIPAL_EXECUTOR] = "executor", [PRINCIPAL_ANYONE] = "anyone",
    [PRINCIPAL_GUEST] = "guest",       [PRINCIPAL_SERVER] = "server",
};

static const char *key_of(const void *value)
{
    return ((const struct principal *)value)->key;
}

const char *principal_kind_name(enum principal_kind kind)
{
    return kind_names[kind];
}

static const char *read_kind(enum principal_kind *kind, const char *word)
{
    for (*kind = PRINCIPAL_AGENT; *kind <= PRINCIPAL_MASTER; (*kind)++)
        if (strcmp(word, kind_names[*kind]) == 0)
            return NULL;
    return "the kind is not agent, framework, operator or master";
}

/* Z85 writes four bytes as five characters, the most significant first. */
static const char *read_key(char key[PRINCIPAL_KEY_SIZE], const char *word)
{
    static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz"
                                 "ABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]"
                                 "{}@%$#";
    uint64_t value = 0;

    if (strlen(word) != PRINCIPAL_KEY_SIZE - 1)
        return "the key has not 40 characters";
    for (size_t i = 0; word[i] != '\0'; i++) {
        const char *digit = strchr(digits, word[i]);

        if (digit == NULL)
            return "the key has a character that is not of Z85";
        value = value * 85 + (uint64_t)(digit - digits);
        if (i % 5 == 4 && value > UINT32_MAX)
            return "the key is not of Z85";
        if (i % 5 == 4)
            value = 0;
    }
    memcpy(key, word, PRINCIPAL_KEY_SIZE);
    return NULL;
}

static bool is_user(const char *user)
{
    return user[0] != '\0' && user[0] != '-' && strchr(user, '/') == NULL &&
           strlen(user) <= USER_SIZE_MAX;
}

/* "a,b" is cut at its commas; "-" is none of them, "*" all. */
static bool read_names(char *word,
                       bool (*is_name)(const char *name),
                       const char *const **names,
                       size_t *count)
{
    const char **list;

    if (strcmp(word, "-") == 0)
        return true;
    *count = 1;
    for (char *c = word; *c != '\0'; c++)
        *count += *c == ',';
    *names = list = memory_new(*count, sizeof *list);
    for (size_t i = 0; i < *count; i++) {
        size_t size = strcspn(word, ",");

        word[size] = '\0';
        list[i] = word;
        if (!is_name(word) || (strcmp(word, "*") == 0 && *count > 1))
            return false;
        word += size + 1;
    }
    return true;
}

/* Cut `line` at its blanks; how many fields there are. */
static size_t cut_fields(char *line, char *fields[FIELDS_COUNT])
{
    static const char blanks[] = " \t";
    size_t count = 0;

    for (;;) {
        line += strspn(line, blanks);
        if (*line == '\0')
            return count;
        if (count < FIELDS_COUNT)
            fields[count] = line;
        count++;
        line += strcspn(line, blanks);
        if (*line != '\0')
            *line++ = '\0';
    }
}

static const char *read_fields(struct principal *p, char *fields[FIELDS_COUNT])
{
    const char *wrong = read_key(p->key, fields[1]);

    p->name = fields[0];
    if (wrong == NULL)
        wrong = read_kind(&p->kind, fields[2]);
    if (wrong == NULL &&
        !read_names(fields[3], role_is_valid, &p->roles, &p->roles_count))
        wrong = "the roles are not * or - or a list like hpc,web/shop";
    if (wrong == NULL &&
        !read_names(fields[4], is_user, &p->users, &p->users_count))
        wrong = "the users are not * or - or a list like alice,bob";
    return wrong;
}

static const char *read_line(struct principals *list, char *line)
{
    struct principal *p = &list->items[list->count];
    char *fields[FIELDS_COUNT];
    size_t count;
    const char *wrong;

    for (const char *c = line; *c != '\0'; c++)
        if (*c != '\t' && (*c < ' ' || *c > '~'))
            return "it has a character that is not printable ASCII";
    count = cut_fields(line, fields);
    if (count == 0 || fields[0][0] == '#')
        return NULL;
    if (count != FIELDS_COUNT)
        return "it does not have five fields: name key kind roles users";
    list->count++; /* what it has so far is freed with the list */
    wrong = read_fields(p, fields);
    if (wrong == NULL && table_find(list->by_key, p->key) != NULL)
        wrong = "the key is in an earlier line already";
    if (wrong == NULL)
        table_add(list->by_key, p);
    return wrong;
}

static size_t count_lines(const char *text, size_t size)
{
    size_t count = 1;

    for (size_t i = 0; i < size; i++)
        count += text[i] == '\n';
    return count;
}

int principals_parse(const char *text,
                     size_t size,
                     struct principals **principals,
                     struct error *err)
{
    size_t lines = count_lines(text, size);
    struct principals *list;
    char *at;

    if (lines > PRINCIPALS_MAX)
        return error_set(err, -EINVAL, "line 100001: one too many");
    list = memory_new(1, sizeof *list);
    list->by_key = table_new(key_of);
    list->items = memory_new(lines, sizeof *list->items);
    at = list->text = memory_new(size + 1, 1);
    memcpy(list->text, text, size);
    for (size_t number = 1; number <= lines; number++) {
        char *end = memchr(at, '\n', (size_t)(list->text + size - at));
        const char *wrong;

        if (end == NULL)
            end = list->text + size;
        *end = '\0';
        wrong = strlen(at) == (size_t)(end - at)
                    ? read_line(list, at)
                    : "it has a character that is not printable ASCII";
        if (wrong != NULL) {
            principals_free(list);
            return error_set(err, -EINVAL, "line %zu: %s", number, wrong);
        }
        at = end + 1;
    }
    *principals = list;
    return 0;
}

void principals_free(struct principals *p)
{
    if (p == NULL)
        return;
    table_free(p->by_key);
    for (size_t i = 0; i < p->count; i++) {
        free((void *)p->items[i].roles);
        free((void *)p->items[i].users);
    }
    free(p->items);
    free(p->text);
    free(p);
}

const struct principal *principals_find(const struct principals *p,
                                        const char *key)
{
    return table_find(p->by_key, key);
}

bool principal_may_use_role(const struct principal *p, const char *role)
{
    for (size_t i = 0; i < p->roles_count; i++)
        if (strcmp(p->roles[i], "*") == 0 || strcmp(p->roles[i], role) == 0 ||
            role_is_below(role, p->roles[i]))
            return true;
    return false;
}

bool principal_may_run_as(const struct principal *p, const char *user)
{
    for (size_t i = 0; i < p->users_count; i++)
        if (strcmp(p->users[i], "*") == 0 || strcmp(p->users[i], user) == 0)
            return true;
    return false;
}
