/* partitions.c - the parts of the pool that jobs may name, and the accounts. */

#include "frameworks/mpi/partitions.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/memory.h"
#include "base/role.h"
#include "frameworks/mpi/quantity.h"

enum {
    PARTITIONS_MAX = 100,
    COUNT_MAX = 1000000,
};

static int add_constraint(struct partition *p, char *text, struct error *err)
{
    static const struct {
        const char *name;
        enum mezzo_constraint_operator op;
    } operators[] = {{"equals", MEZZO_EQUALS},
                     {"not_equals", MEZZO_NOT_EQUALS},
                     {"matches", MEZZO_MATCHES}};
    const char *attribute = strsep(&text, ":");
    const char *op = strsep(&text, ":");

    for (size_t i = 0; op != NULL && text != NULL && i < 3; i++)
        if (strcmp(operators[i].name, op) == 0) {
            p->constraints =
                memory_resize(p->constraints, p->constraints_count + 1,
                              sizeof *p->constraints);
            p->constraints[p->constraints_count++] = (struct mezzo_constraint){
                .attribute = memory_strdup(attribute),
                .op = operators[i].op,
                .value = memory_strdup(text),
            };
            return 0;
        }
    return error_set(err, -EINVAL,
                     "a constraint is ATTRIBUTE:equals:VALUE, or not_equals, "
                     "or matches");
}

static int set(struct partition *p, char *word, struct error *err)
{
    char *value = strchr(word, '=');
    int64_t number;

    if (value == NULL) {
        p->is_default = true;
        return strcmp(word, "default") == 0
                   ? 0
                   : error_set(err, -EINVAL, "%.40s is not known", word);
    }
    *value++ = '\0';
    if (strcmp(word, "constraint") == 0)
        return add_constraint(p, value, err);
    if (strcmp(word, "time") == 0)
        return quantity_read_walltime(value, &p->walltime_max_ms) == 0
                   ? 0
                   : error_set(err, -EINVAL, "%.40s is no time", value);
    if (quantity_read_number(value, 1, COUNT_MAX, &number) < 0)
        return error_set(err, -EINVAL, "%.40s is no number above 0", value);
    if (strcmp(word, "nodes") == 0)
        p->nodes_max = (unsigned)number;
    else if (strcmp(word, "ranks") == 0)
        p->ranks_max = (unsigned)number;
    else if (strcmp(word, "priority") == 0)
        p->priority = (int)number;
    else
        return error_set(err, -EINVAL, "%.40s is not known", word);
    return 0;
}

/* The next word of a line; NULL at its end. */
static char *next_word(char **line)
{
    char *word;

    do
        word = strsep(line, " \t\r");
    while (word != NULL && *word == '\0');
    return word;
}

static struct partition *add(struct partitions *p, const char *name)
{
    p->items = memory_resize(p->items, p->count + 1, sizeof *p->items);
    p->items[p->count] = (struct partition){.name = memory_strdup(name)};
    return &p->items[p->count++];
}

static int parse_line(struct partitions *p, char *line, struct error *err)
{
    const char *kind = next_word(&line);
    const char *name = kind != NULL ? next_word(&line) : NULL;
    struct partition *made;
    char *word;
    int rc = 0;

    if (kind == NULL || *kind == '#')
        return 0;
    if (name == NULL)
        return error_set(err, -EINVAL, "it is partition NAME or account NAME");
    if (strcmp(kind, "account") == 0) {
        if (!role_is_valid(name) || p->accounts.count == MEZZO_ROLES_MAX - 1)
            return error_set(err, -EINVAL, "%.40s cannot be an account", name);
        words_add(&p->accounts, name);
        return 0;
    }
    if (strcmp(kind, "partition") != 0)
        return error_set(err, -EINVAL, "%.40s is neither partition nor account",
                         kind);
    if (p->count == PARTITIONS_MAX || partitions_find(p, name) != NULL)
        return error_set(err, -EINVAL, "%.40s: there is one already, or %d",
                         name, PARTITIONS_MAX);
    made = add(p, name);
    while (rc == 0 && (word = next_word(&line)) != NULL)
        rc = set(made, word, err);
    return rc;
}

int partitions_parse(const char *file,
                     const char *text,
                     struct partitions *p,
                     struct error *err)
{
    AUTO(auto_free) char *copy = memory_strdup(text);
    char *rest = copy, *line;
    struct error why;

    *p = (struct partitions){0};
    for (int number = 1; (line = strsep(&rest, "\n")) != NULL; number++)
        if (parse_line(p, line, &why) < 0) {
            partitions_release(p);
            return error_set(err, -EINVAL, "%s:%d: %s", file, number, why.text);
        }
    if (p->count == 0)
        add(p, "all");
    if (partitions_find(p, NULL) == NULL)
        p->items[0].is_default = true;
    return 0;
}

void partitions_release(struct partitions *p)
{
    for (size_t i = 0; i < p->count; i++) {
        for (size_t j = 0; j < p->items[i].constraints_count; j++) {
            free((char *)p->items[i].constraints[j].attribute);
            free((char *)p->items[i].constraints[j].value);
        }
        free(p->items[i].constraints);
        free(p->items[i].name);
    }
    free(p->items);
    words_release(&p->accounts);
    *p = (struct partitions){0};
}

const struct partition *partitions_find(const struct partitions *p,
                                        const char *name)
{
    for (size_t i = 0; i < p->count; i++)
        if (name == NULL ? p->items[i].is_default
                         : strcmp(p->items[i].name, name) == 0)
            return &p->items[i];
    return NULL;
}

bool partitions_has_account(const struct partitions *p, const char *account)
{
    for (size_t i = 0; i < p->accounts.count; i++)
        if (strcmp(p->accounts.items[i], account) == 0)
            return true;
    return false;
}

char *partitions_names(const struct partitions *p)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    if (out == NULL)
        abort();
    for (size_t i = 0; i < p->count; i++)
        fprintf(out, "%s%s", i > 0 ? ", " : "", p->items[i].name);
    fclose(out);
    if (text == NULL)
        abort();
    return text;
}
