/* wild.c - walks along descriptors, which know where each field is. */

#include "tests/fuzz/wild.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/message.h"
#include "proto/wire.pb-c.h"

enum {
    LEVELS_MAX = 9,
    REPEATED_MAX = 3,
};

static const char *const common[] = {"hpc",  "*",         "nobody", "cpus",
                                     "mem",  "ports",     "",       "a/b",
                                     "../x", "tcp://h:1", "true",   "\x01\xff",
                                     "web",  "web/..",    "stdout", "gpus"};

unsigned wild_choose(struct wild *w, unsigned bound)
{
    unsigned value;

    if (w->size == 0)
        return 0;
    value = *w->bytes++;
    w->size--;
    return value % bound;
}

bool wild_is_over(const struct wild *w)
{
    return w->size == 0;
}

static size_t known_texts(const struct wild *w)
{
    return w->texts_count < WILD_LEARNED_MAX ? w->texts_count
                                             : WILD_LEARNED_MAX;
}

/* `kind` NULL: of none. */
static void learn_text(struct wild *w,
                       const char *text,
                       const ProtobufCMessageDescriptor *kind)
{
    size_t i = w->texts_count % WILD_LEARNED_MAX;

    if (text[0] == '\0' || strlen(text) >= WILD_TEXT_MAX)
        return;
    for (size_t k = 0; k < known_texts(w); k++)
        if (w->kinds[k] == kind && strcmp(w->texts[k], text) == 0)
            return;
    snprintf(w->texts[i], WILD_TEXT_MAX, "%s", text);
    w->kinds[i] = kind;
    w->texts_count++;
}

void wild_learn_text(struct wild *w, const char *text)
{
    learn_text(w, text, NULL);
}

/* The one learned last, or another; NULL: none. */
static const char *known_of(struct wild *w,
                            const ProtobufCMessageDescriptor *kind)
{
    size_t back = wild_choose(w, 8);
    const char *found = NULL;

    for (size_t n = 0; n < known_texts(w); n++) {
        size_t i = (w->texts_count - 1 - n) % WILD_LEARNED_MAX;

        if (w->kinds[i] != kind)
            continue;
        found = w->texts[i];
        if (back < 4 || back-- == 4)
            break;
    }
    return found;
}

static void learn_data(struct wild *w, const ProtobufCBinaryData *data)
{
    size_t i = w->data_count % WILD_LEARNED_MAX;

    if (data->len == 0 || data->len > WILD_TEXT_MAX)
        return;
    memcpy(w->data[i], data->data, data->len);
    w->data_sizes[i] = data->len;
    w->data_count++;
}

static char *wild_text(struct wild *w, struct arena *arena)
{
    unsigned commons = sizeof common / sizeof common[0];
    unsigned i = wild_choose(w, commons + 2 * WILD_LEARNED_MAX + 1);

    if (i == commons + 2 * WILD_LEARNED_MAX) {
        char *lengthy = arena_alloc(arena, 5001);

        memset(lengthy, 'x', 5000);
        return lengthy;
    }
    if (i >= commons && w->texts_count > 0) {
        return arena_strdup(arena, w->texts[(i - commons) % known_texts(w)]);
    }
    return arena_strdup(arena, common[i % commons]);
}

static ProtobufCBinaryData wild_data(struct wild *w, struct arena *arena)
{
    unsigned i = wild_choose(w, 2 * WILD_LEARNED_MAX);
    size_t known =
        w->data_count < WILD_LEARNED_MAX ? w->data_count : WILD_LEARNED_MAX;
    ProtobufCBinaryData data = {0, NULL};

    if (known > 0 && i >= 4) {
        data.len = w->data_sizes[i % known];
        data.data = arena_alloc(arena, data.len);
        memcpy(data.data, w->data[i % known], data.len);
        return data;
    }
    data.len = i < 3 ? i * 8 : 17;
    data.data = arena_alloc(arena, data.len + 1);
    for (size_t k = 0; k < data.len; k++)
        data.data[k] = (uint8_t)wild_choose(w, 256);
    return data;
}

static double wild_double(struct wild *w)
{
    static const double values[] = {1,    0,   0.5,  -1,    2,   64,
                                    1e18, NAN, 1e30, 1e-30, 0.1, INFINITY};

    return values[wild_choose(w, sizeof values / sizeof values[0])];
}

static int64_t wild_integer(struct wild *w)
{
    static const int64_t values[] = {
        1,     0,         2,         3, 16,         100,       -1, 31,
        40000, INT32_MAX, INT32_MIN, 7, UINT32_MAX, INT64_MAX, 15, INT64_MIN};

    return values[wild_choose(w, sizeof values / sizeof values[0])];
}

static int wild_enum(struct wild *w, const ProtobufCEnumDescriptor *d)
{
    unsigned i = wild_choose(w, d->n_values + 1);

    return i == d->n_values ? (int)wild_integer(w) : d->values[i].value;
}

static ProtobufCMessage *make(struct wild *w,
                              const ProtobufCMessageDescriptor *descriptor,
                              struct arena *arena,
                              int level);

static size_t size_of(const ProtobufCFieldDescriptor *f)
{
    switch (f->type) {
    case PROTOBUF_C_TYPE_BYTES:
        return sizeof(ProtobufCBinaryData);
    case PROTOBUF_C_TYPE_MESSAGE:
    case PROTOBUF_C_TYPE_STRING:
        return sizeof(void *);
    case PROTOBUF_C_TYPE_DOUBLE:
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_UINT64:
        return sizeof(uint64_t);
    case PROTOBUF_C_TYPE_BOOL:
        return sizeof(protobuf_c_boolean);
    default: /* all others of our messages */
        return sizeof(uint32_t);
    }
}

static void set_value(struct wild *w,
                      const ProtobufCFieldDescriptor *f,
                      void *at,
                      struct arena *arena,
                      int level)
{
    switch (f->type) {
    case PROTOBUF_C_TYPE_MESSAGE:
        *(ProtobufCMessage **)at = make(w, f->descriptor, arena, level + 1);
        break;
    case PROTOBUF_C_TYPE_STRING:
        *(char **)at = wild_text(w, arena);
        break;
    case PROTOBUF_C_TYPE_BYTES:
        *(ProtobufCBinaryData *)at = wild_data(w, arena);
        break;
    case PROTOBUF_C_TYPE_ENUM:
        *(int *)at = wild_enum(w, f->descriptor);
        break;
    case PROTOBUF_C_TYPE_DOUBLE:
        *(double *)at = wild_double(w);
        break;
    case PROTOBUF_C_TYPE_BOOL:
        *(protobuf_c_boolean *)at = (protobuf_c_boolean)wild_choose(w, 2);
        break;
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_UINT64:
        *(int64_t *)at = wild_integer(w);
        break;
    default:
        *(int32_t *)at = (int32_t)wild_integer(w);
    }
}

static void set_field(struct wild *w,
                      ProtobufCMessage *message,
                      const ProtobufCFieldDescriptor *f,
                      struct arena *arena,
                      int level)
{
    char *at = (char *)message + f->offset;
    char *quantifier = (char *)message + f->quantifier_offset;
    bool is_deep = level >= LEVELS_MAX;

    if (f->label == PROTOBUF_C_LABEL_REPEATED) {
        size_t count = is_deep ? 0 : wild_choose(w, REPEATED_MAX + 1);
        char *items = arena_alloc(arena, (count + 1) * size_of(f));

        for (size_t i = 0; i < count; i++)
            set_value(w, f, items + i * size_of(f), arena, level);
        *(size_t *)quantifier = count;
        *(void **)at = items;
        return;
    }
    if (f->label == PROTOBUF_C_LABEL_OPTIONAL) {
        if (is_deep || wild_choose(w, 3) != 1)
            return;
        if ((f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0)
            *(uint32_t *)quantifier = f->id;
        else if (f->quantifier_offset != 0)
            *(protobuf_c_boolean *)quantifier = 1;
    }
    set_value(w, f, at, arena, level);
}

/* Of a call or an event: `type` LAUNCH, say, needs `launch`. */
static bool is_named(const ProtobufCFieldDescriptor *f, const char *type)
{
    size_t i = 0;

    for (; f->name[i] != '\0' && type[i] != '\0'; i++)
        if ((f->name[i] & ~0x20) != (type[i] & ~0x20))
            return false;
    return f->name[i] == type[i];
}

/* Has what its type is about, and that alone. */
static bool set_by_type(struct wild *w,
                        ProtobufCMessage *message,
                        struct arena *arena,
                        int level)
{
    const ProtobufCMessageDescriptor *d = message->descriptor;
    const ProtobufCFieldDescriptor *type =
        protobuf_c_message_descriptor_get_field_by_name(d, "type");
    const ProtobufCEnumValue *value;

    if (type == NULL || type->type != PROTOBUF_C_TYPE_ENUM || level > 2 ||
        wild_choose(w, 8) == 0)
        return false;
    *(int *)((char *)message + type->offset) = wild_enum(w, type->descriptor);
    if (type->label == PROTOBUF_C_LABEL_OPTIONAL)
        *(protobuf_c_boolean *)((char *)message + type->quantifier_offset) = 1;
    value = protobuf_c_enum_descriptor_get_value(
        type->descriptor, *(int *)((char *)message + type->offset));
    for (unsigned i = 0; i < d->n_fields; i++) {
        const ProtobufCFieldDescriptor *f = &d->fields[i];
        bool is_it = value != NULL && is_named(f, value->name);

        if (f == type)
            continue;
        if (is_it && f->type == PROTOBUF_C_TYPE_MESSAGE &&
            f->label == PROTOBUF_C_LABEL_OPTIONAL)
            set_value(w, f, (char *)message + f->offset, arena, level);
        else if (is_it || f->label == PROTOBUF_C_LABEL_REQUIRED ||
                 f->type == PROTOBUF_C_TYPE_STRING ||
                 strstr(f->name, "_id") != NULL || wild_choose(w, 4) == 1)
            set_field(w, message, f, arena, level);
    }
    return true;
}

static void tame_resource(struct wild *w,
                          Mesos__V1__Resource *r,
                          struct arena *arena)
{
    static const char *const names[] = {"cpus", "mem", "hpc"};
    static const double values[] = {1, 2, 0.5, 32};

    r->name = arena_strdup(arena, names[wild_choose(w, 3)]);
    r->type = MESOS__V1__VALUE__TYPE__SCALAR;
    r->scalar = message_new(arena, &mesos__v1__value__scalar__descriptor);
    r->scalar->value = values[wild_choose(w, 4)];
}

static void tame_command(struct wild *w,
                         Mesos__V1__CommandInfo *c,
                         struct arena *arena)
{
    (void)w;
    c->has_shell = 1;
    c->shell = 1;
    c->value = arena_strdup(arena, "true");
}

static void *one(const ProtobufCMessageDescriptor *descriptor,
                 struct wild *w,
                 struct arena *arena)
{
    return make(w, descriptor, arena, 2);
}

static void tame_task(struct wild *w,
                      Mesos__V1__TaskInfo *t,
                      struct arena *arena)
{
    t->name = arena_strdup(arena, "task");
    t->task_id = one(&mesos__v1__task_id__descriptor, w, arena);
    t->agent_id = one(&mesos__v1__agent_id__descriptor, w, arena);
    t->resources = arena_alloc(arena, sizeof *t->resources);
    t->resources[t->n_resources++] =
        one(&mesos__v1__resource__descriptor, w, arena);
    if (wild_choose(w, 3) == 1)
        t->executor = one(&mesos__v1__executor_info__descriptor, w, arena);
    else
        t->command = one(&mesos__v1__command_info__descriptor, w, arena);
}

static void tame_executor(struct wild *w,
                          Mesos__V1__ExecutorInfo *e,
                          struct arena *arena)
{
    e->executor_id = one(&mesos__v1__executor_id__descriptor, w, arena);
    e->command = one(&mesos__v1__command_info__descriptor, w, arena);
}

static void tame_framework(struct wild *w,
                           Mesos__V1__FrameworkInfo *f,
                           struct arena *arena)
{
    f->name = arena_strdup(arena, "test");
    f->user = arena_strdup(arena, wild_choose(w, 2) == 1 ? "nobody" : "hpc");
    if (wild_choose(w, 2) == 1)
        f->id = one(&mesos__v1__framework_id__descriptor, w, arena);
    if (wild_choose(w, 2) == 1) {
        f->has_failover_timeout = 1;
        f->failover_timeout = wild_choose(w, 40);
    }
}

static void tame_agent(struct wild *w,
                       Mesos__V1__AgentInfo *a,
                       struct arena *arena)
{
    size_t count = 2 + wild_choose(w, 2);

    a->hostname = arena_strdup(arena, "host");
    a->resources = arena_alloc(arena, count * sizeof *a->resources);
    while (a->n_resources < count)
        a->resources[a->n_resources++] =
            one(&mesos__v1__resource__descriptor, w, arena);
}

/* One that makes sense, of the kinds whose fields must fit each other. */
static bool is_tamed(struct wild *w, void *message, struct arena *arena)
{
    const ProtobufCMessageDescriptor *d =
        ((const ProtobufCMessage *)message)->descriptor;
    const ProtobufCFieldDescriptor *value =
        d->n_fields == 1 ? &d->fields[0] : NULL;

    if (wild_choose(w, 8) == 7)
        return false;
    if (d == &mesos__v1__resource__descriptor) {
        tame_resource(w, message, arena);
    } else if (d == &mesos__v1__command_info__descriptor) {
        tame_command(w, message, arena);
    } else if (d == &mesos__v1__task_info__descriptor) {
        tame_task(w, message, arena);
    } else if (d == &mesos__v1__executor_info__descriptor) {
        tame_executor(w, message, arena);
    } else if (d == &mesos__v1__framework_info__descriptor) {
        tame_framework(w, message, arena);
    } else if (d == &mesos__v1__agent_info__descriptor) {
        tame_agent(w, message, arena);
    } else if (value != NULL && value->type == PROTOBUF_C_TYPE_STRING &&
               value->label == PROTOBUF_C_LABEL_REQUIRED) {
        const char *known = known_of(w, d);

        if (known == NULL)
            return false;
        *(char **)((char *)message + value->offset) =
            arena_strdup(arena, known);
    } else {
        return false;
    }
    return true;
}

static ProtobufCMessage *make(struct wild *w,
                              const ProtobufCMessageDescriptor *descriptor,
                              struct arena *arena,
                              int level)
{
    ProtobufCMessage *message = message_new(arena, descriptor);

    if (!is_tamed(w, message, arena) && !set_by_type(w, message, arena, level))
        for (unsigned i = 0; i < descriptor->n_fields; i++)
            set_field(w, message, &descriptor->fields[i], arena, level);
    return message;
}

ProtobufCMessage *wild_message(struct wild *w,
                               const ProtobufCMessageDescriptor *descriptor,
                               struct arena *arena)
{
    return make(w, descriptor, arena, 0);
}

static void learn_value(struct wild *w,
                        const ProtobufCMessageDescriptor *of,
                        const ProtobufCFieldDescriptor *f,
                        const void *at)
{
    if (f->type == PROTOBUF_C_TYPE_MESSAGE && *(void *const *)at != NULL)
        wild_learn(w, *(ProtobufCMessage *const *)at);
    else if (f->type == PROTOBUF_C_TYPE_STRING && *(void *const *)at != NULL)
        learn_text(w, *(char *const *)at, of->n_fields == 1 ? of : NULL);
    else if (f->type == PROTOBUF_C_TYPE_BYTES)
        learn_data(w, at);
}

void wild_learn(struct wild *w, const ProtobufCMessage *message)
{
    const ProtobufCMessageDescriptor *d = message->descriptor;

    for (unsigned i = 0; i < d->n_fields; i++) {
        const ProtobufCFieldDescriptor *f = &d->fields[i];
        const char *at = (const char *)message + f->offset;

        if (f->label != PROTOBUF_C_LABEL_REPEATED) {
            learn_value(w, d, f, at);
            continue;
        }
        for (size_t n = 0; n < *(const size_t *)((const char *)message +
                                                 f->quantifier_offset);
             n++)
            learn_value(w, d, f, *(char *const *)at + n * size_of(f));
    }
}
