/* row.c - what cannot be set for want of memory ends the program. */

#include "cli/row.h"

#include <stdlib.h>
#include <string.h>

#include "base/auto.h"

void row_value(json_t *row, const char *key, json_t *value)
{
    if (json_object_set_new(row, key, value) < 0)
        abort();
}

void row_text(json_t *row, const char *key, const char *text)
{
    AUTO(auto_free) char *copy = NULL;
    json_t *value = text == NULL ? json_null() : json_string(text);

    if (value == NULL) {
        copy = strdup(text);
        if (copy == NULL)
            abort();
        for (char *c = copy; *c != '\0'; c++)
            if ((unsigned char)*c >= 0x80)
                *c = '?';
        value = json_string(copy);
    }
    row_value(row, key, value);
}

void row_number(json_t *row, const char *key, int64_t number)
{
    row_value(row, key, json_integer(number));
}

void row_milli(json_t *row, const char *key, int64_t milli)
{
    if (milli % 1000 == 0)
        row_number(row, key, milli / 1000);
    else
        row_value(row, key, json_real((double)milli / 1000));
}

void row_flag(json_t *row, const char *key, bool flag)
{
    row_value(row, key, json_boolean(flag));
}

void row_labels(json_t *row,
                const char *key,
                const struct mezzo_label *labels,
                size_t labels_count)
{
    json_t *array = json_array();

    for (size_t i = 0; i < labels_count; i++) {
        json_t *label = json_object();

        row_text(label, "key", labels[i].key);
        row_text(label, "value", labels[i].value);
        json_array_append_new(array, label);
    }
    row_value(row, key, array);
}
