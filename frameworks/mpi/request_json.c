/* request_json.c - a request as JSON. */

#include "frameworks/mpi/request_json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static int digit_of(char c)
{
    const char *digits = "0123456789abcdef";
    const char *at = c != '\0' ? strchr(digits, c) : NULL;

    return at != NULL ? (int)(at - digits) : -1;
}

json_t *request_json_text(const char *text)
{
    json_t *json = json_string(text);
    size_t size = strlen(text);
    char *hex;

    if (json != NULL)
        return json;
    hex = memory_new(size + 1, 2);
    for (size_t i = 0; i < size; i++) {
        hex[2 * i] = "0123456789abcdef"[(unsigned char)text[i] >> 4];
        hex[2 * i + 1] = "0123456789abcdef"[text[i] & 15];
    }
    json = json_pack("{s:s}", "hex", hex);
    free(hex);
    return json;
}

char *request_json_get_text(const json_t *json)
{
    const char *hex = json_string_value(json_object_get(json, "hex"));
    size_t size;
    char *text;

    if (json_is_string(json) &&
        strlen(json_string_value(json)) == json_string_length(json))
        return memory_strdup(json_string_value(json));
    if (hex == NULL || (size = strlen(hex)) % 2 != 0)
        return NULL;
    text = memory_new(size / 2 + 1, 1);
    for (size_t i = 0; i < size; i += 2) {
        int high = digit_of(hex[i]), low = digit_of(hex[i + 1]);

        text[i / 2] = (char)(high * 16 + low);
        if (high < 0 || low < 0 || text[i / 2] == '\0') {
            free(text);
            return NULL;
        }
    }
    return text;
}

json_t *request_json_words(const struct words *w)
{
    json_t *json = json_array();

    for (size_t i = 0; i < w->count; i++)
        json_array_append_new(json, request_json_text(w->items[i]));
    return json;
}

bool request_json_get_words(const json_t *json, struct words *w)
{
    size_t i;
    json_t *item;

    if (json != NULL && !json_is_array(json))
        return false;
    json_array_foreach(json, i, item)
    {
        char *text = request_json_get_text(item);

        if (text == NULL)
            return false;
        words_add(w, text);
        free(text);
    }
    return true;
}

static size_t size_of(const struct words *w)
{
    size_t size = 0;

    for (size_t i = 0; i < w->count; i++)
        size += strlen(w->items[i]) + 1;
    return size;
}

static int read_options(const json_t *options,
                        struct request *r,
                        struct error *err)
{
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)options, name, value)
    {
        int option = request_find_option(name, strlen(name));
        int rc;

        if (option < 0 || !json_is_string(value))
            return error_set(err, -EINVAL, "--%.40s: there is no such option",
                             name);
        rc = request_set(r, (enum request_option)option,
                         json_string_value(value), err);
        if (rc < 0)
            return rc;
    }
    return 0;
}

static int read_text(const json_t *json,
                     const char *name,
                     char **text,
                     struct error *err)
{
    const json_t *value = json_object_get(json, name);

    if (value == NULL)
        return 0;
    *text = request_json_get_text(value);
    return *text != NULL ? 0 : error_set(err, -EINVAL, "%s is no text", name);
}

static int check(const struct request *r, struct error *err)
{
    if (r->user == NULL || r->directory == NULL || r->directory[0] != '/')
        return error_set(err, -EINVAL, "whose job is it, and where is it?");
    if (r->script != NULL && strlen(r->script) > REQUEST_SCRIPT_SIZE_MAX)
        return error_set(err, -EINVAL,
                         "a script has at most %d bytes; have it run another",
                         REQUEST_SCRIPT_SIZE_MAX);
    if (size_of(&r->argv) + size_of(&r->environment) > REQUEST_WORDS_SIZE_MAX)
        return error_set(err, -EINVAL,
                         "arguments and environment are more than %d bytes; "
                         "submit with less: env -i PATH=$PATH mezzo mpi ...",
                         REQUEST_WORDS_SIZE_MAX);
    return 0;
}

int request_json_read(const json_t *json, struct request *r, struct error *err)
{
    int rc = read_options(json_object_get(json, "options"), r, err);

    if (rc == 0)
        rc = read_text(json, "user", &r->user, err);
    if (rc == 0)
        rc = read_text(json, "directory", &r->directory, err);
    if (rc == 0)
        rc = read_text(json, "host", &r->host, err);
    if (rc == 0)
        rc = read_text(json, "script", &r->script, err);
    if (rc == 0 &&
        (!request_json_get_words(json_object_get(json, "argv"), &r->argv) ||
         !request_json_get_words(json_object_get(json, "environment"),
                                 &r->environment)))
        rc = error_set(err, -EINVAL, "argv or environment is no list of texts");
    if (rc == 0)
        rc = check(r, err);
    return rc == 0 ? request_settle(r, err) : rc;
}
