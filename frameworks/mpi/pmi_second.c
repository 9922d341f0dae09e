/* pmi_second.c - PMI-2: requests and answers of "name=value;" with their length
 * before them.  A ; within a value is written twice. */

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "frameworks/mpi/pmi_parts.h"

enum {
    FIELDS_MAX = 32,
    ANSWER_SIZE = 2 * PMI_VALUE_SIZE_MAX + 512,
};

struct request {
    const char *command;
    struct {
        const char *name, *value;
    } fields[FIELDS_MAX];
    size_t count;
};

/* The text up to a single ;, which is taken off; NULL when there is none. */
static char *next_field(char **rest)
{
    char *from = *rest, *to = from, *field = from;

    for (; *from != '\0'; from++) {
        if (*from == ';' && from[1] != ';') {
            *to = '\0';
            *rest = from + 1;
            return field;
        }
        if (*from == ';')
            from++;
        *to++ = *from;
    }
    return NULL;
}

static bool parse(char *text, struct request *q)
{
    char *field;

    *q = (struct request){.command = NULL};
    while ((field = next_field(&text)) != NULL) {
        char *equals = strchr(field, '=');

        if (equals == NULL || q->count == FIELDS_MAX)
            return false;
        *equals = '\0';
        q->fields[q->count].name = field;
        q->fields[q->count++].value = equals + 1;
        if (q->command == NULL && strcmp(field, "cmd") == 0)
            q->command = equals + 1;
    }
    return q->command != NULL && *text == '\0';
}

/* "" if there is none. */
static const char *value_of(const struct request *q, const char *name)
{
    for (size_t i = 0; i < q->count; i++)
        if (strcmp(q->fields[i].name, name) == 0)
            return q->fields[i].value;
    return "";
}

/* --------------------------------------------------------------- answers */

/* `rest` is behind the command and the thread. */
static void answer(struct pmi *p,
                   unsigned rank,
                   const char *command,
                   const char *thread,
                   const char *rest)
{
    char text[ANSWER_SIZE + 100];
    int size;

    if (*thread != '\0')
        size = snprintf(text, sizeof text, "cmd=%s-response;thrid=%.40s;%s",
                        command, thread, rest);
    else
        size = snprintf(text, sizeof text, "cmd=%s-response;%s", command, rest);
    assert(size > 0 && size < (int)sizeof text);
    pmi_say(p, rank, "%6d%s", size, text);
}

static void answer_value(struct pmi *p,
                         unsigned rank,
                         const char *command,
                         const char *thread,
                         const char *value)
{
    char text[ANSWER_SIZE], *to = text;

    if (value == NULL) {
        answer(p, rank, command, thread, "flag=FALSE;rc=0;");
        return;
    }
    to = stpcpy(to, "flag=TRUE;value=");
    for (; *value != '\0'; value++) {
        if (*value == ';')
            *to++ = ';';
        *to++ = *value;
    }
    stpcpy(to, ";rc=0;");
    answer(p, rank, command, thread, text);
}

void pmi_second_release(struct pmi *p, unsigned rank)
{
    struct pmi_rank *r = &p->ranks[rank];

    answer(p, rank, "kvs-fence", r->thread != NULL ? r->thread : "", "rc=0;");
    free(r->thread);
    r->thread = NULL;
}

/* -------------------------------------------------------------- requests */

static void full_init(struct pmi *p, unsigned rank, const char *thread)
{
    char text[200];

    snprintf(text, sizeof text,
             "pmi-version=2;pmi-subversion=0;rank=%u;size=%u;appnum=0;"
             "debugged=FALSE;pmiverbose=FALSE;rc=0;",
             p->options.first_rank + rank, p->options.size);
    answer(p, rank, "fullinit", thread, text);
}

static void put(struct pmi *p, unsigned rank, const struct request *q)
{
    const char *why =
        pmi_put(p, rank, value_of(q, "key"), value_of(q, "value"));
    char text[100] = "rc=0;";

    if (why != NULL)
        snprintf(text, sizeof text, "rc=1;errmsg=%s;", why);
    answer(p, rank, "kvs-put", value_of(q, "thrid"), text);
}

static void put_of_node(struct pmi *p, unsigned rank, const struct request *q)
{
    const char *key = value_of(q, "key"), *value = value_of(q, "value");

    if (*key == '\0' || strlen(key) > PMI_KEY_SIZE_MAX ||
        strlen(value) > PMI_VALUE_SIZE_MAX ||
        pairs_count(p->node) >= PMI_KEYS_MAX * p->options.ranks_count) {
        answer(p, rank, "info-putnodeattr", value_of(q, "thrid"),
               "rc=1;errmsg=too_long_or_too_many;");
        return;
    }
    pairs_set(p->node, key, value);
    answer(p, rank, "info-putnodeattr", value_of(q, "thrid"), "rc=0;");
    for (unsigned i = 0; i < p->options.ranks_count; i++) {
        struct pmi_rank *r = &p->ranks[i];

        if (r->awaits == NULL || strcmp(r->awaits, key) != 0)
            continue;
        free(r->awaits);
        r->awaits = NULL;
        answer_value(p, i, "info-getnodeattr",
                     r->thread != NULL ? r->thread : "", value);
        free(r->thread);
        r->thread = NULL;
    }
}

static void get_of_node(struct pmi *p, unsigned rank, const struct request *q)
{
    struct pmi_rank *r = &p->ranks[rank];
    const char *key = value_of(q, "key"), *value = pairs_get(p->node, key);

    if (value != NULL || strcmp(value_of(q, "wait"), "TRUE") != 0) {
        answer_value(p, rank, "info-getnodeattr", value_of(q, "thrid"), value);
        return;
    }
    free(r->awaits);
    free(r->thread);
    r->awaits = memory_strdup(key);
    r->thread = memory_strdup(value_of(q, "thrid"));
}

static void get_of_job(struct pmi *p, unsigned rank, const struct request *q)
{
    const char *key = value_of(q, "key");
    char number[16];

    snprintf(number, sizeof number, "%u", p->options.size);
    answer_value(p, rank, "info-getjobattr", value_of(q, "thrid"),
                 strcmp(key, "PMI_process_mapping") == 0 ? p->options.mapping
                 : strcmp(key, "universeSize") == 0      ? number
                                                         : NULL);
}

static void fence(struct pmi *p, unsigned rank, const char *thread)
{
    struct pmi_rank *r = &p->ranks[rank];

    free(r->thread);
    r->thread = memory_strdup(thread);
    pmi_wait(p, rank);
}

static void finalize(struct pmi *p, unsigned rank, const char *thread)
{
    struct pmi_rank *r = &p->ranks[rank];

    if (r->stage != PMI_SPEAKS) {
        pmi_offends(p, rank, "it says finalize outside of init and finalize");
        return;
    }
    r->stage = PMI_FINALIZED;
    answer(p, rank, "finalize", thread, "rc=0;");
}

static void end_by_abort(struct pmi *p, unsigned rank, const struct request *q)
{
    const char *code = value_of(q, "exitcode");

    p->ranks[rank].is_refused = true;
    p->callbacks.abort(p->arg, rank,
                       *code != '\0' ? (int)strtol(code, NULL, 10) : 1,
                       value_of(q, "msg"));
}

static void refuse(struct pmi *p,
                   unsigned rank,
                   const char *command,
                   const char *thread)
{
    static const char *const all[] = {"spawn", "name-publish", "name-lookup",
                                      "name-unpublish"};
    size_t i = 0;

    while (i < 3 && strcmp(command, all[i]) != 0)
        i++;
    p->callbacks.refused(p->arg, rank,
                         i == 0 ? "MPI_Comm_spawn"
                                : "a name server (MPI_Publish_name)");
    answer(p, rank, all[i], thread, "rc=1;errmsg=not_supported;");
}

void pmi_second_request(struct pmi *p, unsigned rank, char *text, size_t size)
{
    struct request q;
    const char *command, *thread;

    text[size] = '\0';
    if (!parse(text, &q)) {
        pmi_offends(p, rank, "its request is none of PMI-2");
        return;
    }
    command = q.command;
    thread = value_of(&q, "thrid");
    if (strcmp(command, "fullinit") == 0)
        full_init(p, rank, thread);
    else if (strcmp(command, "job-getid") == 0) {
        char id[300];

        snprintf(id, sizeof id, "jobid=%.200s;rc=0;", p->options.name);
        answer(p, rank, command, thread, id);
    } else if (strcmp(command, "kvs-put") == 0)
        put(p, rank, &q);
    else if (strcmp(command, "kvs-get") == 0)
        answer_value(p, rank, command, thread, pmi_get(p, value_of(&q, "key")));
    else if (strcmp(command, "kvs-fence") == 0)
        fence(p, rank, thread);
    else if (strcmp(command, "info-getjobattr") == 0)
        get_of_job(p, rank, &q);
    else if (strcmp(command, "info-putnodeattr") == 0)
        put_of_node(p, rank, &q);
    else if (strcmp(command, "info-getnodeattr") == 0)
        get_of_node(p, rank, &q);
    else if (strcmp(command, "finalize") == 0)
        finalize(p, rank, thread);
    else if (strcmp(command, "abort") == 0)
        end_by_abort(p, rank, &q);
    else if (strcmp(command, "spawn") == 0 || strncmp(command, "name-", 5) == 0)
        refuse(p, rank, command, thread);
    else
        pmi_offends(p, rank, "it says cmd=%.31s, which is not known", command);
}
