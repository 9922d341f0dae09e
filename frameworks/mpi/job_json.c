/* job_json.c - jobs as JSON. */

#include "frameworks/mpi/job_json.h"

#include <string.h>

#include "base/auto.h"
#include "base/memory.h"
#include "frameworks/mpi/filename.h"
#include "frameworks/mpi/request_json.h"

static void set_time(json_t *json, const char *key, int64_t wall_ms)
{
    json_object_set_new(json, key,
                        wall_ms > 0 ? json_integer(wall_ms) : json_null());
}

static json_t *layout_json(const struct job *j)
{
    json_t *nodes = json_array();

    for (size_t i = 0; i < j->layout.count; i++) {
        const struct layout_node *n = &j->layout.nodes[i];

        json_array_append_new(nodes, json_pack("{s:s, s:s, s:i}", "host",
                                               n->host, "agent", n->agent_id,
                                               "ranks", (int)n->ranks_count));
    }
    return nodes;
}

static const char *name_of(const struct request *r)
{
    const char *program = r->argv.count > 0 ? r->argv.items[0] : "script";
    const char *slash = strrchr(program, '/');

    if (r->name != NULL)
        return r->name;
    return slash != NULL ? slash + 1 : program;
}

static void view_end(json_t *json, const struct job *j)
{
    if (!job_state_has_ended(j->state))
        return;
    json_object_set_new(json, "exit_status", json_integer(job_exit_status(j)));
    json_object_set_new(json, "signal", json_integer(j->cause.signal));
}

json_t *job_json_view(const struct job *j)
{
    const struct request *r = &j->submission->request;
    char id[JOB_ID_SIZE];
    json_t *json;

    job_name(j, id);
    json = json_pack(
        "{s:s, s:I, s:s, s:s, s:s, s:s?, s:s, s:s, s:i, s:i, s:I, s:i}", "id",
        id, "number", (json_int_t)j->number, "name", name_of(r), "user",
        r->user, "partition",
        j->submission->partition != NULL ? j->submission->partition->name : "",
        "account", r->account, "state", job_state_name(j->state), "reason",
        j->reason, "ranks", (int)r->ranks, "cpus_per_rank",
        (int)r->cpus_per_rank, "memory_per_rank_mb",
        (json_int_t)request_rank_memory_mb(r), "restarts", (int)j->restarts);
    json_object_set_new(json, "letters",
                        json_string(job_state_letters(j->state)));
    json_object_set_new(json, "directory", request_json_text(r->directory));
    json_object_set_new(json, "nodes", layout_json(j));
    set_time(json, "submitted", j->submission->submitted_wall_ms);
    set_time(json, "starts_by", j->starts_by_wall_ms);
    set_time(json, "started", j->started_wall_ms);
    set_time(json, "ended", j->ended_wall_ms);
    set_time(json, "walltime_ms", r->walltime_ms);
    view_end(json, j);
    return json;
}

/* ----------------------------------------------------------------- at rest */

json_t *job_json_record(const struct job *j)
{
    json_t *parts = json_array();
    json_t *json = json_pack(
        "{s:I, s:I, s:b, s:i, s:s, s:s, s:i, s:i, s:i, s:I, s:I}", "submission",
        (json_int_t)j->submission->number, "number", (json_int_t)j->number,
        "in_array", j->is_in_array, "index", (int)j->index, "state",
        job_state_name(j->state), "reason", j->reason, "attempt",
        (int)j->attempt, "restarts", (int)j->restarts, "drops", (int)j->drops,
        "started", (json_int_t)j->started_wall_ms, "ended",
        (json_int_t)j->ended_wall_ms);

    for (size_t i = 0; i < j->layout.count; i++)
        json_array_append_new(parts, json_pack("[i, i]", (int)j->parts[i].state,
                                               (int)j->parts[i].end));
    json_object_set_new(json, "nodes", layout_json(j));
    json_object_set_new(json, "parts", parts);
    json_object_set_new(json, "cause",
                        json_pack("{s:b, s:i, s:i, s:s}", "known",
                                  j->cause.is_known, "exit", j->cause.exit_code,
                                  "signal", j->cause.signal, "text",
                                  j->cause.text));
    json_object_set_new(json, "flags",
                        json_pack("[b, b, b, b, b]", j->is_cancelled,
                                  j->is_timed_out, j->is_out_of_memory,
                                  j->is_preempted, j->has_lost_node));
    return json;
}

static bool recall_parts(struct job *j, const json_t *record)
{
    const json_t *nodes = json_object_get(record, "nodes");
    const json_t *parts = json_object_get(record, "parts");
    size_t count = json_array_size(nodes);

    if (json_array_size(parts) != count)
        return false;
    j->parts = count > 0 ? memory_new(count, sizeof *j->parts) : NULL;
    for (size_t i = 0; i < count; i++) {
        const char *host, *agent;
        int ranks, state, end;

        if (json_unpack(json_array_get(nodes, i), "{s:s, s:s, s:i}", "host",
                        &host, "agent", &agent, "ranks", &ranks) < 0 ||
            json_unpack(json_array_get(parts, i), "[i, i]", &state, &end) < 0 ||
            ranks < 1 || state < 0 || state > JOB_PART_ENDED)
            return false;
        layout_add(&j->layout, host, agent, (unsigned)ranks);
        j->parts[i].state = (enum job_part_state)state;
        j->parts[i].end = (enum mezzo_task_state)end;
    }
    return true;
}

static bool recall_cause(struct job *j, const json_t *record)
{
    int known, flags[5];
    const char *text;

    if (json_unpack((json_t *)record, "{s:{s:b, s:i, s:i, s:s}}", "cause",
                    "known", &known, "exit", &j->cause.exit_code, "signal",
                    &j->cause.signal, "text", &text) < 0 ||
        json_unpack((json_t *)record, "{s:[b, b, b, b, b]}", "flags", &flags[0],
                    &flags[1], &flags[2], &flags[3], &flags[4]) < 0)
        return false;
    j->cause.is_known = known;
    snprintf(j->cause.text, sizeof j->cause.text, "%s", text);
    j->is_cancelled = flags[0];
    j->is_timed_out = flags[1];
    j->is_out_of_memory = flags[2];
    j->is_preempted = flags[3];
    j->has_lost_node = flags[4];
    return true;
}

bool job_json_recall(struct job *j, const json_t *record)
{
    json_int_t number, started, ended;
    const char *state, *reason;
    int in_array, index, attempt, restarts, drops, found;

    if (json_unpack((json_t *)record,
                    "{s:I, s:b, s:i, s:s, s:s, s:i, s:i, s:i, s:I, s:I}",
                    "number", &number, "in_array", &in_array, "index", &index,
                    "state", &state, "reason", &reason, "attempt", &attempt,
                    "restarts", &restarts, "drops", &drops, "started", &started,
                    "ended", &ended) < 0)
        return false;
    found = job_state_find(state);
    if (found < 0 || number < 1)
        return false;
    j->number = (uint64_t)number;
    snprintf(j->id, sizeof j->id, "%llu", (unsigned long long)number);
    j->is_in_array = in_array;
    j->index = (unsigned)index;
    j->state = (enum job_state)found;
    snprintf(j->reason, sizeof j->reason, "%s", reason);
    j->attempt = (unsigned)attempt;
    j->restarts = (unsigned)restarts;
    j->drops = (unsigned)drops;
    j->started_wall_ms = started;
    j->ended_wall_ms = ended;
    return recall_parts(j, record) && recall_cause(j, record);
}

/* -------------------------------------------------------------------- plan */

/* A file of the job's: below its directory unless it says where. */
static json_t *file_json(const struct job *j, const char *pattern)
{
    const struct request *r = &j->submission->request;
    const struct filename_facts facts = {
        .job = j->number,
        .is_in_array = j->is_in_array,
        .array_job = j->submission->number,
        .array_index = j->index,
        .name = name_of(r),
        .user = r->user,
        .node = j->layout.nodes[0].host,
    };
    AUTO(auto_free) char *name = filename_expand(pattern, &facts);
    AUTO(auto_free) char *path = NULL;

    if (name[0] == '/')
        return request_json_text(name);
    if (asprintf(&path, "%s/%s", r->directory, name) < 0)
        abort();
    return request_json_text(path);
}

static void plan_script(json_t *plan, const struct job *j)
{
    const struct request *r = &j->submission->request;

    if (r->script == NULL)
        return;
    json_object_set_new(plan, "script", request_json_text(r->script));
    json_object_set_new(plan, "output",
                        file_json(j, r->output != NULL ? r->output
                                     : j->is_in_array  ? "slurm-%A_%a.out"
                                                       : "slurm-%j.out"));
    if (r->error != NULL)
        json_object_set_new(plan, "error", file_json(j, r->error));
}

static void plan_array(json_t *plan, const struct job *j)
{
    const struct array *a = &j->submission->request.array;

    if (j->is_in_array)
        json_object_set_new(
            plan, "array",
            json_pack("{s:I, s:i, s:i, s:i, s:i, s:i}", "job",
                      (json_int_t)j->submission->number, "index", (int)j->index,
                      "count", (int)a->count, "min", (int)a->indices[0], "max",
                      (int)a->indices[a->count - 1], "step", (int)a->step));
}

json_t *job_json_plan(const struct job *j)
{
    const struct request *r = &j->submission->request;
    json_t *plan = json_pack(
        "{s:s, s:s, s:s*, s:s, s:s*, s:i, s:i, s:I, s:I, s:i}", "name",
        name_of(r), "user", r->user, "host", r->host, "partition",
        j->submission->partition != NULL ? j->submission->partition->name : "",
        "account", r->account, "cpus_per_rank", (int)r->cpus_per_rank,
        "ranks_per_node", (int)r->ranks_per_node, "memory_node_mb",
        (json_int_t)r->memory_node_mb, "memory_cpu_mb",
        (json_int_t)r->memory_cpu_mb, "restarts", (int)j->restarts);

    json_object_set_new(plan, "directory", request_json_text(r->directory));
    json_object_set_new(plan, "argv", request_json_words(&r->argv));
    json_object_set_new(plan, "environment",
                        request_json_words(&r->environment));
    json_object_set_new(plan, "layout", layout_json(j));
    json_object_set_new(plan, "label", json_boolean(r->is_labelled));
    json_object_set_new(plan, "workarounds", json_boolean(r->has_workarounds));
    json_object_set_new(plan, "signal",
                        json_pack("{s:i, s:I, s:b, s:I}", "number",
                                  r->signal_number, "before_ms",
                                  (json_int_t)r->signal_before_ms, "script",
                                  r->signals_script, "walltime_ms",
                                  (json_int_t)r->walltime_ms));
    plan_script(plan, j);
    plan_array(plan, j);
    return plan;
}
