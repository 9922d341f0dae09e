/* packet.c - fields behind a header, written and checked in one pass. */

#include "agent/launcher/packet.h"

#include <string.h>

#define MAGIC 0x6f7a6c4d /* "Mlzo" */

struct header {
    uint32_t magic;
    uint16_t version;
    uint16_t kind;
    uint64_t ticket;
};

struct field {
    uint32_t tag;
    uint32_t size;
};

static void put(struct packet_writer *w, const void *bytes, size_t size)
{
    if (w->is_full || size > w->capacity - w->size) {
        w->is_full = true;
        return;
    }
    if (size > 0)
        memcpy(w->bytes + w->size, bytes, size);
    w->size += size;
}

static void put_field(struct packet_writer *w,
                      enum packet_field tag,
                      const void *bytes,
                      size_t size)
{
    const struct field field = {.tag = tag, .size = (uint32_t)size};

    if (size > PACKET_SIZE_MAX) {
        w->is_full = true;
        return;
    }
    put(w, &field, sizeof field);
    put(w, bytes, size);
}

void packet_begin(struct packet_writer *w,
                  void *bytes,
                  size_t capacity,
                  enum packet_kind kind,
                  uint64_t ticket)
{
    const struct header header = {
        .magic = MAGIC,
        .version = PACKET_VERSION,
        .kind = (uint16_t)kind,
        .ticket = ticket,
    };

    *w = (struct packet_writer){.bytes = bytes, .capacity = capacity};
    put(w, &header, sizeof header);
}

void packet_add_string(struct packet_writer *w,
                       enum packet_field tag,
                       const char *value)
{
    put_field(w, tag, value, strlen(value) + 1);
}

void packet_add_number(struct packet_writer *w,
                       enum packet_field tag,
                       uint64_t value)
{
    put_field(w, tag, &value, sizeof value);
}

void packet_add_numbers(struct packet_writer *w,
                        enum packet_field tag,
                        const uint64_t *values,
                        size_t count)
{
    put_field(w, tag, values, count * sizeof *values);
}

const char *packet_open(struct packet_reader *r, const void *bytes, size_t size)
{
    struct packet_reader probe;
    struct packet_item item;
    struct header header;

    if (size < sizeof header)
        return "shorter than its header";
    if (size > PACKET_SIZE_MAX)
        return "too long";
    memcpy(&header, bytes, sizeof header);
    if (header.magic != MAGIC)
        return "not a packet";
    if (header.version != PACKET_VERSION)
        return "of another version";
    r->next = (const uint8_t *)bytes + sizeof header;
    r->end = (const uint8_t *)bytes + size;
    r->kind = (enum packet_kind)header.kind;
    r->ticket = header.ticket;
    probe = *r;
    while (packet_next(&probe, &item))
        ;
    return probe.next == probe.end ? NULL : "a field is cut off";
}

bool packet_next(struct packet_reader *r, struct packet_item *item)
{
    struct field field;
    size_t left = (size_t)(r->end - r->next);

    if (left < sizeof field)
        return false;
    memcpy(&field, r->next, sizeof field);
    if (field.size > left - sizeof field)
        return false;
    item->tag = (enum packet_field)field.tag;
    item->bytes = r->next + sizeof field;
    item->size = field.size;
    r->next += sizeof field + field.size;
    return true;
}

const char *packet_string(const struct packet_item *item)
{
    if (item->size == 0 ||
        memchr(item->bytes, '\0', item->size) != item->bytes + item->size - 1)
        return NULL;
    return (const char *)item->bytes;
}

bool packet_numbers(const struct packet_item *item,
                    uint64_t *values,
                    size_t count)
{
    if (item->size != count * sizeof *values)
        return false;
    memcpy(values, item->bytes, item->size);
    return true;
}
