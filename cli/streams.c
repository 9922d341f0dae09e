/* streams.c - a stream is closed, waits, is followed, and ends.
 *
 * Only so many may be followed at once, and none while our own stdout does not
 * take what is there: then all wait, and are followed again from where they
 * were.  The agents hold their bytes meanwhile. */

#include "cli/streams.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <unistd.h>

#include "cli/output.h"

enum {
    LINE_SIZE_MAX = 1 << 16, /* longer ones are broken */
    STREAMS_PER_INSTANCE = 2,
};

enum stream_state {
    STREAM_CLOSED,
    STREAM_WAITING,  /* in `waiting` */
    STREAM_FOLLOWED, /* in `followed`, as `reader` */
    STREAM_ENDED,
};

struct stream {
    TAILQ_ENTRY(stream) entry;
    enum stream_state state;
    uint64_t reader;
    uint64_t next; /* offset after what has come */
    char *task_id;
    char *name;
    const char *file;
    int fd;
    char *line; /* its end has not come yet */
    size_t line_size;
};
TAILQ_HEAD(stream_list, stream);

struct streams {
    struct mezzo_scheduler *scheduler;
    struct output *output;
    bool prefixed;
    struct stream *items;
    size_t count;
    struct stream_list waiting, followed;
};

static void drained_cb(void *arg)
{
    mezzo_scheduler_wake(arg);
}

struct streams *streams_new(struct mezzo_scheduler *scheduler,
                            size_t instances_count,
                            bool prefixed)
{
    struct streams *s = calloc(1, sizeof *s);

    if (s == NULL)
        abort();
    s->scheduler = scheduler;
    s->output = output_new(drained_cb, scheduler);
    s->prefixed = prefixed;
    s->count = instances_count * STREAMS_PER_INSTANCE;
    s->items = calloc(s->count, sizeof *s->items);
    if (s->items == NULL)
        abort();
    TAILQ_INIT(&s->waiting);
    TAILQ_INIT(&s->followed);
    for (size_t i = 0; i < s->count; i++) {
        s->items[i].file = i % 2 == 0 ? "stdout" : "stderr";
        s->items[i].fd = i % 2 == 0 ? STDOUT_FILENO : STDERR_FILENO;
    }
    return s;
}

static void set_state(struct streams *s,
                      struct stream *stream,
                      enum stream_state state)
{
    if (stream->state == STREAM_WAITING)
        TAILQ_REMOVE(&s->waiting, stream, entry);
    if (stream->state == STREAM_FOLLOWED)
        TAILQ_REMOVE(&s->followed, stream, entry);
    stream->state = state;
    if (state == STREAM_WAITING)
        TAILQ_INSERT_TAIL(&s->waiting, stream, entry);
    if (state == STREAM_FOLLOWED)
        TAILQ_INSERT_TAIL(&s->followed, stream, entry);
}

static void close_stream(struct streams *s,
                         struct stream *stream,
                         enum stream_state state)
{
    if (stream->state == STREAM_FOLLOWED)
        mezzo_scheduler_close(s->scheduler, stream->reader);
    set_state(s, stream, state);
}

void streams_free(struct streams *s)
{
    if (s == NULL)
        return;
    streams_close(s);
    output_free(s->output);
    for (size_t i = 0; i < s->count; i++) {
        free(s->items[i].task_id);
        free(s->items[i].name);
        free(s->items[i].line);
    }
    free(s->items);
    free(s);
}

static void put_line(struct streams *s, struct stream *stream)
{
    output_write(s->output, stream->fd, stream->name, strlen(stream->name));
    output_write(s->output, stream->fd, ": ", 2);
    output_write(s->output, stream->fd, stream->line, stream->line_size);
    output_write(s->output, stream->fd, "\n", 1);
    stream->line_size = 0;
}

static void add_to_line(struct streams *s,
                        struct stream *stream,
                        const char *bytes,
                        size_t size)
{
    if (stream->line == NULL)
        stream->line = malloc(LINE_SIZE_MAX);
    if (stream->line == NULL)
        abort();
    while (size > 0) {
        size_t room = LINE_SIZE_MAX - stream->line_size;
        size_t part = size < room ? size : room;

        memcpy(stream->line + stream->line_size, bytes, part);
        stream->line_size += part;
        bytes += part;
        size -= part;
        if (stream->line_size == LINE_SIZE_MAX)
            put_line(s, stream);
    }
}

static void put_lines(struct streams *s,
                      struct stream *stream,
                      const char *bytes,
                      size_t size)
{
    while (size > 0) {
        const char *end = memchr(bytes, '\n', size);
        size_t part = end != NULL ? (size_t)(end - bytes) : size;

        add_to_line(s, stream, bytes, part);
        if (end != NULL)
            put_line(s, stream);
        part += end != NULL;
        bytes += part;
        size -= part;
    }
}

static void follow_waiting(struct streams *s)
{
    struct stream *stream;

    while (!output_is_full(s->output) &&
           (stream = TAILQ_FIRST(&s->waiting)) != NULL) {
        const struct mezzo_read read = {.task_id = stream->task_id,
                                        .file = stream->file,
                                        .offset = stream->next,
                                        .follows = true};

        if (mezzo_scheduler_read(s->scheduler, &read, &stream->reader) < 0)
            return; /* as many as may be; another's end makes room */
        set_state(s, stream, STREAM_FOLLOWED);
    }
}

void streams_open(struct streams *s,
                  size_t instance,
                  const char *task_id,
                  const char *name)
{
    struct stream *pair = &s->items[instance * STREAMS_PER_INSTANCE];

    for (struct stream *k = pair; k < pair + STREAMS_PER_INSTANCE; k++) {
        free(k->task_id);
        free(k->name);
        k->task_id = strdup(task_id);
        k->name = strdup(name);
        if (k->task_id == NULL || k->name == NULL)
            abort();
        set_state(s, k, STREAM_WAITING);
    }
    follow_waiting(s);
}

void streams_reset(struct streams *s, size_t instance)
{
    struct stream *pair = &s->items[instance * STREAMS_PER_INSTANCE];

    for (struct stream *k = pair; k < pair + STREAMS_PER_INSTANCE; k++) {
        close_stream(s, k, STREAM_CLOSED);
        k->next = 0;
        k->line_size = 0;
    }
    follow_waiting(s);
}

static void take_data(struct streams *s,
                      struct stream *stream,
                      const struct mezzo_output *output)
{
    if (output->offset > stream->next)
        fprintf(stderr,
                "mezzo: %s: %" PRIu64 " bytes of its %s are no longer kept\n",
                stream->name, output->offset - stream->next, stream->file);
    stream->next = output->offset + output->size;
    if (s->prefixed)
        put_lines(s, stream, output->data, output->size);
    else
        output_write(s->output, stream->fd, output->data, output->size);
    if (!output_is_full(s->output))
        return;
    while ((stream = TAILQ_FIRST(&s->followed)) != NULL)
        close_stream(s, stream, STREAM_WAITING);
}

void streams_take(struct streams *s, const struct mezzo_output *output)
{
    struct stream *stream;

    TAILQ_FOREACH (stream, &s->followed, entry)
        if (stream->reader == output->reader)
            break;
    if (stream == NULL)
        return; /* closed, and this was on its way */
    if (output->kind == MEZZO_OUTPUT_DATA) {
        take_data(s, stream, output);
        return;
    }
    if (output->kind == MEZZO_OUTPUT_FAILED)
        fprintf(stderr, "mezzo: %s: %s: %s\n", stream->name, stream->file,
                output->reason);
    if (stream->line_size > 0)
        put_line(s, stream);
    free(stream->line);
    stream->line = NULL;
    set_state(s, stream, STREAM_ENDED);
    follow_waiting(s);
}

void streams_resume(struct streams *s)
{
    follow_waiting(s);
}

void streams_close(struct streams *s)
{
    for (size_t i = 0; i < s->count; i++)
        close_stream(s, &s->items[i], STREAM_CLOSED);
}

bool streams_have_ended(const struct streams *s)
{
    return TAILQ_EMPTY(&s->waiting) && TAILQ_EMPTY(&s->followed);
}

int streams_broken(struct streams *s)
{
    return output_broken(s->output);
}
