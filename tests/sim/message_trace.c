/* message_trace.c - walks a message along its descriptor. */

#include "tests/sim/message_trace.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    BYTES_SHOWN_MAX = 24
};

static void print_message(FILE *out, const ProtobufCMessage *message);

/* Fields that hold, or are made from, what the wall clock says. */
static bool is_of_wall_clock(const char *name)
{
    static const char *const names[] = {
        "timestamp",         "ticket",           "expires_ms",
        "changed_ms",        "registered_ms",    "deadline_ms",
        "nanoseconds",       "unreachable_time", "start_time",
        "reregistered_time", "started_ms",       "since_ms",
        "starts_by_ms"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

static void print_bytes(FILE *out, const ProtobufCBinaryData *data)
{
    for (size_t i = 0; i < data->len && i < BYTES_SHOWN_MAX; i++)
        fprintf(out, "%02x", data->data[i]);
    if (data->len > BYTES_SHOWN_MAX)
        fprintf(out, "...(%zu)", data->len);
}

static void print_text(FILE *out, const char *text)
{
    for (; *text != '\0'; text++)
        putc(isprint((unsigned char)*text) ? *text : '?', out);
}

static void print_enum(FILE *out,
                       const ProtobufCEnumDescriptor *descriptor,
                       int value)
{
    const ProtobufCEnumValue *v =
        protobuf_c_enum_descriptor_get_value(descriptor, value);

    if (v == NULL)
        fprintf(out, "%d", value);
    else
        fputs(v->name, out);
}

static void print_value(FILE *out,
                        const ProtobufCFieldDescriptor *f,
                        const void *value)
{
    switch (f->type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
        fprintf(out, "%" PRId32, *(const int32_t *)value);
        break;
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
        fprintf(out, "%" PRIu32, *(const uint32_t *)value);
        break;
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
        fprintf(out, "%" PRId64, *(const int64_t *)value);
        break;
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        fprintf(out, "%" PRIu64, *(const uint64_t *)value);
        break;
    case PROTOBUF_C_TYPE_FLOAT:
        fprintf(out, "%g", (double)*(const float *)value);
        break;
    case PROTOBUF_C_TYPE_DOUBLE:
        fprintf(out, "%.12g", *(const double *)value);
        break;
    case PROTOBUF_C_TYPE_BOOL:
        fputs(*(const protobuf_c_boolean *)value ? "true" : "false", out);
        break;
    case PROTOBUF_C_TYPE_ENUM:
        print_enum(out, f->descriptor, *(const int *)value);
        break;
    case PROTOBUF_C_TYPE_STRING:
        print_text(out, *(const char *const *)value);
        break;
    case PROTOBUF_C_TYPE_BYTES:
        print_bytes(out, value);
        break;
    case PROTOBUF_C_TYPE_MESSAGE:
        fputs("{", out);
        print_message(out, *(const ProtobufCMessage *const *)value);
        fputs("}", out);
        break;
    }
}

static size_t value_size(const ProtobufCFieldDescriptor *f)
{
    switch (f->type) {
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return 8;
    case PROTOBUF_C_TYPE_BOOL:
        return sizeof(protobuf_c_boolean);
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_MESSAGE:
        return sizeof(void *);
    case PROTOBUF_C_TYPE_BYTES:
        return sizeof(ProtobufCBinaryData);
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_ENUM:
        break;
    }
    return 4;
}

static bool is_set(const ProtobufCMessage *message,
                   const ProtobufCFieldDescriptor *f)
{
    const char *base = (const char *)message;

    if (f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF)
        return *(const uint32_t *)(base + f->quantifier_offset) == f->id;
    if (f->type == PROTOBUF_C_TYPE_STRING || f->type == PROTOBUF_C_TYPE_MESSAGE)
        return *(const void *const *)(base + f->offset) != NULL;
    return f->label == PROTOBUF_C_LABEL_REQUIRED ||
           *(const protobuf_c_boolean *)(base + f->quantifier_offset);
}

static void print_field(FILE *out,
                        const ProtobufCMessage *message,
                        const ProtobufCFieldDescriptor *f)
{
    const char *base = (const char *)message;
    const char *values = base + f->offset;
    size_t count = 1;

    if (is_of_wall_clock(f->name))
        return;
    if (f->label == PROTOBUF_C_LABEL_REPEATED) {
        count = *(const size_t *)(base + f->quantifier_offset);
        values = *(const char *const *)values;
    } else if (!is_set(message, f)) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        fprintf(out, " %s=", f->name);
        print_value(out, f, values + i * value_size(f));
    }
}

static void print_message(FILE *out, const ProtobufCMessage *message)
{
    for (unsigned i = 0; i < message->descriptor->n_fields; i++)
        print_field(out, message, &message->descriptor->fields[i]);
}

void message_trace(struct world *w,
                   const char *receiver,
                   const char *sender,
                   const ProtobufCMessage *message)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    if (out == NULL)
        abort();
    print_message(out, message);
    fclose(out);
    world_trace(w, "%s < %s %s%s", receiver, sender,
                message->descriptor->short_name, text);
    free(text);
}
