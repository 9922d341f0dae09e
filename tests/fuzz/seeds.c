/* seeds.c - writes the first inputs of the fuzz targets into a directory: a
 * message of each type with every field set, to be damaged from there.  To be
 * run again when the .proto files have changed. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/message.h"
#include "proto/frame.h"
#include "proto/mesos.pb-c.h"
#include "proto/record.pb-c.h"

enum {
    LEVELS_MAX = 7,
    SEED_SIZE_MAX = 1 << 16,
};

static struct arena *arena;
static const char *root;

static void write_seed(const char *target,
                       const char *name,
                       const void *bytes,
                       size_t size)
{
    char path[1024];
    FILE *file;

    snprintf(path, sizeof path, "%s/%s", root, target);
    if (mkdir(path, 0777) < 0 && errno != EEXIST) {
        perror(path);
        exit(1);
    }
    snprintf(path, sizeof path, "%s/%s/%s", root, target, name);
    file = fopen(path, "wb");
    if (file == NULL || fwrite(bytes, 1, size, file) != size ||
        fclose(file) != 0) {
        perror(path);
        exit(1);
    }
}

static ProtobufCMessage *fill(const ProtobufCMessageDescriptor *descriptor,
                              int level);

/* One value for `field`, at `at`. */
static void set_value(const ProtobufCFieldDescriptor *field,
                      void *at,
                      int level)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_MESSAGE:
        *(ProtobufCMessage **)at = fill(field->descriptor, level + 1);
        break;
    case PROTOBUF_C_TYPE_STRING:
        *(char **)at = arena_strdup(arena, "hpc");
        break;
    case PROTOBUF_C_TYPE_BYTES:
        *(ProtobufCBinaryData *)at =
            (ProtobufCBinaryData){1, (uint8_t *)arena_strdup(arena, "b")};
        break;
    case PROTOBUF_C_TYPE_ENUM:
        *(int *)at = ((const ProtobufCEnumDescriptor *)field->descriptor)
                         ->values[0]
                         .value;
        break;
    case PROTOBUF_C_TYPE_DOUBLE:
        *(double *)at = 1.5;
        break;
    case PROTOBUF_C_TYPE_BOOL:
        *(protobuf_c_boolean *)at = 1;
        break;
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_UINT64:
        *(uint64_t *)at = 7;
        break;
    default: /* all others have four bytes in our messages */
        *(uint32_t *)at = 3;
    }
}

static size_t size_of(const ProtobufCFieldDescriptor *field)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_BYTES:
        return sizeof(ProtobufCBinaryData);
    case PROTOBUF_C_TYPE_MESSAGE:
    case PROTOBUF_C_TYPE_STRING:
        return sizeof(void *);
    default:
        return sizeof(uint64_t);
    }
}

static void set_field(ProtobufCMessage *message,
                      const ProtobufCFieldDescriptor *field,
                      int level)
{
    char *at = (char *)message + field->offset;
    char *quantifier = (char *)message + field->quantifier_offset;

    if (field->label != PROTOBUF_C_LABEL_REQUIRED && level >= LEVELS_MAX)
        return; /* or it would never end */
    switch (field->label) {
    case PROTOBUF_C_LABEL_REPEATED:
        *(size_t *)quantifier = 1;
        *(void **)at = arena_alloc(arena, size_of(field));
        set_value(field, *(void **)at, level);
        return;
    case PROTOBUF_C_LABEL_OPTIONAL:
        if ((field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0)
            *(uint32_t *)quantifier = field->id;
        else if (field->quantifier_offset != 0)
            *(protobuf_c_boolean *)quantifier = 1;
        break;
    default:
        break;
    }
    set_value(field, at, level);
}

static ProtobufCMessage *fill(const ProtobufCMessageDescriptor *descriptor,
                              int level)
{
    ProtobufCMessage *message = message_new(arena, descriptor);

    for (unsigned i = 0; i < descriptor->n_fields; i++)
        set_field(message, &descriptor->fields[i], level);
    return message;
}

static void write_bodies(void)
{
    static uint8_t bytes[SEED_SIZE_MAX];

    for (int type = FRAME_HEARTBEAT; type <= FRAME_STREAM_EVENT; type++) {
        const ProtobufCMessageDescriptor *descriptor =
            frame_descriptor((enum frame_type)type);
        int level = LEVELS_MAX;
        ProtobufCMessage *message;
        struct frame_header h = {.type = (enum frame_type)type, .sequence = 1};
        size_t size;

        do { /* as deep as fits */
            message = fill(descriptor, LEVELS_MAX - level);
            size = protobuf_c_message_get_packed_size(message);
        } while (size > 6000 && --level > 0);
        bytes[0] = (uint8_t)(type - 1);
        protobuf_c_message_pack(message, bytes + 1);
        write_seed("body", descriptor->name, bytes, size + 1);
        bytes[0] = (uint8_t)(size + FRAME_HEADER_SIZE);
        bytes[1] = (uint8_t)((size + FRAME_HEADER_SIZE) >> 8);
        frame_encode(&h, bytes + 2);
        protobuf_c_message_pack(message, bytes + 2 + FRAME_HEADER_SIZE);
        write_seed("frame", descriptor->name, bytes,
                   2 + FRAME_HEADER_SIZE + size);
    }
}

/* Each kind of record, and all of them one after another. */
static void write_journal(void)
{
    static uint8_t all[SEED_SIZE_MAX] = {1};
    const ProtobufCMessageDescriptor *descriptor =
        &mezzo__record__journal__descriptor;
    size_t all_size = 1;

    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        ProtobufCMessage *record = message_new(arena, descriptor);
        uint8_t one[SEED_SIZE_MAX] = {1};
        size_t size;

        set_field(record, &descriptor->fields[i], LEVELS_MAX - 4);
        size = protobuf_c_message_pack(record, one + 3);
        one[1] = (uint8_t)size;
        one[2] = (uint8_t)(size >> 8);
        write_seed("journal", descriptor->fields[i].name, one, size + 3);
        if (all_size + size + 2 <= sizeof all)
            memcpy(all + all_size, one + 1, size + 2);
        all_size += size + 2;
    }
    write_seed("journal", "all", all, all_size);
}

static void write_resources(void)
{
    static const char *const texts[] = {
        "cpus:4;mem:2048;ports:[31000-31999,32100-32100];gpus:{0,1}",
        "cpus(batch):2;cpus(batch,dynamic):0.125;cpus:-1",
        "cpus:1e309",
        "ports:[9-1]",
        "ports:[1-5,3-18446744073709551615]; a.b/c-d : {x,x,y}",
    };
    uint8_t bytes[4096] = {0};
    ProtobufCMessage *message = fill(
        &mesos__v1__offer__operation__unreserve__descriptor, LEVELS_MAX - 3);
    Mesos__V1__Resource *one =
        ((Mesos__V1__Offer__Operation__Unreserve *)message)->resources[0];
    size_t size;

    one->disk = NULL;
    one->revocable = NULL;
    one->shared = NULL;
    one->provider_id = NULL;
    size = protobuf_c_message_get_packed_size(message);
    bytes[0] = (uint8_t)size;
    bytes[1] = (uint8_t)(size >> 8);
    protobuf_c_message_pack(message, bytes + 2);
    protobuf_c_message_pack(message, bytes + 2 + size);
    write_seed("resources_wire", "scalars", bytes, 2 + 2 * size);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char name[16];

        snprintf(name, sizeof name, "text-%zu", i);
        write_seed("resources", name, texts[i], strlen(texts[i]));
    }
}

static void write_principals(void)
{
    static const char list[] =
        "# who may\n\n"
        "a rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7 agent - -\n"
        "b Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID framework hpc,web alice\n";
    static const char twice[] =
        "a rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7 agent - -\n"
        "b rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7 operator * *\n";

    write_seed("principals", "list", list, strlen(list));
    write_seed("principals", "twice", twice, strlen(twice));
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: seeds DIRECTORY\n");
        return 2;
    }
    root = argv[1];
    arena = arena_new();
    write_bodies();
    write_journal();
    write_resources();
    write_principals();
    arena_free(arena);
    return 0;
}
