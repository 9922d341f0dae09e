/* resource.c - the algebra of one resource.  Sums and differences of parts are
 * made by one walk along both lists, into a new one. */

#include "base/resource.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* Ranges */

static int range_compare(const void *a, const void *b)
{
    const struct resource_range *left = a;
    const struct resource_range *right = b;

    return (left->begin > right->begin) - (left->begin < right->begin);
}

/* Of sorted ranges: those that overlap or touch become one. */
static size_t ranges_merge(struct resource_range *ranges, size_t count)
{
    size_t last = 0;

    for (size_t i = 1; i < count; i++) {
        struct resource_range *end = &ranges[last];

        if (end->end == UINT64_MAX || ranges[i].begin <= end->end + 1) {
            if (ranges[i].end > end->end)
                end->end = ranges[i].end;
        } else {
            ranges[++last] = ranges[i];
        }
    }
    return count > 0 ? last + 1 : 0;
}

static void ranges_replace(struct resource *one,
                           struct resource_range *ranges,
                           size_t count)
{
    free(one->ranges);
    one->ranges = memory_resize(ranges, count, sizeof *ranges);
    one->ranges_count = count;
}

static void ranges_add(struct resource *one, const struct resource *more)
{
    size_t count = one->ranges_count + more->ranges_count;
    struct resource_range *sum = memory_new(count + 1, sizeof *sum);
    size_t left = 0;
    size_t right = 0;

    for (size_t i = 0; i < count; i++)
        if (right == more->ranges_count ||
            (left < one->ranges_count &&
             one->ranges[left].begin <= more->ranges[right].begin))
            sum[i] = one->ranges[left++];
        else
            sum[i] = more->ranges[right++];
    ranges_replace(one, sum, ranges_merge(sum, count));
}

static void ranges_subtract(struct resource *one, const struct resource *part)
{
    size_t most = one->ranges_count + part->ranges_count;
    struct resource_range *rest = memory_new(most + 1, sizeof *rest);
    size_t count = 0;
    size_t at = 0;

    for (size_t i = 0; i < one->ranges_count; i++) {
        struct resource_range r = one->ranges[i];
        bool is_left = true;

        while (at < part->ranges_count && part->ranges[at].end < r.begin)
            at++;
        while (at < part->ranges_count && part->ranges[at].begin <= r.end) {
            struct resource_range hole = part->ranges[at];

            if (hole.begin > r.begin)
                rest[count++] =
                    (struct resource_range){r.begin, hole.begin - 1};
            is_left = hole.end < r.end;
            if (!is_left)
                break; /* it may reach into the next of ours, too */
            r.begin = hole.end + 1;
            at++;
        }
        if (is_left)
            rest[count++] = r;
    }
    ranges_replace(one, rest, count);
}

/* The one range that could hold `begin`; NULL when all are beside it. */
static const struct resource_range *ranges_find(const struct resource *one,
                                                uint64_t begin)
{
    size_t low = 0;
    size_t high = one->ranges_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (one->ranges[middle].end < begin)
            low = middle + 1;
        else
            high = middle;
    }
    return low < one->ranges_count && one->ranges[low].begin <= begin
               ? &one->ranges[low]
               : NULL;
}

static bool ranges_contain(const struct resource *all,
                           const struct resource *part)
{
    for (size_t i = 0; i < part->ranges_count; i++) {
        const struct resource_range *r =
            ranges_find(all, part->ranges[i].begin);

        if (r == NULL || r->end < part->ranges[i].end)
            return false;
    }
    return true;
}

/* Sets */

static int item_compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void items_free(char **items, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(items[i]);
    free(items);
}

static void items_add(struct resource *one, const struct resource *more)
{
    size_t most = one->items_count + more->items_count;
    char **sum = memory_new(most + 1, sizeof *sum);
    size_t count = 0;
    size_t left = 0;
    size_t right = 0;

    while (left < one->items_count || right < more->items_count) {
        int order = right == more->items_count ? -1
                    : left == one->items_count
                        ? 1
                        : strcmp(one->items[left], more->items[right]);

        if (order > 0) {
            sum[count++] = memory_strdup(more->items[right++]);
            continue;
        }
        sum[count++] = one->items[left++];
        right += order == 0;
    }
    free(one->items);
    one->items = memory_resize(sum, count, sizeof *sum);
    one->items_count = count;
}

static void items_subtract(struct resource *one, const struct resource *part)
{
    size_t count = 0;
    size_t right = 0;

    for (size_t i = 0; i < one->items_count; i++) {
        char *item = one->items[i];
        int order = 1;

        while (right < part->items_count &&
               (order = strcmp(part->items[right], item)) < 0)
            right++;
        if (right < part->items_count && order == 0)
            free(item);
        else
            one->items[count++] = item;
    }
    one->items_count = count;
}

static bool items_contain(const struct resource *all,
                          const struct resource *part)
{
    size_t left = 0;

    for (size_t i = 0; i < part->items_count; i++, left++) {
        int order = 1;

        while (left < all->items_count &&
               (order = strcmp(all->items[left], part->items[i])) < 0)
            left++;
        if (left == all->items_count || order != 0)
            return false;
    }
    return true;
}

/* Of sorted items: each once. */
static size_t items_merge(char **items, size_t count)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++)
        if (kept > 0 && strcmp(items[kept - 1], items[i]) == 0)
            free(items[i]);
        else
            items[kept++] = items[i];
    return kept;
}

/* All kinds */

void resource_release(struct resource *one)
{
    free(one->reserved_role);
    if (one->kind == RESOURCE_RANGES)
        free(one->ranges);
    if (one->kind == RESOURCE_SET)
        items_free(one->items, one->items_count);
    memset(one, 0, sizeof *one);
}

void resource_copy(struct resource *to, const struct resource *from)
{
    *to = *from;
    to->reserved_role = memory_strdup(from->reserved_role);
    switch (from->kind) {
    case RESOURCE_SCALAR:
        break;
    case RESOURCE_RANGES:
        to->ranges = memory_copy(from->ranges,
                                 from->ranges_count * sizeof *from->ranges);
        break;
    case RESOURCE_SET:
        to->items = memory_new(from->items_count + 1, sizeof *to->items);
        for (size_t i = 0; i < from->items_count; i++)
            to->items[i] = memory_strdup(from->items[i]);
        break;
    }
}

const char *resource_kind_name(enum resource_kind kind)
{
    static const char *const names[] = {
        [RESOURCE_SCALAR] = "scalar",
        [RESOURCE_RANGES] = "ranges",
        [RESOURCE_SET] = "set",
    };

    return names[kind];
}

static int role_compare(const char *a, const char *b)
{
    if (a == NULL || b == NULL)
        return (a != NULL) - (b != NULL);
    return strcmp(a, b);
}

int resource_compare(const struct resource *a, const struct resource *b)
{
    int order = strcmp(a->name, b->name);

    if (order == 0)
        order = role_compare(a->reserved_role, b->reserved_role);
    if (order == 0)
        order = a->is_dynamic - b->is_dynamic;
    if (order == 0)
        order = (int)a->kind - (int)b->kind;
    return order;
}

bool resource_is_empty(const struct resource *one)
{
    switch (one->kind) {
    case RESOURCE_SCALAR:
        return one->milli == 0;
    case RESOURCE_RANGES:
        return one->ranges_count == 0;
    case RESOURCE_SET:
        return one->items_count == 0;
    }
    return true;
}

bool resource_equal(const struct resource *a, const struct resource *b)
{
    if (resource_compare(a, b) != 0)
        return false;
    switch (a->kind) {
    case RESOURCE_SCALAR:
        return a->milli == b->milli;
    case RESOURCE_RANGES:
        return a->ranges_count == b->ranges_count &&
               (a->ranges_count == 0 ||
                memcmp(a->ranges, b->ranges,
                       a->ranges_count * sizeof *a->ranges) == 0);
    case RESOURCE_SET:
        return a->items_count == b->items_count && items_contain(a, b);
    }
    return false;
}

const char *resource_normalise(struct resource *one)
{
    switch (one->kind) {
    case RESOURCE_SCALAR:
        if (one->milli < 0)
            return "is negative";
        if (one->milli > RESOURCE_MILLI_MAX)
            return "is more than 1000000000";
        break;
    case RESOURCE_RANGES:
        for (size_t i = 0; i < one->ranges_count; i++)
            if (one->ranges[i].begin > one->ranges[i].end)
                return "has a range that begins after its end";
        if (one->ranges_count == 0)
            break;
        qsort(one->ranges, one->ranges_count, sizeof *one->ranges,
              range_compare);
        one->ranges_count = ranges_merge(one->ranges, one->ranges_count);
        break;
    case RESOURCE_SET:
        if (one->items_count == 0)
            break;
        qsort(one->items, one->items_count, sizeof *one->items, item_compare);
        one->items_count = items_merge(one->items, one->items_count);
        break;
    }
    return NULL;
}

bool resource_contains(const struct resource *all, const struct resource *part)
{
    switch (all->kind) {
    case RESOURCE_SCALAR:
        return all->milli >= part->milli;
    case RESOURCE_RANGES:
        return ranges_contain(all, part);
    case RESOURCE_SET:
        return items_contain(all, part);
    }
    return false;
}

void resource_add(struct resource *one, const struct resource *more)
{
    switch (one->kind) {
    case RESOURCE_SCALAR:
        assert(one->milli <= INT64_MAX - more->milli);
        one->milli += more->milli;
        break;
    case RESOURCE_RANGES:
        ranges_add(one, more);
        break;
    case RESOURCE_SET:
        items_add(one, more);
        break;
    }
}

void resource_subtract(struct resource *one, const struct resource *part)
{
    switch (one->kind) {
    case RESOURCE_SCALAR:
        one->milli -= one->milli < part->milli ? one->milli : part->milli;
        break;
    case RESOURCE_RANGES:
        ranges_subtract(one, part);
        break;
    case RESOURCE_SET:
        items_subtract(one, part);
        break;
    }
}

static bool is_of_name(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || strchr("._/-", c) != NULL;
}

const char *resource_name_refuses(const char *name)
{
    size_t size = strlen(name);

    if (size == 0)
        return "has no name";
    if (size >= RESOURCE_NAME_SIZE)
        return "has a name of more than 31 bytes";
    for (size_t i = 0; i < size; i++)
        if (!is_of_name((unsigned char)name[i]))
            return "has a name with other characters than A-Z a-z 0-9 . _ / -";
    return NULL;
}

const char *resource_item_refuses(const char *item)
{
    size_t size = strlen(item);

    if (size == 0)
        return "has an empty item";
    if (size > RESOURCE_ITEM_MAX)
        return "has an item of more than 128 bytes";
    for (size_t i = 0; i < size; i++)
        if (item[i] <= ' ' || item[i] > '~' || strchr("{},;", item[i]) != NULL)
            return "has an item with a blank, brace, comma, semicolon or "
                   "a character beyond ASCII";
    return NULL;
}

bool milli_from_double(double value, int64_t *milli)
{
    if (!(value >= 0) || value > (double)(RESOURCE_MILLI_MAX / 1000))
        return false; /* NaN is not above 0 either */
    *milli = (int64_t)(value * 1000.0 + 0.5);
    return true;
}

double milli_to_double(int64_t milli)
{
    return (double)milli / 1000.0;
}

const char *milli_format(int64_t milli, char text[MILLI_TEXT_SIZE])
{
    int size = snprintf(text, MILLI_TEXT_SIZE, "%" PRId64 ".%03d", milli / 1000,
                        (int)(milli % 1000));

    while (text[size - 1] == '0')
        text[--size] = '\0';
    if (text[size - 1] == '.')
        text[--size] = '\0';
    return text;
}
