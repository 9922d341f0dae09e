/* compose_logs.c - mezzo compose logs: with tickets that the framework hands
 * out, straight from the agents. */

#include <errno.h>
#include <mezzo/guest.h>
#include <poll.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <unistd.h>

#include "base/memory.h"
#include "frameworks/container/client.h"
#include "frameworks/container/compose.h"
#include "io/options.h"

enum {
    LINE_MAX_SIZE = 1 << 16,
};

static bool follows;

static const struct options_row logs_rows[] = {
    {.name = "follow",
     .letter = 'f',
     .kind = OPTIONS_FLAG,
     .value = &follows,
     .is_command_line_only = true,
     .help = "go on, also with instances that are yet to come"},
};

static const struct options logs_options = {
    .program = "mezzo compose logs",
    .operands = "[SERVICE]...",
    .summary = "show what services write",
    .text = "Each line begins with the instance that wrote it.  What an "
            "instance writes to stderr\ngoes to stderr.",
    .rows = logs_rows,
    .rows_count = 1,
};

/* One file of one instance, of which a line may be incomplete. */
struct source {
    TAILQ_ENTRY(source) entry;
    uint64_t stream;
    char *name;
    bool is_error;
    char *line;
    size_t size;
};

struct logs {
    struct client *client;  /* for tickets */
    struct client *watcher; /* told when there is another instance */
    struct mezzo_guest *guest;
    TAILQ_HEAD(sources, source) sources;
    json_t *seen; /* tasks that are read, or were */
    char **names; /* of services; none: all */
    int names_count;
    bool follows;
};

/* ------------------------------------------------------------------ output */

static void write_line(const struct source *s)
{
    FILE *out = s->is_error ? stderr : stdout;

    fprintf(out, "%s | ", s->name);
    fwrite(s->line, 1, s->size, out);
    fputc('\n', out);
    fflush(out);
}

static void take_bytes(struct source *s, const char *bytes, size_t size)
{
    while (size > 0) {
        const char *newline = memchr(bytes, '\n', size);
        size_t count = newline != NULL ? (size_t)(newline - bytes) : size;

        if (count > LINE_MAX_SIZE - s->size)
            count = LINE_MAX_SIZE - s->size;
        s->line = memory_resize(s->line, s->size + count + 1, 1);
        memcpy(s->line + s->size, bytes, count);
        s->size += count;
        bytes += count;
        size -= count;
        if (size > 0 && *bytes == '\n') {
            bytes++;
            size--;
        } else if (s->size < LINE_MAX_SIZE) {
            continue;
        }
        write_line(s);
        s->size = 0;
    }
}

static struct source *find_source(struct logs *l, uint64_t stream)
{
    struct source *s;

    TAILQ_FOREACH (s, &l->sources, entry)
        if (s->stream == stream)
            return s;
    return NULL;
}

static void free_source(struct logs *l, struct source *s)
{
    TAILQ_REMOVE(&l->sources, s, entry);
    free(s->name);
    free(s->line);
    free(s);
}

static void output_cb(struct mezzo_guest *guest,
                      const struct mezzo_output *output,
                      void *arg)
{
    struct logs *l = arg;
    struct source *s = find_source(l, output->reader);

    (void)guest;
    if (s == NULL)
        return;
    switch (output->kind) {
    case MEZZO_OUTPUT_DATA:
        take_bytes(s, output->data, output->size);
        return;
    case MEZZO_OUTPUT_ENTRY:
        return;
    case MEZZO_OUTPUT_FAILED:
        fprintf(stderr, "mezzo compose: %s: %s\n", s->name, output->reason);
        break;
    case MEZZO_OUTPUT_ENDED:
        break;
    }
    if (s->size > 0)
        write_line(s);
    free_source(l, s);
}

static const struct mezzo_guest_callbacks callbacks = {.output = output_cb};

/* ----------------------------------------------------------------- tickets */

static const char *text_of(json_t *json, const char *key)
{
    return json_string_value(json_object_get(json, key));
}

static int read_files(struct logs *l,
                      const struct mezzo_ticket *ticket,
                      const char *name)
{
    static const char *const files[] = {"stdout", "stderr"};

    for (int i = 0; i < 2; i++) {
        const struct mezzo_read read = {.task_id = ticket->task_id,
                                        .file = files[i],
                                        .follows = l->follows};
        struct source *s = memory_new(1, sizeof *s);
        int rc;

        s->name = memory_strdup(name);
        s->is_error = i == 1;
        TAILQ_INSERT_TAIL(&l->sources, s, entry);
        rc = mezzo_guest_read(l->guest, ticket, &read, &s->stream);
        if (rc < 0) {
            free_source(l, s);
            return rc;
        }
    }
    return 0;
}

/* A ticket as JSON, `bytes` in hexadecimal digits. */
static int use_ticket(struct logs *l,
                      json_t *answer,
                      const char *task,
                      const char *name)
{
    const char *hex = text_of(answer, "bytes");
    size_t size = strlen(hex);
    unsigned char *bytes = memory_new(size + 1, 1);
    struct mezzo_ticket ticket = {.task_id = task,
                                  .verb = MEZZO_VERB_READ_OUTPUT,
                                  .endpoint = text_of(answer, "endpoint"),
                                  .agent_key = text_of(answer, "agent_key"),
                                  .bytes = bytes};
    int rc = -EINVAL;

    if (sodium_hex2bin(bytes, size + 1, hex, size, NULL, &ticket.size, NULL) ==
        0)
        rc = read_files(l, &ticket, name);
    free(bytes);
    return rc;
}

/* What cannot be read is said; the others are. */
static void read_instance(struct logs *l, const char *task, const char *name)
{
    json_t *answer = client_call(
        l->client,
        json_pack("{s:s, s:s, s:s, s:s}", "call", "ticket", "task", task,
                  "verb", "output", "key", mezzo_guest_key(l->guest)));

    if (text_of(answer, "bytes") != NULL &&
        use_ticket(l, answer, task, name) < 0)
        fprintf(stderr, "mezzo compose: %s: %s\n", name,
                mezzo_guest_explain(l->guest));
    json_decref(answer);
}

static bool is_asked_for(const struct logs *l, const char *service)
{
    for (int i = 0; i < l->names_count; i++)
        if (strcmp(l->names[i], service) == 0)
            return true;
    return l->names_count == 0;
}

/* Begin to read what is new in `report`. */
static void read_instances(struct logs *l, json_t *report)
{
    json_t *services = json_object_get(report, "services"), *s, *instance;
    size_t i, j;

    json_array_foreach(services, i, s)
    {
        if (!is_asked_for(l, text_of(s, "name")))
            continue;
        json_array_foreach(json_object_get(s, "instances"), j, instance)
        {
            const char *task = text_of(instance, "task");
            const char *state = text_of(instance, "state");

            if (task == NULL || text_of(instance, "agent") == NULL ||
                strcmp(state, "waiting") == 0 ||
                json_object_get(l->seen, task) != NULL)
                continue;
            json_object_set_new(l->seen, task, json_true());
            read_instance(l, task, text_of(instance, "name"));
        }
    }
}

/* -------------------------------------------------------------------- loop */

static volatile sig_atomic_t is_interrupted;

static void interrupt_cb(int signal_number)
{
    (void)signal_number;
    is_interrupted = 1;
}

static void ask_for_more(struct logs *l, json_t *report)
{
    client_send(l->watcher, json_pack("{s:s, s:O, s:O}", "call", "get", "name",
                                      json_object_get(report, "name"), "after",
                                      json_object_get(report, "generation")));
}

/* False when there will be no more. */
static bool take_report(struct logs *l)
{
    json_t *report = client_receive(l->watcher);
    bool goes_on =
        report != NULL && !json_is_true(json_object_get(report, "is_gone"));

    if (goes_on) {
        read_instances(l, report);
        ask_for_more(l, report);
    }
    json_decref(report);
    return goes_on;
}

static int loop(struct logs *l)
{
    struct pollfd fds[2] = {
        {.fd = mezzo_guest_fd(l->guest), .events = POLLIN},
        {.fd = l->follows ? client_fd(l->watcher) : -1, .events = POLLIN}};

    while (!is_interrupted && (l->follows || !TAILQ_EMPTY(&l->sources))) {
        if (mezzo_guest_process(l->guest) < 0)
            return 1;
        if (!l->follows && TAILQ_EMPTY(&l->sources))
            break;
        fflush(stdout);
        if (poll(fds, 2, -1) < 0)
            continue; /* a signal */
        if (fds[1].revents != 0 && !take_report(l)) {
            l->follows = false; /* and what was written is read */
            fds[1].fd = -1;
        }
    }
    return is_interrupted ? 130 : 0;
}

static int show(struct logs *l, const char *name)
{
    json_t *report = client_call(
        l->watcher, json_pack("{s:s, s:s}", "call", "get", "name", name));
    int status;

    if (report == NULL)
        return 1;
    read_instances(l, report);
    if (l->follows)
        ask_for_more(l, report);
    json_decref(report);
    status = loop(l);
    while (!TAILQ_EMPTY(&l->sources))
        free_source(l, TAILQ_FIRST(&l->sources));
    return status;
}

int compose_show_logs(struct compose *c,
                      const char *name,
                      bool follows_on,
                      char **names,
                      int names_count)
{
    const struct sigaction action = {.sa_handler = interrupt_cb};
    struct logs l = {.client = client_open(c->socket, c->state),
                     .names = names,
                     .names_count = names_count,
                     .follows = follows_on,
                     .seen = json_object()};
    int status = 1;

    TAILQ_INIT(&l.sources);
    if (l.client != NULL)
        l.watcher = client_open(c->socket, c->state);
    if (l.watcher != NULL) {
        sigaction(SIGINT, &action, NULL);
        sigaction(SIGTERM, &action, NULL);
        l.guest = mezzo_guest_new(&callbacks, &l);
        status = show(&l, name);
        mezzo_guest_free(l.guest);
    }
    client_close(l.watcher);
    client_close(l.client);
    json_decref(l.seen);
    return status;
}

int compose_logs(struct compose *c, int argc, char **argv)
{
    int first = options_parse(&logs_options, argc, argv);
    const char *name = compose_input_name(c->arena, &c->input);

    if (name == NULL)
        return 2;
    return compose_show_logs(c, name, follows, argv + first, argc - first);
}
