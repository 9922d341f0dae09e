/* values.c - every one of them read to its last character. */

#include "frameworks/container/values.h"

#include <ctype.h>
#include <string.h>

enum {
    NAME_SIZE_MAX = 60,
    PORT_MAX = 65535,
};

/* Digits with at most six behind the point, as millionths. */
static bool read_millionths(const char **text, int64_t max, int64_t *value)
{
    const char *at = *text;
    int64_t whole = 0, part = 0, scale = 1000000;
    bool has_digits = false;

    for (; isdigit((unsigned char)*at); at++) {
        whole = whole * 10 + (*at - '0');
        has_digits = true;
        if (whole > max)
            return false;
    }
    if (*at == '.') {
        for (at++; isdigit((unsigned char)*at); at++) {
            if (scale == 1)
                continue;
            scale /= 10;
            part += (*at - '0') * scale;
            has_digits = true;
        }
    }
    *text = at;
    *value = whole * 1000000 + part;
    return has_digits;
}

bool values_number(const char *text, int64_t max, int64_t *number)
{
    int64_t value = 0;

    if (*text == '\0')
        return false;
    for (; *text != '\0'; text++) {
        if (!isdigit((unsigned char)*text))
            return false;
        value = value * 10 + (*text - '0');
        if (value > max)
            return false;
    }
    *number = value;
    return true;
}

bool values_milli(const char *text, int64_t *milli)
{
    int64_t millionths;

    if (!read_millionths(&text, 1000000, &millionths) || *text != '\0')
        return false;
    *milli = millionths / 1000;
    return true;
}

static bool read_unit(const char **text, int64_t *nanoseconds)
{
    static const struct {
        const char *name;
        int64_t nanoseconds;
    } units[] = {
        {"ns", 1},         {"us", 1000},       {"ms", 1000000},
        {"s", 1000000000}, {"m", 60000000000}, {"h", 3600000000000},
    };

    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        size_t size = strlen(units[i].name);

        if (strncmp(*text, units[i].name, size) == 0 &&
            !isalpha((unsigned char)(*text)[size])) {
            *text += size;
            *nanoseconds = units[i].nanoseconds;
            return true;
        }
    }
    return false;
}

bool values_duration(const char *text, int64_t *ms)
{
    const int64_t max_ms = INT64_C(30) * 24 * 3600 * 1000;
    int64_t sum = 0;

    if (*text == '\0')
        return false;
    while (*text != '\0') {
        int64_t millionths, unit;

        if (!read_millionths(&text, 1000000000, &millionths) ||
            !read_unit(&text, &unit))
            return false;
        if (unit < 1000000)
            sum += millionths / (1000000000000 / unit);
        else if (millionths / 1000000 > max_ms / (unit / 1000000))
            return false;
        else
            sum += millionths / 1000 * (unit / 1000000) / 1000;
        if (sum > max_ms)
            return false;
    }
    *ms = sum;
    return true;
}

bool values_size(const char *text, int64_t *bytes)
{
    static const char letters[] = "kmgt";
    const char *letter;
    int64_t millionths, unit = 1;

    if (!read_millionths(&text, INT64_C(1) << 40, &millionths))
        return false;
    while (*text == ' ')
        text++;
    letter =
        *text != '\0' ? strchr(letters, tolower((unsigned char)*text)) : NULL;
    if (letter != NULL) {
        unit = INT64_C(1) << (10 * (letter - letters + 1));
        text++;
        if (*text == 'i' && tolower((unsigned char)text[1]) == 'b')
            text++;
    }
    if (tolower((unsigned char)*text) == 'b')
        text++;
    if (*text != '\0' || millionths / 1000000 > (INT64_C(1) << 50) / unit)
        return false;
    *bytes =
        millionths / 1000000 * unit + millionths % 1000000 * unit / 1000000;
    return true;
}

bool values_is_name(const char *text)
{
    size_t size = 0;

    if (!isalnum((unsigned char)text[0]))
        return false;
    for (; text[size] != '\0'; size++)
        if (!isalnum((unsigned char)text[size]) &&
            strchr("._-", text[size]) == NULL)
            return false;
    return size <= NAME_SIZE_MAX;
}

/* ------------------------------------------------------------- words */

/* One word, unquoted, to `to`; NULL when a quote is not closed. */
static const char *read_word(const char *at, char *to)
{
    char quote = '\0';

    for (; *at != '\0'; at++) {
        if (quote == '\0' && isspace((unsigned char)*at))
            break;
        if (quote == '\0' && (*at == '\'' || *at == '"')) {
            quote = *at;
        } else if (*at == quote) {
            quote = '\0';
        } else if (*at == '\\' && quote != '\'' && at[1] != '\0') {
            if (quote == '"' && strchr("\"\\$`\n", at[1]) == NULL)
                *to++ = '\\';
            *to++ = *++at;
        } else {
            *to++ = *at;
        }
    }
    *to = '\0';
    return quote == '\0' ? at : NULL;
}

const char **values_words(struct arena *arena, const char *text)
{
    size_t size = strlen(text), count = 0;
    const char **words = arena_alloc(arena, (size / 2 + 2) * sizeof *words);

    for (;;) {
        char *word;

        while (isspace((unsigned char)*text))
            text++;
        if (*text == '\0')
            return words;
        word = arena_alloc(arena, strlen(text) + 1);
        text = read_word(text, word);
        if (text == NULL)
            return NULL;
        words[count++] = arena_strdup(arena, word);
    }
}

/* ------------------------------------------------------------- ports */

/* "80" or "80-82", up to `end`. */
static bool read_range(const char *text,
                       const char *end,
                       int64_t *first,
                       int64_t *count)
{
    int64_t bounds[2] = {0, 0};
    int i = 0;

    if (text == end)
        return false;
    for (; text < end; text++) {
        if (*text == '-' && i == 0 && bounds[0] > 0) {
            i = 1;
            continue;
        }
        if (!isdigit((unsigned char)*text))
            return false;
        bounds[i] = bounds[i] * 10 + (*text - '0');
        if (bounds[i] > PORT_MAX)
            return false;
    }
    if (i == 0)
        bounds[1] = bounds[0];
    *first = bounds[0];
    *count = bounds[1] - bounds[0] + 1;
    return bounds[0] > 0 && *count > 0;
}

bool values_port(const char *text, struct values_ports *ports)
{
    const char *end = text + strcspn(text, "/");
    const char *colon;
    int64_t host_count;

    *ports = (struct values_ports){0};
    if (*end == '/' && strcmp(end, "/udp") == 0)
        ports->is_udp = true;
    else if (*end == '/' && strcmp(end, "/tcp") != 0)
        return false;
    colon = memchr(text, ':', (size_t)(end - text));
    if (colon == NULL)
        return read_range(text, end, &ports->container_first, &ports->count);
    if (memchr(colon + 1, ':', (size_t)(end - colon - 1)) != NULL) {
        ports->has_address = true;
        return true;
    }
    if (!read_range(colon + 1, end, &ports->container_first, &ports->count))
        return false;
    if (colon == text)
        return true;
    return read_range(text, colon, &ports->host_first, &host_count) &&
           host_count == ports->count;
}
