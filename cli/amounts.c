/* amounts.c - thousandths are written as decimals, without floating point
 * where it is for people. */

#include "cli/amounts.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "cli/row.h"

struct text {
    char *bytes;
    size_t size;
    size_t length;
};

__attribute__((format(printf, 2, 3))) static void append(struct text *t,
                                                         const char *format,
                                                         ...)
{
    va_list args;
    int length;

    va_start(args, format);
    length = vsnprintf(t->bytes + t->length, t->size - t->length, format, args);
    va_end(args);
    if (length > 0)
        t->length += (size_t)length;
    if (t->length >= t->size)
        t->length = t->size - 1;
}

static void append_ports(struct text *t, const struct mezzo_resources *r)
{
    append(t, "[");
    for (size_t i = 0; i < r->ports_count; i++)
        append(t, "%s%" PRIu64 "-%" PRIu64, i > 0 ? "," : "", r->ports[i].begin,
               r->ports[i].end);
    append(t, "]");
}

/* "0.25", "4". */
static void append_milli(struct text *t, int64_t milli)
{
    char digits[32];
    int length = snprintf(digits, sizeof digits, "%" PRId64 ".%03" PRId64,
                          milli / 1000, milli % 1000);

    while (digits[length - 1] == '0')
        digits[--length] = '\0';
    if (digits[length - 1] == '.')
        digits[--length] = '\0';
    append(t, "%s", digits);
}

/* "gpus:{0,1};licences:3" as members of their own. */
static void add_others(json_t *object, const char *others)
{
    while (others != NULL && *others != '\0') {
        size_t length = strcspn(others, ";");
        size_t name_length = strcspn(others, ":");

        if (name_length < length) {
            AUTO(auto_free) char *name = strndup(others, name_length);
            AUTO(auto_free)
            char *value =
                strndup(others + name_length + 1, length - name_length - 1);

            if (name == NULL || value == NULL)
                abort();
            row_text(object, name, value);
        }
        others += length + (others[length] == ';');
    }
}

json_t *amounts_json(const struct mezzo_resources *r)
{
    json_t *object = json_object();
    char ports[4096];
    struct text t = {.bytes = ports, .size = sizeof ports};

    row_milli(object, "cpus", r->cpu_milli);
    row_number(object, "mem", r->memory_mb);
    row_number(object, "disk", r->disk_mb);
    if (r->ports_count > 0) {
        append_ports(&t, r);
        row_text(object, "ports", ports);
    }
    add_others(object, r->others);
    return object;
}

void amounts_format(const struct mezzo_resources *r,
                    char text[AMOUNTS_TEXT_SIZE])
{
    struct text t = {.bytes = text, .size = AMOUNTS_TEXT_SIZE};

    append(&t, "cpus:");
    append_milli(&t, r->cpu_milli);
    append(&t, ";mem:%" PRId64, r->memory_mb);
    if (r->disk_mb > 0)
        append(&t, ";disk:%" PRId64, r->disk_mb);
    if (r->ports_count > 0) {
        append(&t, ";ports:");
        append_ports(&t, r);
    }
    if (r->others != NULL && r->others[0] != '\0')
        append(&t, ";%s", r->others);
}

int64_t amounts_read_milli(const char *text)
{
    const int64_t milli_max = INT64_C(1000) * 1000 * 1000;
    int64_t milli = 0;
    int decimals = 0;
    bool has_point = false, has_digit = false;

    for (; *text != '\0'; text++) {
        if (*text == '.' && !has_point) {
            has_point = true;
            continue;
        }
        if (!isdigit((unsigned char)*text) || decimals == 3)
            return -1;
        milli = milli * 10 + (*text - '0');
        decimals += has_point;
        has_digit = true;
        if (milli > milli_max)
            return -1;
    }
    for (; decimals < 3; decimals++)
        milli *= 10;
    return has_digit && milli <= milli_max ? milli : -1;
}
