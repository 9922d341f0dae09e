/* pmi.c - ranks as they come and go, and PMI-1: a line for each request and
 * each answer. */

#include "frameworks/mpi/pmi.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/memory.h"
#include "frameworks/mpi/pmi_parts.h"

enum {
    TEXT_SIZE = 2 * PMI_VALUE_SIZE_MAX + 256,
    PREFIX_SIZE = 6, /* of PMI-2: how long the request is, in decimal */
    NUMBER_SIZE = 16,
};

struct pmi *pmi_new(const struct pmi_options *options,
                    const struct pmi_callbacks *callbacks,
                    void *arg)
{
    struct pmi *p = memory_new(1, sizeof *p);

    p->options = *options;
    p->options.name = memory_strdup(options->name);
    p->options.mapping = memory_strdup(options->mapping);
    p->callbacks = *callbacks;
    p->arg = arg;
    p->ranks = memory_new(options->ranks_count, sizeof *p->ranks);
    p->space = pairs_new();
    p->puts = pairs_new();
    p->node = pairs_new();
    pairs_set(p->space, "PMI_process_mapping", options->mapping);
    return p;
}

void pmi_free(struct pmi *p)
{
    if (p == NULL)
        return;
    for (unsigned i = 0; i < p->options.ranks_count; i++) {
        free(p->ranks[i].thread);
        free(p->ranks[i].awaits);
        free(p->ranks[i].line);
    }
    free((char *)p->options.name);
    free((char *)p->options.mapping);
    free(p->ranks);
    pairs_free(p->space);
    pairs_free(p->puts);
    pairs_free(p->node);
    free(p);
}

enum pmi_stage pmi_stage(const struct pmi *p, unsigned rank)
{
    return p->ranks[rank].stage;
}

void pmi_say(struct pmi *p, unsigned rank, const char *format, ...)
{
    char text[TEXT_SIZE];
    va_list args;
    int size;

    va_start(args, format);
    size = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    assert(size >= 0 && size < TEXT_SIZE);
    p->callbacks.reply(p->arg, rank, text, (size_t)size);
}

void pmi_offends(struct pmi *p, unsigned rank, const char *format, ...)
{
    char text[256];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    p->ranks[rank].is_refused = true;
    p->callbacks.offends(p->arg, rank, text);
}

/* -------------------------------------------------------------- key space */

const char *pmi_put(struct pmi *p,
                    unsigned rank,
                    const char *key,
                    const char *value)
{
    if (*key == '\0' || strlen(key) > PMI_KEY_SIZE_MAX)
        return "key_has_1_to_64_bytes";
    if (strlen(value) > PMI_VALUE_SIZE_MAX)
        return "value_has_at_most_1024_bytes";
    if (p->ranks[rank].keys_count == PMI_KEYS_MAX)
        return "at_most_64_keys_between_two_barriers";
    p->ranks[rank].keys_count++;
    pairs_set(p->puts, key, value);
    return NULL;
}

const char *pmi_get(const struct pmi *p, const char *key)
{
    const char *value = pairs_get(p->puts, key);

    return value != NULL ? value : pairs_get(p->space, key);
}

/* Those of this agent are all in. */
static void fence_if_all_wait(struct pmi *p)
{
    AUTO(auto_free) void *pairs = NULL;
    size_t size;

    if (p->waiting_count < p->options.ranks_count)
        return;
    pairs = pairs_pack(p->puts, &size);
    p->callbacks.fence(p->arg, pairs, size);
}

void pmi_wait(struct pmi *p, unsigned rank)
{
    struct pmi_rank *r = &p->ranks[rank];

    if (r->stage != PMI_SPEAKS) {
        pmi_offends(p, rank,
                    r->stage == PMI_WAITS
                        ? "it enters a barrier that it is in"
                        : "it enters a barrier outside of init and "
                          "finalize");
        return;
    }
    r->stage = PMI_WAITS;
    p->waiting_count++;
    fence_if_all_wait(p);
}

bool pmi_share(struct pmi *p, const void *pairs, size_t size)
{
    if (!pairs_unpack(p->space, pairs, size, PMI_PAIRS_MAX))
        return false;
    pairs_clear(p->puts);
    p->waiting_count = 0;
    for (unsigned i = 0; i < p->options.ranks_count; i++) {
        struct pmi_rank *r = &p->ranks[i];

        r->keys_count = 0;
        if (r->stage != PMI_WAITS)
            continue;
        r->stage = PMI_SPEAKS;
        if (r->is_second)
            pmi_second_release(p, i);
        else
            pmi_say(p, i, "cmd=barrier_out\n");
    }
    return true;
}

void pmi_leave(struct pmi *p, unsigned rank)
{
    struct pmi_rank *r = &p->ranks[rank];

    if (r->stage == PMI_WAITS) {
        r->stage = PMI_SPEAKS;
        p->waiting_count--;
    }
    r->is_refused = true;
}

/* ------------------------------------------------------------------ PMI-1 */

/* The value of " name=" in a line, up to a blank, or with `whole` to the end
 * of the line.  False if it is not there or does not fit. */
static bool field(const char *line,
                  const char *name,
                  bool whole,
                  char *value,
                  size_t value_size)
{
    size_t size = strlen(name);

    for (const char *at = line; (at = strstr(at, name)) != NULL; at += size) {
        const char *from = at + size + 1;
        size_t length;

        if ((at > line && at[-1] != ' ') || at[size] != '=')
            continue;
        length = whole ? strlen(from) : strcspn(from, " ");
        if (length >= value_size)
            return false;
        memcpy(value, from, length);
        value[length] = '\0';
        return true;
    }
    return false;
}

static void init(struct pmi *p, unsigned rank, const char *line)
{
    struct pmi_rank *r = &p->ranks[rank];
    char version[NUMBER_SIZE] = "";

    if (r->stage != PMI_SILENT) {
        pmi_offends(p, rank, "it says init twice");
        return;
    }
    field(line, "pmi_version", false, version, sizeof version);
    r->stage = PMI_SPEAKS;
    r->is_second = strcmp(version, "2") == 0;
    pmi_say(p, rank,
            "cmd=response_to_init pmi_version=%d pmi_subversion=%d rc=0\n",
            r->is_second ? 2 : 1, r->is_second ? 0 : 1);
}

static void put(struct pmi *p, unsigned rank, const char *line)
{
    char key[PMI_LINE_SIZE_MAX], value[PMI_LINE_SIZE_MAX];
    const char *why = "malformed";

    if (field(line, "key", false, key, sizeof key) &&
        field(line, "value", true, value, sizeof value))
        why = pmi_put(p, rank, key, value);
    if (why == NULL)
        pmi_say(p, rank, "cmd=put_result rc=0 msg=success\n");
    else
        pmi_say(p, rank, "cmd=put_result rc=-1 msg=%s\n", why);
}

static void get(struct pmi *p, unsigned rank, const char *line)
{
    char key[PMI_KEY_SIZE_MAX + 1];
    const char *value = NULL;

    if (field(line, "key", false, key, sizeof key))
        value = pmi_get(p, key);
    if (value != NULL)
        pmi_say(p, rank, "cmd=get_result rc=0 msg=success value=%s\n", value);
    else
        pmi_say(p, rank,
                "cmd=get_result rc=-1 msg=no_such_key value=unknown\n");
}

static void end_by_abort(struct pmi *p, unsigned rank, const char *line)
{
    char code[NUMBER_SIZE] = "1", message[200] = "";

    field(line, "exitcode", false, code, sizeof code);
    field(line, "error_msg", true, message, sizeof message);
    p->ranks[rank].is_refused = true;
    p->callbacks.abort(p->arg, rank, (int)strtol(code, NULL, 10), message);
}

static void finalize(struct pmi *p, unsigned rank)
{
    struct pmi_rank *r = &p->ranks[rank];

    if (r->stage != PMI_SPEAKS) {
        pmi_offends(p, rank, "it says finalize outside of init and finalize");
        return;
    }
    r->stage = PMI_FINALIZED;
    pmi_say(p, rank, "cmd=finalize_ack\n");
}

/* Is it about names of servers? */
static bool refuse_name(struct pmi *p, unsigned rank, const char *command)
{
    static const char *const all[] = {"publish", "lookup", "unpublish"};
    char name[32];

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        snprintf(name, sizeof name, "%s_name", all[i]);
        if (strcmp(command, name) != 0)
            continue;
        p->callbacks.refused(p->arg, rank, "a name server (MPI_Publish_name)");
        pmi_say(p, rank, "cmd=%s_result rc=-1 msg=not_supported\n", all[i]);
        return true;
    }
    return false;
}

static void line_received(struct pmi *p, unsigned rank, const char *line)
{
    struct pmi_rank *r = &p->ranks[rank];
    char command[32] = "";

    if (r->is_in_list) {
        if (strcmp(line, "endcmd") == 0) {
            r->is_in_list = false;
            p->callbacks.refused(p->arg, rank, "MPI_Comm_spawn");
            pmi_say(p, rank, "cmd=spawn_result rc=-1\n");
        }
        return;
    }
    if (strcmp(line, "mcmd=spawn") == 0) {
        r->is_in_list = true;
        return;
    }
    field(line, "cmd", false, command, sizeof command);
    if (strcmp(command, "init") == 0)
        init(p, rank, line);
    else if (r->stage == PMI_SILENT)
        pmi_offends(p, rank, "its first words are not cmd=init");
    else if (strcmp(command, "get_maxes") == 0)
        pmi_say(p, rank,
                "cmd=maxes kvsname_max=256 keylen_max=%d vallen_max=%d\n",
                PMI_KEY_SIZE_MAX, PMI_VALUE_SIZE_MAX);
    else if (strcmp(command, "get_appnum") == 0)
        pmi_say(p, rank, "cmd=appnum appnum=0\n");
    else if (strcmp(command, "get_my_kvsname") == 0)
        pmi_say(p, rank, "cmd=my_kvsname kvsname=%s\n", p->options.name);
    else if (strcmp(command, "get_universe_size") == 0)
        pmi_say(p, rank, "cmd=universe_size size=%u\n", p->options.size);
    else if (strcmp(command, "put") == 0)
        put(p, rank, line);
    else if (strcmp(command, "get") == 0)
        get(p, rank, line);
    else if (strcmp(command, "barrier_in") == 0)
        pmi_wait(p, rank);
    else if (strcmp(command, "finalize") == 0)
        finalize(p, rank);
    else if (strcmp(command, "abort") == 0)
        end_by_abort(p, rank, line);
    else if (!refuse_name(p, rank, command))
        pmi_offends(p, rank, "it says cmd=%.31s, which is not known", command);
}

/* ------------------------------------------------------------------- bytes */

/* The size of the first whole request in `line`, 0: it has not come yet; -1: it
 * never will. */
static long request_size(const struct pmi_rank *r)
{
    char number[PREFIX_SIZE + 1], *end;
    const char *newline;
    long size;

    if (!r->is_second) {
        newline = memchr(r->line, '\n', r->line_size);
        if (newline != NULL)
            return newline - r->line + 1;
        return r->line_size < PMI_LINE_SIZE_MAX ? 0 : -1;
    }
    if (r->line_size < PREFIX_SIZE)
        return 0;
    memcpy(number, r->line, PREFIX_SIZE);
    number[PREFIX_SIZE] = '\0';
    size = strtol(number, &end, 10);
    if (*end != '\0' || size < 1 || size > PMI_LINE_SIZE_MAX - PREFIX_SIZE - 1)
        return -1;
    size += PREFIX_SIZE;
    return (size_t)size <= r->line_size ? size : 0;
}

static void request_received(struct pmi *p,
                             unsigned rank,
                             char *bytes,
                             size_t size)
{
    struct pmi_rank *r = &p->ranks[rank];

    if (memchr(bytes, '\0', size) != NULL) {
        pmi_offends(p, rank, "it says a byte of 0");
    } else if (r->is_second) {
        pmi_second_request(p, rank, bytes + PREFIX_SIZE, size - PREFIX_SIZE);
    } else {
        bytes[size - 1] = '\0'; /* the newline */
        line_received(p, rank, bytes);
    }
}

/* At most as much as makes the buffer full; how much. */
static size_t gather(struct pmi_rank *r, const char *bytes, size_t size)
{
    size_t room = PMI_LINE_SIZE_MAX - r->line_size;
    size_t taken = size < room ? size : room;

    if (r->line == NULL)
        r->line = memory_new(1, PMI_LINE_SIZE_MAX + 1);
    memcpy(r->line + r->line_size, bytes, taken);
    r->line_size += taken;
    return taken;
}

void pmi_receive(struct pmi *p, unsigned rank, const void *bytes, size_t size)
{
    struct pmi_rank *r = &p->ranks[rank];
    const char *from = bytes;

    while (size > 0 && !r->is_refused) {
        size_t taken = gather(r, from, size);
        long whole;

        from += taken;
        size -= taken;
        while (!r->is_refused && (whole = request_size(r)) != 0) {
            char request[PMI_LINE_SIZE_MAX + 1];

            if (whole < 0) {
                pmi_offends(p, rank,
                            "its request is no line of PMI of at most "
                            "8192 bytes");
                break;
            }
            memcpy(request, r->line, (size_t)whole);
            request[whole] = '\0';
            r->line_size -= (size_t)whole;
            memmove(r->line, r->line + whole, r->line_size);
            request_received(p, rank, request, (size_t)whole);
        }
    }
}
