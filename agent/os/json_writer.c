/* json_writer.c - what is escaped, and whether it can be said at all. */

#include "config.h"

#include "agent/os/json_writer.h"

#include <inttypes.h>
#include <string.h>

/* How long the character at `text` is; 0: none of UTF-8's. */
static size_t character(const unsigned char *text)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t size = text[0] < 0x80           ? 1
                  : (text[0] >> 5) == 0x06 ? 2
                  : (text[0] >> 4) == 0x0e ? 3
                  : (text[0] >> 3) == 0x1e ? 4
                                           : 0;
    uint32_t code = size < 2 ? text[0] : text[0] & (0x7fu >> size);

    for (size_t i = 1; i < size; i++) {
        if ((text[i] & 0xc0) != 0x80)
            return 0;
        code = code << 6 | (text[i] & 0x3f);
    }
    if (size > 1 && (code < least[size] || code > 0x10ffff ||
                     (code >= 0xd800 && code < 0xe000)))
        return 0;
    return size;
}

static void put_text(struct json_writer *w, const char *value)
{
    const unsigned char *text = (const unsigned char *)value;

    fputc('"', w->file);
    while (*text != '\0') {
        size_t size = character(text);

        if (size == 0) {
            w->is_bad = true;
            break;
        }
        if (*text < ' ' || *text == '"' || *text == '\\')
            fprintf(w->file, "\\u%04x", *text);
        else
            fwrite(text, 1, size, w->file);
        text += size;
    }
    fputc('"', w->file);
}

static void put_key(struct json_writer *w, const char *key)
{
    if (w->is_after)
        fputc(',', w->file);
    w->is_after = true;
    if (key == NULL)
        return;
    put_text(w, key);
    fputc(':', w->file);
}

void json_begin(struct json_writer *w, const char *key, char bracket)
{
    put_key(w, key);
    fputc(bracket, w->file);
    w->is_after = false;
}

void json_end(struct json_writer *w, char bracket)
{
    fputc(bracket, w->file);
    w->is_after = true;
}

void json_text(struct json_writer *w, const char *key, const char *value)
{
    put_key(w, key);
    put_text(w, value);
}

void json_number(struct json_writer *w, const char *key, int64_t value)
{
    put_key(w, key);
    fprintf(w->file, "%" PRId64, value);
}

void json_bool(struct json_writer *w, const char *key, bool value)
{
    put_key(w, key);
    fputs(value ? "true" : "false", w->file);
}

void json_list(struct json_writer *w,
               const char *key,
               const char *const *items,
               size_t count)
{
    json_begin(w, key, '[');
    for (size_t i = 0; i < count; i++)
        json_text(w, NULL, items[i]);
    json_end(w, ']');
}
