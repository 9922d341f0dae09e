/* resources_text.c - resources as a person writes them.  Numbers are read
 * digit by digit: thousandths are exact, and no locale has a say. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/resources.h"
#include "base/role.h"

enum {
    QUOTED_MAX = 64 /* bytes of an entry that an error repeats */
};

/* What is still to be read of one entry. */
struct reader {
    const char *at;
    const char *end;
};

static void skip_blanks(struct reader *in)
{
    while (in->at < in->end && (*in->at == ' ' || *in->at == '\t'))
        in->at++;
}

static bool take_char(struct reader *in, char c)
{
    skip_blanks(in);
    if (in->at == in->end || *in->at != c)
        return false;
    in->at++;
    return true;
}

static bool is_digit(const struct reader *in)
{
    return in->at < in->end && *in->at >= '0' && *in->at <= '9';
}

static bool take_number(struct reader *in, uint64_t *number)
{
    skip_blanks(in);
    if (!is_digit(in))
        return false;
    *number = 0;
    for (; is_digit(in); in->at++) {
        uint64_t digit = (uint64_t)(*in->at - '0');

        if (*number > (UINT64_MAX - digit) / 10)
            return false;
        *number = *number * 10 + digit;
    }
    return true;
}

/* What comes before one of `stops`, without the blanks around it. */
static char *take_word(struct reader *in, const char *stops)
{
    const char *begin;
    const char *end;
    char *word;

    skip_blanks(in);
    begin = in->at;
    while (in->at < in->end && strchr(stops, *in->at) == NULL)
        in->at++;
    end = in->at;
    while (end > begin && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    word = memory_new(1, (size_t)(end - begin) + 1);
    memcpy(word, begin, (size_t)(end - begin));
    return word;
}

static const char *read_scalar(struct reader *in, struct resource *one)
{
    const char *wrong = "is not a number like 2 or 0.5";
    uint64_t whole;
    int64_t part = 0;
    int64_t unit = 100;

    if (take_char(in, '-'))
        return "is negative";
    skip_blanks(in);
    for (const char *c = in->at; c < in->end; c++)
        if ((*c < '0' || *c > '9') && *c != '.')
            return wrong;
    if (!is_digit(in))
        return wrong;
    if (!take_number(in, &whole) || whole > RESOURCE_MILLI_MAX / 1000)
        return "is more than 1000000000";
    if (take_char(in, '.')) {
        if (!is_digit(in))
            return wrong;
        for (; is_digit(in) && unit > 0; in->at++, unit /= 10)
            part += (*in->at - '0') * unit;
        if (is_digit(in))
            part += *in->at >= '5';
        while (is_digit(in))
            in->at++;
    }
    one->kind = RESOURCE_SCALAR;
    one->milli = (int64_t)whole * 1000 + part;
    return NULL;
}

static const char *read_ranges(struct reader *in, struct resource *one)
{
    one->kind = RESOURCE_RANGES;
    if (take_char(in, ']'))
        return NULL;
    do {
        struct resource_range range;

        if (!take_number(in, &range.begin) || !take_char(in, '-') ||
            !take_number(in, &range.end))
            return "is not a list of ranges like [1-9,20-29]";
        if (one->ranges_count == RESOURCE_PARTS_MAX)
            return "has more than 4096 ranges";
        one->ranges = memory_resize(one->ranges, one->ranges_count + 1,
                                    sizeof *one->ranges);
        one->ranges[one->ranges_count++] = range;
    } while (take_char(in, ','));
    return take_char(in, ']') ? NULL
                              : "is not a list of ranges like [1-9,20-29]";
}

static const char *read_set(struct reader *in, struct resource *one)
{
    one->kind = RESOURCE_SET;
    if (take_char(in, '}'))
        return NULL;
    do {
        if (one->items_count == RESOURCE_PARTS_MAX)
            return "has more than 4096 items";
        one->items =
            memory_resize(one->items, one->items_count + 1, sizeof *one->items);
        one->items[one->items_count++] = take_word(in, ",}");
        if (resource_item_refuses(one->items[one->items_count - 1]) != NULL)
            return resource_item_refuses(one->items[one->items_count - 1]);
    } while (take_char(in, ','));
    return take_char(in, '}') ? NULL : "is not a set like {a,b}";
}

static const char *read_reservation(struct reader *in, struct resource *one)
{
    char *role = take_word(in, ",)");

    one->reserved_role = role;
    if (!role_is_valid(role))
        return "is reserved to what is no role";
    if (take_char(in, ',')) {
        char *how = take_word(in, ")");

        one->is_dynamic = strcmp(how, "dynamic") == 0;
        free(how);
        if (!one->is_dynamic)
            return "is reserved neither (role) nor (role,dynamic)";
    }
    if (!take_char(in, ')'))
        return "has no ) after its role";
    if (strcmp(role, "*") == 0) {
        if (one->is_dynamic)
            return "cannot be reserved to *, which is everyone";
        free(role);
        one->reserved_role = NULL;
    }
    return NULL;
}

static const char *read_entry(struct reader *in, struct resource *one)
{
    char *name = take_word(in, "(:[{");
    const char *wrong = resource_name_refuses(name);

    while (in->end > in->at && (in->end[-1] == ' ' || in->end[-1] == '\t'))
        in->end--;
    if (wrong == NULL)
        memcpy(one->name, name, strlen(name) + 1);
    free(name);
    if (wrong == NULL && take_char(in, '('))
        wrong = read_reservation(in, one);
    if (wrong != NULL)
        return wrong;
    if (!take_char(in, ':'))
        return "is not name:amount";
    if (take_char(in, '['))
        wrong = read_ranges(in, one);
    else if (take_char(in, '{'))
        wrong = read_set(in, one);
    else
        wrong = read_scalar(in, one);
    skip_blanks(in);
    if (wrong == NULL && in->at != in->end)
        wrong = "has something behind its amount";
    return wrong != NULL ? wrong : resource_normalise(one);
}

static bool is_given(const struct resources *r, const struct resource *one)
{
    for (size_t i = 0; i < r->count; i++) {
        struct resource key = r->items[i];

        key.kind = one->kind; /* two kinds of one thing make no sense */
        if (resource_compare(&key, one) == 0)
            return true;
    }
    return false;
}

/* What is wrong with the entry, or NULL: it is in `r` then. */
static const char *read_into(struct resources *r, struct reader *in)
{
    struct resource one = {0};
    const char *wrong = read_entry(in, &one);

    if (wrong == NULL && is_given(r, &one))
        wrong = "is given twice";
    if (wrong == NULL && r->count == RESOURCES_MAX)
        wrong = "is one too many: at most 64 resources";
    if (wrong != NULL)
        resource_release(&one);
    else
        resources_take(r, &one);
    return wrong;
}

int resources_parse(struct resources *r, const char *text, struct error *err)
{
    struct resources new = {0};
    const char *at = text;

    if (text[strspn(text, " \t")] == '\0') {
        resources_release(r);
        return 0;
    }
    for (;;) {
        size_t size = strcspn(at, ";");
        struct reader in = {at, at + size};
        const char *wrong = read_into(&new, &in);

        if (wrong != NULL) {
            resources_release(&new);
            return error_set(err, -EINVAL, "%.*s: %s",
                             size > QUOTED_MAX ? QUOTED_MAX : (int)size, at,
                             wrong);
        }
        if (at[size] == '\0')
            break;
        at += size + 1;
    }
    resources_release(r);
    *r = new;
    return 0;
}

/* Text that grows. */
struct writer {
    char *text;
    size_t size;
    size_t capacity;
};

static void put(struct writer *out, const char *text)
{
    size_t size = strlen(text);

    if (out->size + size >= out->capacity) {
        out->capacity = (out->size + size + 1) * 2;
        out->text = memory_resize(out->text, out->capacity, 1);
    }
    memcpy(out->text + out->size, text, size + 1);
    out->size += size;
}

static void put_number(struct writer *out, uint64_t number)
{
    char text[24];

    snprintf(text, sizeof text, "%" PRIu64, number);
    put(out, text);
}

static void put_milli(struct writer *out, int64_t milli)
{
    char text[MILLI_TEXT_SIZE];

    milli_format(milli, text);
    put(out, text);
}

static void put_amount(struct writer *out, const struct resource *one)
{
    switch (one->kind) {
    case RESOURCE_SCALAR:
        put_milli(out, one->milli);
        break;
    case RESOURCE_RANGES:
        for (size_t i = 0; i < one->ranges_count; i++) {
            put(out, i > 0 ? "," : "[");
            put_number(out, one->ranges[i].begin);
            put(out, "-");
            put_number(out, one->ranges[i].end);
        }
        put(out, "]");
        break;
    case RESOURCE_SET:
        for (size_t i = 0; i < one->items_count; i++) {
            put(out, i > 0 ? "," : "{");
            put(out, one->items[i]);
        }
        put(out, "}");
        break;
    }
}

char *resources_format(const struct resources *r, struct arena *arena)
{
    struct writer out = {0};
    char *text;

    put(&out, "");
    for (size_t i = 0; i < r->count; i++) {
        const struct resource *one = &r->items[i];

        put(&out, i > 0 ? ";" : "");
        put(&out, one->name);
        if (one->reserved_role != NULL) {
            put(&out, "(");
            put(&out, one->reserved_role);
            put(&out, one->is_dynamic ? ",dynamic)" : ")");
        }
        put(&out, ":");
        put_amount(&out, one);
    }
    text = arena_strdup(arena, out.text);
    free(out.text);
    return text;
}
