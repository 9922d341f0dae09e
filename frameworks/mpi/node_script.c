/* node_script.c - a batch script, what it finds in its environment, and the
 * steps that it asks for. */

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/auto.h"
#include "frameworks/mpi/node_parts.h"
#include "frameworks/mpi/quantity.h"
#include "frameworks/mpi/request_json.h"

enum {
    OVER_MS = 4000, /* for all steps to be ended, when the script has */
};

static void describe_job(struct node *n, struct variables_job *v)
{
    json_t *plan = n->plan, *array = json_object_get(plan, "array");
    json_int_t mem_node = 0, mem_cpu = 0, array_job = 0;
    int cpus = 1, per_node = 0, restarts = 0;

    *v = (struct variables_job){.job = n->job, .layout = &n->layout};
    json_unpack(plan, "{s:s, s:s, s?s, s?s, s?s, s:i, s:i, s:I, s:I, s:i}",
                "name", &v->name, "user", &v->user, "host", &v->host,
                "partition", &v->partition, "account", &v->account,
                "cpus_per_rank", &cpus, "ranks_per_node", &per_node,
                "memory_node_mb", &mem_node, "memory_cpu_mb", &mem_cpu,
                "restarts", &restarts);
    v->directory = json_string_value(json_object_get(plan, "directory"));
    v->cpus_per_rank = (unsigned)cpus;
    v->has_cpus_per_rank = cpus > 1;
    v->ranks_per_node = (unsigned)per_node;
    v->memory_node_mb = mem_node;
    v->memory_cpu_mb = mem_cpu;
    v->restarts = (unsigned)restarts;
    if (array == NULL)
        return;
    v->is_in_array = json_unpack(array, "{s:I, s:i, s:i, s:i, s:i, s:i}", "job",
                                 &array_job, "index", &v->array_index, "count",
                                 &v->array_count, "min", &v->array_min, "max",
                                 &v->array_max, "step", &v->array_step) == 0;
    v->array_job = (uint64_t)array_job;
}

/* The submitter's, and what a job finds in it. */
struct words node_environment(struct node *n)
{
    struct words environment = {0};
    struct variables_job variables;

    request_json_get_words(json_object_get(n->plan, "environment"),
                           &environment);
    describe_job(n, &variables);
    variables_set_job(&environment, &variables, n->number);
    return environment;
}

void node_fail_script(struct node *n, const char *why)
{
    struct step cause = {.has_cause = true};

    snprintf(cause.text, sizeof cause.text,
             "the script could not be started on %.80s: %.180s", n->name, why);
    node_end_all(n, &cause, 127, 0);
}

void node_begin_script(struct node *n)
{
    AUTO(auto_free)
    char *text = request_json_get_text(json_object_get(n->plan, "script"));
    AUTO(auto_free)
    char *directory =
        request_json_get_text(json_object_get(n->plan, "directory"));
    AUTO(auto_free)
    char *output = request_json_get_text(json_object_get(n->plan, "output"));
    AUTO(auto_free)
    char *error = request_json_get_text(json_object_get(n->plan, "error"));
    struct words environment = node_environment(n), argv = {0};
    const char *path = text != NULL ? n->host.write_script(n->arg, text) : NULL;
    const char *why = "it cannot be written to the sandbox";

    words_add(&argv, path != NULL ? path : "");
    request_json_get_words(json_object_get(n->plan, "argv"), &argv);
    if (path != NULL)
        why = n->host.spawn(n->arg, NODE_SCRIPT_KEY,
                            &(struct node_spawn){.argv = &argv,
                                                 .environment = &environment,
                                                 .directory = directory,
                                                 .is_script = true,
                                                 .output = output,
                                                 .error = error});
    words_release(&argv);
    words_release(&environment);
    if (why != NULL) {
        node_fail_script(n, why);
        return;
    }
    n->script_runs = true;
    n->host.say(n->arg, MEZZO_TASK_RUNNING, NULL, NULL);
}

/* When a signal is to be sent before the time is over. */
void node_set_warning(struct node *n)
{
    json_int_t before = 0, walltime = 0;
    int number = 0, script = 0;

    json_unpack(n->plan, "{s:{s:i, s:I, s:b, s:I}}", "signal", "number",
                &number, "before_ms", &before, "script", &script, "walltime_ms",
                &walltime);
    if (number > 0 && walltime > 0)
        n->warn_ms = n->host.now_ms(n->arg) +
                     (walltime > before ? walltime - before : 0);
}

void node_warn(struct node *n)
{
    const json_t *signal = json_object_get(n->plan, "signal");
    int number = (int)json_integer_value(json_object_get(signal, "number"));
    struct step *s;

    n->warn_ms = INT64_MAX;
    if (n->script_runs)
        n->host.signal(n->arg, NODE_SCRIPT_KEY, number);
    if (json_is_true(json_object_get(signal, "script")))
        return;
    TAILQ_FOREACH (s, &n->steps, entry) {
        node_send_down(n, (struct letter){.kind = LETTER_SIGNAL,
                                          .step = s->number,
                                          .number = (unsigned)number});
        node_signal_step(n, s, number);
    }
}

/* -------------------------------------------------------------- its end */

static bool has_steps(const struct node *n)
{
    const struct step *s;

    TAILQ_FOREACH (s, &n->steps, entry)
        if (s->stage != STEP_ENDED)
            return true;
    return false;
}

void node_end_with_script(struct node *n)
{
    if (n->script_ended && !has_steps(n))
        node_end_all(n, &n->script, n->script.code, n->script.signal);
}

void node_script_exited(struct node *n, int wait_status)
{
    struct step *s, *script = &n->script;
    char name[QUANTITY_TEXT_SIZE];

    n->script_runs = false;
    n->script_ended = true;
    n->script_kill_ms = INT64_MAX;
    if (wait_status == -1) {
        script->code = 1;
        snprintf(script->text, sizeof script->text,
                 "the script's exit status is not known");
    } else if (WIFSIGNALED(wait_status)) {
        script->signal = WTERMSIG(wait_status);
        quantity_write_signal(script->signal, name);
        snprintf(script->text, sizeof script->text,
                 "the script on %.80s: killed by signal %d (%s)", n->name,
                 script->signal, name);
    } else if (WEXITSTATUS(wait_status) != 0) {
        script->code = WEXITSTATUS(wait_status);
        snprintf(script->text, sizeof script->text,
                 "the script on %.80s: exited with %d", n->name, script->code);
    }
    script->has_cause = script->code != 0 || script->signal != 0;
    if (has_steps(n))
        n->over_ms = n->host.now_ms(n->arg) + OVER_MS;
    TAILQ_FOREACH (s, &n->steps, entry)
        if (s->stage != STEP_ENDED)
            node_fail(n, s,
                      (struct cause){.code = 1, .text = "the script ended"});
    node_end_with_script(n);
}

/* ----------------------------------------------------------------- steps */

/* So many on each node, from the first on. */
static json_t *share_ranks(const struct node *n,
                           unsigned ranks,
                           unsigned per_node)
{
    json_t *list = json_array();

    for (size_t i = 0; i < n->layout.count; i++) {
        unsigned most = n->layout.nodes[i].ranks_count;

        if (per_node > 0 && per_node < most)
            most = per_node;
        most = most < ranks ? most : ranks;
        ranks -= most;
        json_array_append_new(list, json_integer(most));
    }
    if (ranks == 0)
        return list;
    json_decref(list);
    return NULL;
}

int node_next_step(const struct node *n)
{
    return (int)n->next_step;
}

int node_request(struct node *n, const json_t *wanted, struct error *err)
{
    int ranks = (int)n->layout.ranks_count, per_node = 0;
    json_t *shares, *spec;
    struct step *s;

    if (!n->script_runs || n->is_killed)
        return error_set(err, -1, "the job is ending");
    if (n->steps_count >= NODE_STEPS_MAX)
        return error_set(err, -1, "%d steps run at once; wait for some",
                         NODE_STEPS_MAX);
    json_unpack((json_t *)wanted, "{s?i, s?i}", "ranks", &ranks,
                "ranks_per_node", &per_node);
    shares = ranks > 0 && per_node >= 0
                 ? share_ranks(n, (unsigned)ranks, (unsigned)per_node)
                 : NULL;
    if (shares == NULL)
        return error_set(err, -1,
                         "%d ranks%s are more than the job has: %u on %zu "
                         "nodes; ask for more with #SBATCH --ntasks",
                         ranks, per_node > 0 ? ", so many on a node," : "",
                         n->layout.ranks_count, n->layout.count);
    spec = json_pack(
        "{s:i, s:O, s:O, s:O, s:b, s:o}", "step", (int)n->next_step,
        "environment", json_object_get(wanted, "environment"), "argv",
        json_object_get(wanted, "argv"), "directory",
        json_object_get(wanted, "directory"), "label",
        json_is_true(json_object_get(wanted, "label")), "ranks", shares);
    n->next_step++;
    s = spec != NULL ? node_begin_step(n, spec) : NULL;
    json_decref(spec);
    if (s == NULL)
        return error_set(err, -1, "what was asked for is no step");
    return (int)s->number;
}

void node_abandon(struct node *n, unsigned step)
{
    struct step *s = node_find_step(n, step);

    if (s != NULL && s->stage != STEP_ENDED)
        node_fail(
            n, s,
            (struct cause){.code = 130, .text = "who asked for it went away"});
}

void node_hold(struct node *n, unsigned step, bool holds)
{
    node_send_down(
        n, (struct letter){.kind = LETTER_HOLD, .step = step, .number = holds});
    n->host.hold(n->arg, step, holds);
}
