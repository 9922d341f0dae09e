/* listing.c - one pass for the widths, one to print.
 *
 * What is shown was written by others: control characters, with which a name
 * could redraw the reader's terminal, are shown as '?'. */

#include "cli/listing.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"

/* A value as a cell shows it, on the heap. */
static char *cell_text(const json_t *row, const char *key)
{
    const char *inner = strchr(key, '.');
    const json_t *value = NULL;
    char *text;

    if (inner != NULL)
        row = json_object_getn(row, key, (size_t)(inner - key));
    value = json_object_get(row, inner != NULL ? inner + 1 : key);

    if (json_is_string(value) && json_string_length(value) > 0)
        text = strdup(json_string_value(value));
    else if (json_is_boolean(value))
        text = strdup(json_is_true(value) ? "yes" : "no");
    else if (json_is_number(value))
        text = json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(10));
    else
        text = strdup("-");
    if (text == NULL)
        abort();
    for (char *c = text; *c != '\0'; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            *c = '?';
    return text;
}

/* Characters, not bytes; UTF-8's continuation bytes take no room. */
static size_t text_width(const char *text)
{
    size_t width = 0;

    for (; *text != '\0'; text++)
        width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

static void print_cell(
    FILE *out, const char *text, size_t width, bool is_right, bool is_last)
{
    size_t own = text_width(text);
    int padding = own < width ? (int)(width - own) : 0;

    if (is_right)
        fprintf(out, "%*s%s", padding, "", text);
    else
        fprintf(out, "%s%*s", text, is_last ? 0 : padding, "");
    fputs(is_last ? "\n" : "  ", out);
}

static void print_table(FILE *out,
                        const json_t *rows,
                        const struct listing_column *columns,
                        size_t columns_count)
{
    AUTO(auto_free) size_t *widths = calloc(columns_count, sizeof *widths);
    const json_t *row;
    size_t r;

    if (widths == NULL)
        abort();
    for (size_t c = 0; c < columns_count; c++) {
        widths[c] = text_width(columns[c].title);
        json_array_foreach(rows, r, row)
        {
            AUTO(auto_free) char *text = cell_text(row, columns[c].key);

            if (text_width(text) > widths[c])
                widths[c] = text_width(text);
        }
    }
    for (size_t c = 0; c < columns_count; c++)
        print_cell(out, columns[c].title, widths[c], columns[c].is_right,
                   c + 1 == columns_count);
    json_array_foreach(rows, r, row)
    {
        for (size_t c = 0; c < columns_count; c++) {
            AUTO(auto_free) char *text = cell_text(row, columns[c].key);

            print_cell(out, text, widths[c], columns[c].is_right,
                       c + 1 == columns_count);
        }
    }
}

int listing_print(FILE *out,
                  const json_t *rows,
                  const struct listing_column *columns,
                  size_t columns_count,
                  const char *nouns,
                  bool as_json)
{
    if (as_json) {
        json_dumpf(rows, out, JSON_INDENT(2) | JSON_REAL_PRECISION(10));
        putc('\n', out);
    } else if (json_array_size(rows) == 0) {
        fprintf(stderr, "mezzo: no %s\n", nouns);
    } else {
        print_table(out, rows, columns, columns_count);
    }
    if (fflush(out) == 0 && !ferror(out))
        return 0;
    fprintf(stderr, "mezzo: the output cannot be written: %s\n",
            strerror(errno));
    return 1;
}
