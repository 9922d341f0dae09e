/* request.c - what a user wants to have run, and with what. */

#include "frameworks/mpi/request.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/role.h"
#include "frameworks/mpi/filename.h"
#include "frameworks/mpi/quantity.h"

const struct request_option_row request_options[REQUEST_OPTIONS_COUNT] = {
    [REQUEST_ACCOUNT] = {"account", 'A', "NAME", "SBATCH_ACCOUNT", true,
                         "whose share it uses"},
    [REQUEST_ARRAY] = {"array", 'a', "INDICES", "SBATCH_ARRAY_INX", true,
                       "a job for each index: 0-15, 1,3,5 or 0-99%4, which is "
                       "at most four at once"},
    [REQUEST_BEGIN] = {"begin", 0, "MS", NULL, false,
                       "not before this time, in ms since 1970"},
    [REQUEST_CPUS_PER_TASK] = {"cpus-per-task", 'c', "N",
                               "SBATCH_CPUS_PER_TASK", true,
                               "cpus of each rank"},
    [REQUEST_DEPENDENCY] = {"dependency", 'd', "JOBS", "SBATCH_DEPENDENCY",
                            true,
                            "wait for others: afterok:41, afterany:7:8, "
                            "singleton"},
    [REQUEST_ERROR] = {"error", 'e', "FILE", "SBATCH_ERROR", true,
                       "where stderr goes; to the output unless told"},
    [REQUEST_EXCLUSIVE] = {"exclusive", 0, NULL, "SBATCH_EXCLUSIVE", true,
                           "share no node with other jobs"},
    [REQUEST_JOB_NAME] = {"job-name", 'J', "NAME", "SBATCH_JOB_NAME", true,
                          "what to call it"},
    [REQUEST_LABEL] = {"label", 'l', NULL, NULL, false,
                       "each line of output has its rank before it"},
    [REQUEST_MEM] = {"mem", 0, "SIZE", "SBATCH_MEM_PER_NODE", true,
                     "memory on each node: 512M, 4G; needs --nodes or "
                     "--ntasks-per-node"},
    [REQUEST_MEM_PER_CPU] = {"mem-per-cpu", 0, "SIZE", "SBATCH_MEM_PER_CPU",
                             true, "memory of each cpu"},
    [REQUEST_MEM_PER_RANK] = {"mem-per-rank", 0, "SIZE", NULL, false,
                              "memory of each rank"},
    [REQUEST_NO_REQUEUE] = {"no-requeue", 0, NULL, "SBATCH_NO_REQUEUE", true,
                            "let it fail when a node is lost"},
    [REQUEST_NO_WORKAROUNDS] = {"no-workarounds", 0, NULL, NULL, false,
                                "load nothing into ranks that mends their MPI "
                                "library"},
    [REQUEST_NODES] = {"nodes", 'N', "N", NULL, true,
                       "how many nodes: 4, or 2-4"},
    [REQUEST_NTASKS] = {"ntasks", 'n', "N", NULL, true, "how many ranks"},
    [REQUEST_NTASKS_PER_NODE] = {"ntasks-per-node", 0, "N", NULL, true,
                                 "how many ranks on each node"},
    [REQUEST_OUTPUT] = {"output", 'o', "FILE", "SBATCH_OUTPUT", true,
                        "where the output goes: run-%j.txt"},
    [REQUEST_PARTITION] = {"partition", 'p', "NAME", "SBATCH_PARTITION", true,
                           "which part of the pool"},
    [REQUEST_PRIORITY] = {"priority", 0, "N", NULL, false, "higher goes first"},
    [REQUEST_REQUEUE] = {"requeue", 0, NULL, "SBATCH_REQUEUE", true,
                         "start it again, once, when a node is lost; so it is "
                         "unless told"},
    [REQUEST_SIGNAL] = {"signal", 0, "[B:]SIGNAL[@SECONDS]", "SBATCH_SIGNAL",
                        true, "send it before the time is over: B:USR1@60"},
    [REQUEST_TIME] = {"time", 't', "TIME", "SBATCH_TIMELIMIT", true,
                      "how long at most: 10, 01:30:00, 2-12"},
    [REQUEST_WAIT] = {"wait", 0, NULL, NULL, false,
                      "queue it even if the pool is too small for it"},
};

int request_find_option(const char *name, size_t size)
{
    for (int i = 0; i < REQUEST_OPTIONS_COUNT; i++)
        if (strlen(request_options[i].name) == size &&
            memcmp(request_options[i].name, name, size) == 0)
            return i;
    return -1;
}

int request_find_letter(char letter)
{
    for (int i = 0; letter != 0 && i < REQUEST_OPTIONS_COUNT; i++)
        if (request_options[i].letter == letter)
            return i;
    return -1;
}

void request_init(struct request *r)
{
    *r = (struct request){
        .ranks = 1,
        .cpus_per_rank = 1,
        .is_requeued = true,
        .has_workarounds = true,
    };
}

void request_release(struct request *r)
{
    free(r->name);
    free(r->output);
    free(r->error);
    free(r->partition);
    free(r->account);
    free(r->user);
    free(r->directory);
    free(r->host);
    free(r->script);
    array_release(&r->array);
    dependency_release(&r->dependency);
    words_release(&r->argv);
    words_release(&r->environment);
    request_init(r);
}

/* ---------------------------------------------------------------- setters */

static int set_text(char **text,
                    const char *value,
                    size_t max,
                    const char *what,
                    struct error *err)
{
    if (*value == '\0' || strlen(value) > max)
        return error_set(err, -EINVAL, "%s has 1 to %zu characters", what, max);
    for (const char *p = value; *p != '\0'; p++)
        if ((unsigned char)*p < ' ' || *p == 127)
            return error_set(err, -EINVAL, "%s has no control characters",
                             what);
    free(*text);
    *text = memory_strdup(value);
    return 0;
}

static int set_number(unsigned *to,
                      const char *value,
                      int64_t min,
                      int64_t max,
                      struct error *err)
{
    int64_t number;

    if (quantity_read_number(value, min, max, &number) < 0)
        return error_set(err, -EINVAL,
                         "\"%.40s\" is not a number from %d to %d", value,
                         (int)min, (int)max);
    *to = (unsigned)number;
    return 0;
}

static int set_nodes(struct request *r, const char *value, struct error *err)
{
    const char *dash = strchr(value, '-');
    char *first =
        strndup(value, dash != NULL ? (size_t)(dash - value) : strlen(value));
    unsigned min = 0, max;
    int rc;

    if (first == NULL)
        abort();
    rc = set_number(&min, first, 1, REQUEST_NODES_MAX, err);
    max = min;
    if (rc == 0 && dash != NULL)
        rc = set_number(&max, dash + 1, min, REQUEST_NODES_MAX, err);
    free(first);
    if (rc < 0)
        return rc;
    r->nodes_min = min;
    r->nodes_max = max;
    return 0;
}

static int set_memory(int64_t *to, const char *value, struct error *err)
{
    if (quantity_read_memory(value, to) < 0)
        return error_set(err, -EINVAL,
                         "\"%.40s\" is no amount of memory, such as 512M or 4G",
                         value);
    return 0;
}

static int set_walltime(struct request *r, const char *value, struct error *err)
{
    if (quantity_read_walltime(value, &r->walltime_ms) < 0)
        return error_set(err, -EINVAL,
                         "\"%.40s\" is no time: minutes, min:s, h:m:s, d-h, "
                         "d-h:m, d-h:m:s",
                         value);
    return 0;
}

/* "[B:]SIGNAL[@SECONDS]" */
static int set_signal(struct request *r, const char *value, struct error *err)
{
    bool is_for_script = strncmp(value, "B:", 2) == 0;
    const char *text = is_for_script ? value + 2 : value;
    const char *at = strchr(text, '@');
    char *name = strndup(text, at != NULL ? (size_t)(at - text) : strlen(text));
    int64_t seconds = 60;
    int number, rc;

    if (name == NULL)
        abort();
    rc = quantity_read_signal(name, &number);
    if (rc == 0 && at != NULL)
        rc = quantity_read_number(at + 1, 0, 65535, &seconds);
    free(name);
    if (rc < 0)
        return error_set(err, -EINVAL,
                         "\"%.40s\" is no signal such as USR1, USR1@60 or "
                         "B:USR1@60",
                         value);
    r->signal_number = number;
    r->signal_before_ms = seconds * 1000;
    r->signals_script = is_for_script;
    return 0;
}

static int set_begin(struct request *r, const char *value, struct error *err)
{
    char *end;

    errno = 0;
    r->begin_wall_ms = strtoll(value, &end, 10);
    if (errno != 0 || end == value || *end != '\0' || r->begin_wall_ms < 0)
        return error_set(err, -EINVAL, "\"%.40s\" is no time", value);
    return 0;
}

static int set_pattern(char **to, const char *value, struct error *err)
{
    int rc = filename_check(value, err);

    return rc < 0 ? rc
                  : set_text(to, value, PATH_MAX - 1, "a file's name", err);
}

static int set_account(struct request *r, const char *value, struct error *err)
{
    if (!role_is_valid(value) || strcmp(value, "*") == 0)
        return error_set(err, -EINVAL, "\"%.40s\" cannot be an account's name",
                         value);
    return set_text(&r->account, value, ROLE_SIZE_MAX, "an account", err);
}

/* Those without a value, or for which none makes a difference. */
static bool set_flag(struct request *r, enum request_option option)
{
    switch ((int)option) {
    case REQUEST_EXCLUSIVE:
        r->is_exclusive = true;
        return true;
    case REQUEST_LABEL:
        r->is_labelled = true;
        return true;
    case REQUEST_NO_REQUEUE:
        r->is_requeued = false;
        return true;
    case REQUEST_REQUEUE:
        r->is_requeued = true;
        return true;
    case REQUEST_NO_WORKAROUNDS:
        r->has_workarounds = false;
        return true;
    case REQUEST_WAIT:
        r->waits = true;
        return true;
    }
    return false;
}

static int set_value(struct request *r,
                     enum request_option option,
                     const char *value,
                     struct error *err)
{
    unsigned number = 0;
    int rc;

    switch (option) {
    case REQUEST_ACCOUNT:
        return set_account(r, value, err);
    case REQUEST_ARRAY:
        return array_parse(value, &r->array, err);
    case REQUEST_BEGIN:
        return set_begin(r, value, err);
    case REQUEST_CPUS_PER_TASK:
        return set_number(&r->cpus_per_rank, value, 1, 10000, err);
    case REQUEST_DEPENDENCY:
        return dependency_parse(value, &r->dependency, err);
    case REQUEST_ERROR:
        return set_pattern(&r->error, value, err);
    case REQUEST_JOB_NAME:
        return set_text(&r->name, value, 200, "a job's name", err);
    case REQUEST_MEM:
        return set_memory(&r->memory_node_mb, value, err);
    case REQUEST_MEM_PER_CPU:
        return set_memory(&r->memory_cpu_mb, value, err);
    case REQUEST_MEM_PER_RANK:
        return set_memory(&r->memory_rank_mb, value, err);
    case REQUEST_NODES:
        return set_nodes(r, value, err);
    case REQUEST_NTASKS:
        rc = set_number(&r->ranks, value, 1, REQUEST_RANKS_MAX, err);
        r->has_ranks = rc == 0 || r->has_ranks;
        return rc;
    case REQUEST_NTASKS_PER_NODE:
        return set_number(&r->ranks_per_node, value, 1, REQUEST_RANKS_MAX, err);
    case REQUEST_OUTPUT:
        return set_pattern(&r->output, value, err);
    case REQUEST_PARTITION:
        return set_text(&r->partition, value, 200, "a partition", err);
    case REQUEST_PRIORITY:
        rc = set_number(&number, value, 0, REQUEST_PRIORITY_MAX, err);
        r->priority = rc == 0 ? (int)number : r->priority;
        return rc;
    case REQUEST_SIGNAL:
        return set_signal(r, value, err);
    case REQUEST_TIME:
        return set_walltime(r, value, err);
    case REQUEST_EXCLUSIVE:
    case REQUEST_LABEL:
    case REQUEST_NO_REQUEUE:
    case REQUEST_NO_WORKAROUNDS:
    case REQUEST_REQUEUE:
    case REQUEST_WAIT:
    case REQUEST_OPTIONS_COUNT:
        break;
    }
    return error_set(err, -EINVAL, "there is no such option");
}

int request_set(struct request *r,
                enum request_option option,
                const char *value,
                struct error *err)
{
    const struct request_option_row *row = &request_options[option];
    struct error why;
    int rc;

    if (row->argument != NULL && value == NULL)
        return error_set(err, -EINVAL, "--%s: it needs a value: --%s=%s",
                         row->name, row->name, row->argument);
    if (row->argument == NULL && value != NULL && *value != '\0' &&
        strcmp(value, "1") != 0 && strcmp(value, "yes") != 0)
        return error_set(err, -EINVAL, "--%s: it takes no value", row->name);
    if (set_flag(r, option))
        return 0;
    rc = set_value(r, option, value, &why);
    if (rc < 0)
        return error_set(err, rc, "--%s: %s", row->name, why.text);
    return 0;
}

/* --------------------------------------------------------------- together */

static int settle_memory(struct request *r, struct error *err)
{
    if ((r->memory_node_mb > 0) + (r->memory_cpu_mb > 0) +
            (r->memory_rank_mb > 0) >
        1)
        return error_set(err, -EINVAL,
                         "--mem, --mem-per-cpu and --mem-per-rank exclude each "
                         "other");
    /* Of how many ranks a node's memory is must be known before a node is. */
    if (r->memory_node_mb > 0 && r->ranks_per_node == 0) {
        if (r->ranks > 1 && r->nodes_min == 0)
            return error_set(err, -EINVAL,
                             "--mem is for each node: say how many with "
                             "--nodes or --ntasks-per-node, or use "
                             "--mem-per-cpu");
        r->ranks_per_node =
            r->nodes_min > 0 ? (r->ranks + r->nodes_min - 1) / r->nodes_min : 1;
    }
    return 0;
}

int request_settle(struct request *r, struct error *err)
{
    if (!r->has_ranks && r->nodes_min > 0)
        r->ranks =
            r->nodes_min * (r->ranks_per_node > 0 ? r->ranks_per_node : 1);
    else if (!r->has_ranks && r->ranks_per_node > 0)
        r->ranks = r->ranks_per_node;
    if (r->ranks > REQUEST_RANKS_MAX)
        return error_set(err, -EINVAL, "%u ranks are more than %d", r->ranks,
                         REQUEST_RANKS_MAX);
    if (r->nodes_min > r->ranks)
        return error_set(err, -EINVAL,
                         "%u ranks cannot be on %u nodes; ask for fewer nodes",
                         r->ranks, r->nodes_min);
    if (r->ranks_per_node > 0 && r->nodes_max > 0 &&
        (uint64_t)r->ranks_per_node * r->nodes_max < r->ranks)
        return error_set(err, -EINVAL,
                         "%u ranks do not fit on %u nodes with %u on each",
                         r->ranks, r->nodes_max, r->ranks_per_node);
    if (r->script == NULL && r->argv.count == 0)
        return error_set(err, -EINVAL, "which program?");
    return settle_memory(r, err);
}

int64_t request_rank_memory_mb(const struct request *r)
{
    if (r->memory_rank_mb > 0)
        return r->memory_rank_mb;
    if (r->memory_cpu_mb > 0)
        return r->memory_cpu_mb * r->cpus_per_rank;
    if (r->memory_node_mb > 0 && r->ranks_per_node > 0)
        return (r->memory_node_mb + r->ranks_per_node - 1) / r->ranks_per_node;
    return REQUEST_MEMORY_MB;
}
