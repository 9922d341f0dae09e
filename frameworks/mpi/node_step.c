/* node_step.c - a step's ranks on this node: started, heard, ended. */

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/auto.h"
#include "base/memory.h"
#include "frameworks/mpi/node_parts.h"
#include "frameworks/mpi/quantity.h"
#include "frameworks/mpi/request_json.h"

enum {
    REAP_MS = 1000,   /* from the signal to KILL */
    QUIET_MS = 10000, /* by then ranks of MPI have spoken */
};

struct step *node_find_step(const struct node *n, unsigned number)
{
    struct step *s;

    TAILQ_FOREACH (s, &n->steps, entry)
        if (s->number == number)
            return s;
    return NULL;
}

static bool read_layout(struct node *n, struct step *s, const json_t *ranks)
{
    if (json_array_size(ranks) != n->layout.count)
        return false;
    for (size_t i = 0; i < n->layout.count; i++) {
        json_int_t count = json_integer_value(json_array_get(ranks, i));

        if (count < 0 || count > n->layout.nodes[i].ranks_count)
            return false;
        layout_add(&s->layout, n->layout.nodes[i].host, "", (unsigned)count);
    }
    return s->layout.ranks_count > 0;
}

void node_remove_step(struct node *n, struct step *s)
{
    TAILQ_REMOVE(&n->steps, s, entry);
    n->steps_count--;
    for (unsigned i = 0; i < s->ranks_count; i++) {
        lines_release(&s->ranks[i].lines[0]);
        lines_release(&s->ranks[i].lines[1]);
    }
    for (unsigned i = 0; s->places != NULL && i < n->count; i++)
        free(s->places[i]);
    for (int i = 0; i < GATHER_KINDS_COUNT; i++)
        free(s->gathers[i].bytes);
    pmi_free(s->pmi);
    free(s->owner);
    words_release(&s->argv);
    words_release(&s->environment);
    layout_release(&s->layout);
    free(s->directory);
    free(s->places);
    free(s->ranks);
    free(s);
}

struct step *node_add_step(struct node *n, const json_t *spec)
{
    struct step *s = memory_new(1, sizeof *s);

    s->number = (unsigned)json_integer_value(json_object_get(spec, "step"));
    s->kill_ms = s->quiet_ms = INT64_MAX;
    s->directory = request_json_get_text(json_object_get(spec, "directory"));
    s->is_labelled = json_is_true(json_object_get(spec, "label"));
    TAILQ_INSERT_TAIL(&n->steps, s, entry);
    n->steps_count++;
    if (s->directory == NULL ||
        !request_json_get_words(json_object_get(spec, "argv"), &s->argv) ||
        !request_json_get_words(json_object_get(spec, "environment"),
                                &s->environment) ||
        s->argv.count == 0 ||
        !read_layout(n, s, json_object_get(spec, "ranks"))) {
        node_remove_step(n, s);
        return NULL;
    }
    s->ranks_count = s->layout.nodes[n->number].ranks_count;
    s->left_count = s->ranks_count;
    s->ranks = s->ranks_count > 0 ? memory_new(s->ranks_count, sizeof *s->ranks)
                                  : NULL;
    return s;
}

/* ---------------------------------------------------------------- start */

/* "NODE PLACE\n" of each. */
static void read_places(struct node *n,
                        struct step *s,
                        const char *lines,
                        size_t size)
{
    s->places = memory_new(n->count, sizeof *s->places);
    while (size > 0) {
        const char *end = memchr(lines, '\n', size);
        char place[256];
        unsigned node;

        if (end == NULL)
            break;
        if (end - lines < 256 &&
            sscanf(lines, "%u %255[^\n]", &node, place) == 2 &&
            node < n->count && s->places[node] == NULL)
            s->places[node] = memory_strdup(place);
        size -= (size_t)(end + 1 - lines);
        lines = end + 1;
    }
    for (unsigned i = 0; i < n->count; i++)
        if (s->places[i] == NULL)
            s->places[i] = memory_strdup("?");
}

static bool shares_place(const struct node *n, const struct step *s)
{
    for (unsigned i = 0; i < n->count; i++)
        for (unsigned j = 0; j < i; j++)
            if (strcmp(s->places[i], s->places[j]) == 0)
                return true;
    return false;
}

static bool have_one_kernel(const char *place, const char *other)
{
    return strncmp(place, other, strcspn(place, ":") + 1) == 0;
}

static bool shares_kernel(const struct node *n, const struct step *s)
{
    for (unsigned i = 0; i < n->count; i++)
        for (unsigned j = 0; j < i; j++)
            if (have_one_kernel(s->places[i], s->places[j]))
                return true;
    return false;
}

static unsigned count_kernel_ranks(const struct node *n, const struct step *s)
{
    unsigned count = 0;

    for (unsigned i = 0; i < n->count; i++)
        if (have_one_kernel(s->places[i], s->places[n->number]))
            count += s->layout.nodes[i].ranks_count;
    return count;
}

static void set_number(struct words *w, const char *name, unsigned number)
{
    char text[16];

    snprintf(text, sizeof text, "%u", number);
    words_set(w, name, text);
}

static void start_rank(struct node *n, struct step *s, unsigned i)
{
    unsigned first = s->layout.nodes[n->number].first_rank;
    struct words environment = {0};
    struct rank *r = &s->ranks[i];
    const struct node_spawn spawn = {
        .argv = &s->argv,
        .environment = &environment,
        .directory = s->directory,
        .has_input = first + i == 0,
        .step = s->number,
        .rank = first + i,
    };
    const char *failure;

    words_append(&environment, &s->environment);
    variables_set_rank(&environment, &s->layout, n->number, first + i,
                       s->number);
    set_number(&environment, "PMI_RANK", first + i);
    set_number(&environment, "PMI_SIZE", s->layout.ranks_count);
    set_number(&environment, "MPI_LOCALRANKID", i);
    set_number(&environment, "MPI_LOCALNRANKS", s->ranks_count);
    n->host.pmix_environment(n->arg, s->number, first + i, &environment);
    r->key = node_key(s, i);
    r->has_output[0] = r->has_output[1] = true;
    if (s->is_labelled)
        snprintf(r->prefix, sizeof r->prefix, "[%u] ", first + i);
    failure = n->host.spawn(n->arg, r->key, &spawn);
    words_release(&environment);
    if (failure != NULL) {
        r->has_output[0] = r->has_output[1] = false;
        node_spawned(n, r->key, failure);
    } else {
        r->is_started = true;
    }
}

void node_go(struct node *n, struct step *s, const char *lines, size_t size)
{
    char name[64];

    if (s->stage != STEP_PREPARED)
        return;
    read_places(n, s, lines, size);
    s->stage = STEP_RUNNING;
    if (s->ranks_count == 0) {
        node_gather(n, s, GATHER_DONE, "", 0);
        return;
    }
    s->quiet_ms = n->host.now_ms(n->arg) + QUIET_MS;
    snprintf(name, sizeof name, "%" PRIu64 ".%u.%u", n->job, n->attempt,
             s->number);
    node_open_pmi(n, s, name);
    n->host.pmix_begin(
        n->arg, &(struct node_step){.number = s->number,
                                    .name = name,
                                    .program = s->argv.items[0],
                                    .directory = s->directory,
                                    .environment = &s->environment,
                                    .layout = &s->layout,
                                    .places = (const char *const *)s->places,
                                    .node = n->number,
                                    .shares_place = shares_place(n, s),
                                    .shares_kernel = shares_kernel(n, s),
                                    .kernel_ranks = count_kernel_ranks(n, s)});
    for (unsigned i = 0; i < s->ranks_count && s->stage == STEP_RUNNING; i++)
        start_rank(n, s, i);
    if (s->stage == STEP_RUNNING)
        return;
    for (unsigned i = 0; i < s->ranks_count; i++) /* never started */
        if (!s->ranks[i].is_started && !s->ranks[i].has_exited)
            node_exited(n, node_key(s, i), 0);
}

/* ---------------------------------------------------------------- output */

struct sink {
    struct node *node;
    struct step *step;
    unsigned rank;
    int stream;
};

static void write_cb(void *arg, const char *bytes, size_t size)
{
    const struct sink *k = arg;
    struct node *n = k->node;

    if (!n->has_script) {
        n->host.output(n->arg, k->stream, bytes, size);
        return;
    }
    node_send_root(n, (struct letter){.kind = LETTER_OUT,
                                      .step = k->step->number,
                                      .rank = k->rank,
                                      .number = (unsigned)k->stream,
                                      .bytes = bytes,
                                      .size = size});
}

void node_remark(struct node *n, struct step *s, unsigned i, const char *text)
{
    struct sink sink = {n, s, i, NODE_ERR};
    char line[400];

    snprintf(line, sizeof line, "mezzo: rank %u on %.100s: %.200s\n",
             s->layout.nodes[n->number].first_rank + i, n->name, text);
    write_cb(&sink, line, strlen(line));
}

static struct rank *find_rank(struct node *n, uint64_t key, struct step **s)
{
    *s = node_find_step(n, (unsigned)(key >> 32));
    if (*s == NULL || node_index_of(key) >= (*s)->ranks_count)
        return NULL;
    return &(*s)->ranks[node_index_of(key)];
}

void node_output(
    struct node *n, uint64_t key, int stream, const char *bytes, size_t size)
{
    struct step *s;
    struct rank *r = find_rank(n, key, &s);
    struct sink sink = {n, s, node_index_of(key), stream};

    if (r != NULL)
        lines_add(&r->lines[stream - 1], bytes, size, r->prefix, write_cb,
                  &sink);
}

/* ---------------------------------------------------------------- ends */

static void describe(struct node *n,
                     struct step *s,
                     const struct rank *r,
                     char text[300])
{
    unsigned rank =
        s->layout.nodes[n->number].first_rank + node_index_of(r->key);
    char name[QUANTITY_TEXT_SIZE];

    if (WIFSIGNALED(r->wait_status)) {
        quantity_write_signal(WTERMSIG(r->wait_status), name);
        snprintf(text, 300, "rank %u on %s: killed by signal %d (%s)%s", rank,
                 n->name, WTERMSIG(r->wait_status), name,
                 WCOREDUMP(r->wait_status) ? ", core dumped" : "");
    } else if (WEXITSTATUS(r->wait_status) != 0) {
        snprintf(text, 300, "rank %u on %s: exited with %d", rank, n->name,
                 WEXITSTATUS(r->wait_status));
    } else {
        snprintf(text, 300, "rank %u on %s: left without MPI_Finalize", rank,
                 n->name);
    }
}

static bool has_spoken(const struct step *s, const struct rank *r)
{
    enum pmi_stage stage = pmi_stage(s->pmi, node_index_of(r->key));

    return r->has_spoken || stage != PMI_SILENT;
}

static bool has_left_well(const struct step *s, const struct rank *r)
{
    return r->has_left_well ||
           pmi_stage(s->pmi, node_index_of(r->key)) == PMI_FINALIZED;
}

/* How it left may end the whole step. */
static void judge(struct node *n, struct step *s, struct rank *r)
{
    bool is_bad = WIFSIGNALED(r->wait_status) || WEXITSTATUS(r->wait_status);
    char text[300];

    if (r->was_ended || s->stage != STEP_RUNNING || r->wait_status == -1)
        return;
    if (!is_bad && (!has_spoken(s, r) || has_left_well(s, r)))
        return;
    if (is_bad && WIFEXITED(r->wait_status) && has_left_well(s, r))
        return; /* its code counts, and that is all */
    describe(n, s, r, text);
    node_fail(n, s,
              (struct cause){.code = !WIFEXITED(r->wait_status) ? 0
                                     : is_bad ? WEXITSTATUS(r->wait_status)
                                              : 1,
                             .signal = WIFSIGNALED(r->wait_status)
                                           ? WTERMSIG(r->wait_status)
                                           : 0,
                             .text = text});
}

/* All ranks of ours have left: say with what codes. */
static void all_left(struct node *n, struct step *s)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    if (out == NULL)
        abort();
    for (unsigned i = 0; i < s->ranks_count; i++) {
        const struct rank *r = &s->ranks[i];

        if (!r->was_ended && WIFEXITED(r->wait_status) &&
            WEXITSTATUS(r->wait_status) != 0)
            fprintf(out, "%d %u\n", WEXITSTATUS(r->wait_status),
                    s->layout.nodes[n->number].first_rank + i);
    }
    fclose(out);
    s->kill_ms = s->quiet_ms = INT64_MAX;
    n->host.pmix_end(n->arg, s->number);
    node_gather(n, s, GATHER_DONE, text, size);
    free(text);
}

static void leave_if_done(struct node *n, struct step *s, struct rank *r)
{
    if (r->is_done || !r->has_exited || r->has_output[0] || r->has_output[1])
        return;
    r->is_done = true;
    if (--s->left_count == 0)
        all_left(n, s);
}

void node_output_ended(struct node *n, uint64_t key, int stream)
{
    struct step *s;
    struct rank *r = find_rank(n, key, &s);
    struct sink sink = {n, s, node_index_of(key), stream};

    if (r == NULL || !r->has_output[stream - 1])
        return;
    lines_end(&r->lines[stream - 1], r->prefix, write_cb, &sink);
    r->has_output[stream - 1] = false;
    leave_if_done(n, s, r);
}

void node_exited(struct node *n, uint64_t key, int wait_status)
{
    struct step *s;
    struct rank *r = find_rank(n, key, &s);

    if (key == NODE_SCRIPT_KEY)
        node_script_exited(n, wait_status);
    if (r == NULL || r->has_exited)
        return;
    r->has_exited = true;
    r->wait_status = wait_status;
    judge(n, s, r);
    leave_if_done(n, s, r);
}

/* One that cannot be started is as one that has exited. */
void node_spawned(struct node *n, uint64_t key, const char *failure)
{
    struct step *s;
    struct rank *r = find_rank(n, key, &s);
    char text[300];

    if (key == NODE_SCRIPT_KEY && failure != NULL)
        node_fail_script(n, failure);
    if (r == NULL || failure == NULL)
        return;
    snprintf(text, sizeof text, "rank %u could not be started on %s: %.150s",
             s->layout.nodes[n->number].first_rank + node_index_of(key),
             n->name, failure);
    r->was_ended = true;
    r->has_output[0] = r->has_output[1] = false;
    node_fail(n, s, (struct cause){.code = 127, .text = text});
    node_exited(n, key, 0);
}

void node_signal_step(struct node *n, struct step *s, int signal_number)
{
    for (unsigned i = 0; i < s->ranks_count; i++)
        if (s->ranks[i].is_started && !s->ranks[i].has_exited)
            n->host.signal(n->arg, s->ranks[i].key, signal_number);
}

void node_end_step(struct node *n,
                   struct step *s,
                   int signal_number,
                   int64_t grace_ms)
{
    int64_t now = n->host.now_ms(n->arg);

    if (s->stage == STEP_ENDED)
        return;
    if (s->stage == STEP_PREPARED) { /* nothing was started */
        s->stage = STEP_ENDED;
        n->has_removals = true;
        return;
    }
    s->stage = STEP_ENDING;
    for (unsigned i = 0; i < s->ranks_count; i++)
        s->ranks[i].was_ended |= !s->ranks[i].has_exited;
    node_signal_step(n, s, signal_number);
    if (grace_ms <= 0)
        grace_ms = REAP_MS;
    if (s->kill_ms > now + grace_ms)
        s->kill_ms = now + grace_ms;
}

int64_t node_step_deadline(const struct step *s)
{
    return s->kill_ms < s->quiet_ms ? s->kill_ms : s->quiet_ms;
}

void node_step_alarm(struct node *n, struct step *s, int64_t now)
{
    if (s->kill_ms <= now) {
        s->kill_ms = INT64_MAX;
        node_signal_step(n, s, SIGKILL);
    }
    if (s->quiet_ms > now)
        return;
    s->quiet_ms = INT64_MAX;
    for (unsigned i = 0; i < s->ranks_count && s->layout.ranks_count > 1; i++) {
        struct rank *r = &s->ranks[i];
        char text[200];

        if (r->has_exited || has_spoken(s, r))
            continue;
        snprintf(text, sizeof text,
                 "rank %u on %s runs, but has not spoken PMI or PMIx: is it a "
                 "program of MPI, and of which library?",
                 s->layout.nodes[n->number].first_rank + i, n->name);
        n->host.say(n->arg, MEZZO_TASK_RUNNING, text, NULL);
        return;
    }
}
