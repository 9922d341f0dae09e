/* node.c - an executor's core: the plan, the script, letters, and the end. */

#include "frameworks/mpi/node.h"

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
    OVER_MS = 4000, /* for all steps to be ended, when the script has */
    SCRIPT_REAP_MS = 1000,
};

struct node *node_new(const struct node_host *host,
                      void *arg,
                      const char *place,
                      const char *name)
{
    struct node *n = memory_new(1, sizeof *n);

    n->host = *host;
    n->arg = arg;
    n->place = memory_strdup(place);
    n->name = memory_strdup(name);
    n->script_kill_ms = n->warn_ms = n->over_ms = INT64_MAX;
    TAILQ_INIT(&n->steps);
    return n;
}

void node_free(struct node *n)
{
    struct step *s;

    if (n == NULL)
        return;
    while ((s = TAILQ_FIRST(&n->steps)) != NULL)
        node_remove_step(n, s);
    for (unsigned i = 0; n->inboxes != NULL && i < n->count; i++)
        letter_inbox_release(&n->inboxes[i]);
    json_decref(n->plan);
    layout_release(&n->layout);
    free(n->inboxes);
    free(n->place);
    free(n->name);
    free(n);
}

/* ------------------------------------------------------------------ the end */

/* Our task is over: say so, once. */
static void finish(struct node *n,
                   enum mezzo_task_state state,
                   const char *message,
                   const char *data)
{
    if (n->is_over)
        return;
    n->is_over = true;
    n->host.say(n->arg, state, message, data);
}

void node_end_all(struct node *n, const struct step *s, int code, int signal)
{
    bool is_good = code == 0 && signal == 0 && !n->is_killed;
    const char *text = s != NULL && s->has_cause ? s->text : "";
    AUTO(auto_free) char *data = NULL;
    json_t *json;

    if (n->is_over)
        return;
    node_send_down(n, (struct letter){.kind = LETTER_END, .number = is_good});
    json = json_pack("{s:i, s:i, s:s, s:b}", "exit", code, "signal", signal,
                     "text", text, "lost", s != NULL && s->has_lost_node);
    data = json_dumps(json, JSON_COMPACT);
    json_decref(json);
    if (is_good)
        finish(n, MEZZO_TASK_FINISHED, NULL, NULL);
    else
        finish(n, n->is_killed ? MEZZO_TASK_KILLED : MEZZO_TASK_FAILED, text,
               n->is_killed && (s == NULL || !s->has_lost_node) ? NULL : data);
}

static void step_over(struct node *n, struct step *s)
{
    s->stage = STEP_ENDED;
    n->has_removals = true;
    if (!n->has_script) {
        node_end_all(n, s, s->code, s->signal);
        return;
    }
    n->host.step_ended(n->arg, s->number,
                       s->signal > 0 ? 128 + s->signal : s->code, s->text);
    node_end_with_script(n);
}

/* ----------------------------------------------------------------- failures */

static void failed(struct node *n, struct step *s, const struct letter *letter)
{
    json_t *json = json_loadb(letter->bytes, letter->size, 0, NULL);
    const char *text;
    int code, signal, lost;

    if (!s->has_cause &&
        json_unpack(json, "{s:i, s:i, s:s, s:b}", "exit", &code, "signal",
                    &signal, "text", &text, "lost", &lost) == 0) {
        bool was_prepared = s->stage == STEP_PREPARED;

        s->has_cause = true;
        s->code = code;
        s->signal = signal;
        s->has_lost_node = lost;
        snprintf(s->text, sizeof s->text, "%s", text);
        node_send_down(n, (struct letter){.kind = LETTER_KILL,
                                          .step = s->number,
                                          .rank = letter->number,
                                          .number = SIGTERM});
        node_end_step(n, s, SIGTERM, letter->number);
        if (was_prepared || lost)
            step_over(n, s);
    }
    json_decref(json);
}

void node_fail(struct node *n, struct step *s, struct cause cause)
{
    AUTO(auto_free) char *text = NULL;
    json_t *json =
        json_pack("{s:i, s:i, s:s, s:b}", "exit", cause.code, "signal",
                  cause.signal, "text", cause.text, "lost", cause.is_lost);

    text = json_dumps(json, JSON_COMPACT | JSON_ENSURE_ASCII);
    json_decref(json);
    if (text == NULL) /* a message that is not UTF-8 */
        text = memory_strdup("{\"exit\":1,\"signal\":0,\"text\":\"a rank has "
                             "failed\",\"lost\":false}");
    node_send_root(n, (struct letter){.kind = LETTER_FAIL,
                                      .step = s->number,
                                      .number = (unsigned)cause.grace_ms,
                                      .bytes = text,
                                      .size = strlen(text)});
}

void node_peer_lost(struct node *n, unsigned peer, const char *reason)
{
    char text[300];
    struct step *s;

    if (n->is_over || peer >= n->count)
        return;
    snprintf(text, sizeof text, "node %.100s was lost: %.150s",
             n->layout.count > peer ? n->layout.nodes[peer].host : "?", reason);
    if (n->number != 0 && peer == letter_parent(n->number)) {
        TAILQ_FOREACH (s, &n->steps, entry)
            node_end_step(n, s, SIGTERM, 0);
        n->over_ms = n->host.now_ms(n->arg) + OVER_MS;
        return;
    }
    TAILQ_FOREACH (s, &n->steps, entry)
        if (s->stage != STEP_ENDED)
            node_fail(n, s,
                      (struct cause){.code = 1, .text = text, .is_lost = true});
}

/* ------------------------------------------------------------------- steps */

/* All nodes look whether they could start it. */
static void prepare(struct node *n, struct step *s)
{
    const char *why =
        s->ranks_count == 0
            ? NULL
            : n->host.check(n->arg, s->argv.items[0],
                            words_get(&s->environment, "PATH"), s->directory);
    char line[600];

    if (why != NULL)
        snprintf(line, sizeof line, "!on %.100s: %.400s\n", n->name, why);
    else
        snprintf(line, sizeof line, "%u %.500s\n", n->number, n->place);
    node_gather(n, s, GATHER_READY, line, strlen(line));
}

static void all_ready(struct node *n,
                      struct step *s,
                      const char *lines,
                      size_t size)
{
    const char *bang = size > 0 && lines[0] == '!' ? lines : NULL;
    char text[300];

    if (s->stage != STEP_PREPARED)
        return;
    if (bang == NULL && size > 1) {
        bang = memmem(lines, size, "\n!", 2);
        bang = bang != NULL ? bang + 1 : NULL;
    }
    if (bang != NULL) {
        size_t length = strcspn(bang + 1, "\n");

        snprintf(text, sizeof text, "%.*s; nothing was started",
                 (int)(length < 250 ? length : 250), bang + 1);
        node_fail(n, s, (struct cause){.code = 127, .text = text});
        return;
    }
    node_send_down(n, (struct letter){.kind = LETTER_GO,
                                      .step = s->number,
                                      .bytes = lines,
                                      .size = size});
    if (!n->has_script)
        n->host.say(n->arg, MEZZO_TASK_RUNNING, NULL, NULL);
    node_go(n, s, lines, size);
}

/* "CODE RANK\n" of each that left with one: the highest counts. */
static void all_done(struct node *n,
                     struct step *s,
                     const char *lines,
                     size_t size)
{
    AUTO(auto_free) char *text = strndup(lines, size);
    char *rest = text, *line;

    while (!s->has_cause && (line = strsep(&rest, "\n")) != NULL) {
        unsigned rank;
        int code;

        if (sscanf(line, "%d %u", &code, &rank) != 2 || code <= s->code)
            continue;
        s->code = code;
        snprintf(s->text, sizeof s->text, "rank %u on %s: exited with %d", rank,
                 rank < s->layout.ranks_count
                     ? s->layout.nodes[layout_node_of(&s->layout, rank)].host
                     : "?",
                 code);
    }
    s->has_cause = s->has_cause || s->code != 0;
    if (s->stage != STEP_ENDED)
        step_over(n, s);
}

void node_gathered(struct node *n,
                   struct step *s,
                   enum gather_kind kind,
                   const void *bytes,
                   size_t size)
{
    struct letter letter = {.kind = LETTER_SHARE,
                            .step = s->number,
                            .rank = kind == GATHER_PMIX,
                            .bytes = bytes,
                            .size = size};

    switch (kind) {
    case GATHER_READY:
        all_ready(n, s, bytes != NULL ? bytes : "", size);
        break;
    case GATHER_FENCE:
    case GATHER_PMIX:
        node_send_down(n, letter);
        node_received(n, &letter);
        break;
    case GATHER_DONE:
        all_done(n, s, bytes != NULL ? bytes : "", size);
        break;
    case GATHER_KINDS_COUNT:
        break;
    }
}

struct step *node_begin_step(struct node *n, json_t *spec)
{
    AUTO(auto_free) char *text = json_dumps(spec, JSON_COMPACT);
    struct step *s = node_add_step(n, spec);

    if (s == NULL)
        return NULL;
    node_send_down(n, (struct letter){.kind = LETTER_STEP,
                                      .step = s->number,
                                      .bytes = text,
                                      .size = strlen(text)});
    prepare(n, s);
    return s;
}

/* -------------------------------------------------------------------- plan */

static bool read_layout(struct node *n, const json_t *nodes)
{
    size_t i;
    json_t *item;

    json_array_foreach(nodes, i, item)
    {
        const char *host;
        int ranks;

        if (json_unpack(item, "{s:s, s:i}", "host", &host, "ranks", &ranks) <
                0 ||
            ranks < 1)
            return false;
        layout_add(&n->layout, host, "", (unsigned)ranks);
    }
    return n->layout.count == n->count;
}

static json_t *all_ranks(const struct node *n)
{
    json_t *ranks = json_array();

    for (size_t i = 0; i < n->layout.count; i++)
        json_array_append_new(ranks,
                              json_integer(n->layout.nodes[i].ranks_count));
    return ranks;
}

static void begin_run(struct node *n)
{
    struct words environment = node_environment(n);
    json_t *spec =
        json_pack("{s:i, s:o, s:O, s:O, s:O, s:o}", "step", (int)n->next_step++,
                  "environment", request_json_words(&environment), "argv",
                  json_object_get(n->plan, "argv"), "directory",
                  json_object_get(n->plan, "directory"), "label",
                  json_object_get(n->plan, "label"), "ranks", all_ranks(n));

    if (spec == NULL || node_begin_step(n, spec) == NULL)
        finish(n, MEZZO_TASK_FAILED, "the plan of the job is damaged", NULL);
    json_decref(spec);
    words_release(&environment);
}

static bool read_task(struct node *n, json_t *data)
{
    json_int_t job;
    int attempt, node, nodes;

    if (json_unpack(data, "{s:I, s:i, s:i, s:i}", "job", &job, "attempt",
                    &attempt, "node", &node, "nodes", &nodes) < 0 ||
        node < 0 || nodes < 1 || node >= nodes)
        return false;
    n->job = (uint64_t)job;
    n->attempt = (unsigned)attempt;
    n->number = (unsigned)node;
    n->count = (unsigned)nodes;
    n->inboxes = memory_new(n->count, sizeof *n->inboxes);
    if (node > 0)
        return true;
    n->plan = json_incref(json_object_get(data, "plan"));
    n->has_plan =
        n->plan != NULL && read_layout(n, json_object_get(n->plan, "layout"));
    return n->has_plan;
}

bool node_launch(struct node *n, const void *data, size_t size)
{
    json_t *json = json_loadb(data, size, 0, NULL);
    bool is_good = n->count == 0 && read_task(n, json);
    AUTO(auto_free) char *text = NULL;
    json_t *plan;

    json_decref(json);
    if (!is_good)
        return false;
    if (n->number > 0) { /* the plan will come */
        n->host.say(n->arg, MEZZO_TASK_RUNNING, NULL, NULL);
        return true;
    }
    n->has_script = json_object_get(n->plan, "script") != NULL;
    plan = json_pack("{s:O, s:b}", "layout", json_object_get(n->plan, "layout"),
                     "script", n->has_script);
    text = json_dumps(plan, JSON_COMPACT);
    json_decref(plan);
    node_send_down(n, (struct letter){.kind = LETTER_PLAN,
                                      .bytes = text,
                                      .size = strlen(text)});
    node_set_warning(n);
    if (n->has_script)
        node_begin_script(n);
    else
        begin_run(n);
    return true;
}

/* ----------------------------------------------------------------- letters */

static void plan_received(struct node *n, const struct letter *letter)
{
    json_t *json = json_loadb(letter->bytes, letter->size, 0, NULL);

    if (!n->has_plan)
        n->has_plan = read_layout(n, json_object_get(json, "layout"));
    n->has_script = json_is_true(json_object_get(json, "script"));
    json_decref(json);
}

static void step_received(struct node *n, const struct letter *letter)
{
    json_t *json = json_loadb(letter->bytes, letter->size, 0, NULL);
    struct step *s = n->has_plan ? node_add_step(n, json) : NULL;

    if (s != NULL)
        prepare(n, s);
    json_decref(json);
}

/* Those that come from above and go to all. */
static void order_received(struct node *n,
                           struct step *s,
                           const struct letter *letter)
{
    switch ((int)letter->kind) {
    case LETTER_PLAN:
        plan_received(n, letter);
        break;
    case LETTER_STEP:
        step_received(n, letter);
        break;
    case LETTER_END:
        finish(n, letter->number == 1 ? MEZZO_TASK_FINISHED : MEZZO_TASK_KILLED,
               letter->number == 1 ? NULL : "the job was ended", NULL);
        break;
    case LETTER_GO:
        if (s != NULL)
            node_go(n, s, letter->bytes, letter->size);
        break;
    case LETTER_KILL:
        if (s != NULL)
            node_end_step(n, s, (int)letter->number, letter->rank);
        break;
    case LETTER_SIGNAL:
        if (s != NULL)
            node_signal_step(n, s, (int)letter->number);
        break;
    case LETTER_HOLD:
        n->host.hold(n->arg, letter->step, letter->number == 1);
        break;
    case LETTER_SHARE:
        if (s != NULL && letter->rank == 1)
            n->host.pmix_share(n->arg, s->number, letter->bytes, letter->size);
        else if (s != NULL && s->pmi != NULL)
            pmi_share(s->pmi, letter->bytes, letter->size);
        break;
    }
}

void node_received(struct node *n, const struct letter *letter)
{
    struct step *s = node_find_step(n, letter->step);

    switch (letter->kind) {
    case LETTER_PLAN:
    case LETTER_STEP:
    case LETTER_END:
    case LETTER_GO:
    case LETTER_KILL:
    case LETTER_SIGNAL:
    case LETTER_HOLD:
    case LETTER_SHARE:
        if (letter->from != n->number)
            node_send_down(n, *letter);
        order_received(n, s, letter);
        break;
    case LETTER_READY:
        if (s != NULL)
            node_gather(n, s, GATHER_READY, letter->bytes, letter->size);
        break;
    case LETTER_FENCE:
        if (s != NULL)
            node_gather(n, s, letter->rank == 1 ? GATHER_PMIX : GATHER_FENCE,
                        letter->bytes, letter->size);
        break;
    case LETTER_DONE:
        if (s != NULL)
            node_gather(n, s, GATHER_DONE, letter->bytes, letter->size);
        break;
    case LETTER_FAIL:
        if (s != NULL && n->number == 0)
            failed(n, s, letter);
        break;
    case LETTER_OUT:
        if (letter->number == NODE_OUT || letter->number == NODE_ERR)
            n->host.step_output(n->arg, letter->step, (int)letter->number,
                                letter->bytes, letter->size);
        break;
    case LETTER_ASK:
        n->host.pmix_ask(n->arg, letter->step, letter->rank, letter->from,
                         letter->number);
        break;
    case LETTER_TELL:
        n->host.pmix_tell(n->arg, letter->number, letter->bytes, letter->size);
        break;
    case LETTER_KINDS_COUNT:
        break;
    }
}

/* ------------------------------------------------------- time, and being ended
 */

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

int64_t node_deadline_ms(const struct node *n)
{
    int64_t due = earlier(earlier(n->script_kill_ms, n->warn_ms), n->over_ms);
    const struct step *s;

    if (n->has_removals)
        return 0;
    TAILQ_FOREACH (s, &n->steps, entry)
        due = earlier(due, node_step_deadline(s));
    return due;
}

/* What is left does not answer; with us all of our processes end. */
static void over(struct node *n)
{
    n->over_ms = INT64_MAX;
    if (n->number == 0)
        node_end_all(n, &n->script, n->script.code, n->script.signal);
    else
        finish(n, MEZZO_TASK_FAILED, "its first node was lost",
               "{\"exit\":1,\"signal\":0,\"text\":\"the first node was lost\","
               "\"lost\":true}");
}

void node_alarm(struct node *n)
{
    int64_t now = n->host.now_ms(n->arg);
    struct step *s, *next;

    n->has_removals = false;
    for (s = TAILQ_FIRST(&n->steps); s != NULL; s = next) {
        next = TAILQ_NEXT(s, entry);
        if (s->stage == STEP_ENDED && s->left_count == 0)
            node_remove_step(n, s);
        else
            node_step_alarm(n, s, now);
    }
    if (n->script_kill_ms <= now) {
        n->script_kill_ms = INT64_MAX;
        n->host.signal(n->arg, NODE_SCRIPT_KEY, SIGKILL);
    }
    if (n->warn_ms <= now)
        node_warn(n);
    if (n->over_ms <= now)
        over(n);
}

void node_kill(struct node *n, int64_t grace_ms)
{
    int64_t now = n->host.now_ms(n->arg);
    struct cause cause = {
        .code = 1, .text = "it was told to end", .grace_ms = grace_ms};
    struct step *s;

    n->is_killed = true;
    if (n->script_runs) {
        n->host.signal(n->arg, NODE_SCRIPT_KEY, SIGTERM);
        n->script_kill_ms = now + (grace_ms > 0 ? grace_ms : SCRIPT_REAP_MS);
    }
    TAILQ_FOREACH (s, &n->steps, entry) {
        if (s->stage == STEP_ENDED)
            continue;
        node_fail(n, s, cause);
        if (n->number > 0) /* whether or not the root hears of it */
            node_end_step(n, s, SIGTERM, grace_ms);
    }
    if (n->number > 0 || (!n->script_runs && TAILQ_EMPTY(&n->steps)))
        n->over_ms = now + (grace_ms > 0 ? grace_ms : 0) + OVER_MS;
}
