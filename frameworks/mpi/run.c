/* run.c - mezzo mpi run: a program's ranks on the cluster, as if they were
 * here.
 *
 * The framework says what becomes of the job; what ranks write comes from their
 * agents, and what we read goes there, with tickets that the framework gets for
 * our key. */

#include <err.h>
#include <errno.h>
#include <mezzo/guest.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "frameworks/mpi/caller.h"
#include "frameworks/mpi/command.h"
#include "frameworks/mpi/outputs.h"
#include "frameworks/mpi/wish.h"

enum {
    LATE_MS = 10000, /* for the output that is still on its way */
    INPUT_SIZE = 1 << 16,
    TICKET_SIZE_MAX = 4096,
    NO_RESULT = -1,
};

static struct wish wish;
static const char *ppn, *cpus_per_rank;
static bool as_json, is_quiet;

static struct options_row rows[WISH_ROWS_MAX] = {
    CALLER_ROWS,
    {.name = "ppn",
     .argument = "N",
     .kind = OPTIONS_STRING,
     .value = &ppn,
     .is_command_line_only = true,
     .help = "the same as --ntasks-per-node"},
    {.name = "cpus-per-rank",
     .argument = "N",
     .kind = OPTIONS_STRING,
     .value = &cpus_per_rank,
     .is_command_line_only = true,
     .help = "the same as --cpus-per-task"},
    {.name = "quiet",
     .kind = OPTIONS_FLAG,
     .value = &is_quiet,
     .is_command_line_only = true,
     .help = "do not say on stderr what the job waits for"},
    {.name = "json",
     .kind = OPTIONS_FLAG,
     .value = &as_json,
     .is_command_line_only = true,
     .help = "say what becomes of the job on stderr as lines of JSON"},
};

static struct options run_options = {
    .program = "mezzo mpi run",
    .operands = "-- PROGRAM [ARGUMENT]...",
    .summary = "run a program's ranks, and show what they write",
    .text =
        "Its ranks are started together when there is room for all of them. "
        "MPICH, MVAPICH,\nIntel MPI and Open MPI find each other by PMI or "
        "PMIx.  The exit status is the\njob's: that of the first rank that "
        "failed, or of MPI_Abort; 128 and the signal's\nnumber when one has "
        "killed a rank.  Ctrl-C cancels the job.",
    .rows = rows,
    .stops_at_operand = true,
};

struct client {
    struct caller *caller;
    struct mezzo_guest *guest;
    struct pollfd fds[4];
    char attempt[32]; /* "7.0.", whose output is read */
    struct outputs *outputs;
    uint64_t input;         /* 0: none */
    char typed[INPUT_SIZE]; /* and not yet taken */
    size_t typed_size;
    bool has_typed_all;
    char said[600]; /* last, of why it waits */
    int result;     /* NO_RESULT: it has not ended */
    char reason[600], state[32];
    int64_t late_ms;
    int interrupts;
};

enum {
    FD_CALLER,
    FD_GUEST,
    FD_SIGNALS,
    FD_STDIN
};

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ------------------------------------------------------------------ output */

static void write_all(int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t written = write(fd, bytes, size);

        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            exit(1); /* whom it is for went away; so do we, and the job */
        bytes += written;
        size -= (size_t)written;
    }
}

static void output_cb(struct mezzo_guest *guest,
                      const struct mezzo_output *o,
                      void *arg)
{
    struct client *c = arg;
    bool is_error = o->file != NULL && strcmp(o->file, "stderr") == 0;

    (void)guest;
    if (outputs_hear(c->outputs, o, now_ms())) {
        if (o->kind == MEZZO_OUTPUT_DATA)
            write_all(is_error ? STDERR_FILENO : STDOUT_FILENO, o->data,
                      o->size);
    } else if (o->reader == c->input && o->kind != MEZZO_OUTPUT_DATA) {
        c->input = 0; /* nobody reads: that is no fault */
    }
}

/* ------------------------------------------------------------------- input */

/* Until there is no room: only then is it said when there is some again. */
static void type(struct client *c)
{
    while (c->input != 0 && c->typed_size > 0) {
        size_t taken = 0;
        int rc = mezzo_guest_write(c->guest, c->input, c->typed, c->typed_size,
                                   &taken);

        if (rc == -EPIPE || rc == -ENOENT)
            taken = c->typed_size; /* nobody reads it any more */
        else if (rc < 0)
            return;
        c->typed_size -= taken;
        memmove(c->typed, c->typed + taken, c->typed_size);
    }
    if (c->input != 0 && c->has_typed_all) {
        mezzo_guest_end_input(c->guest, c->input);
        c->has_typed_all = false;
    }
}

static void writable_cb(struct mezzo_guest *guest, uint64_t stream, void *arg)
{
    (void)guest;
    (void)stream;
    type(arg);
}

static void read_stdin(struct client *c)
{
    ssize_t size = read(STDIN_FILENO, c->typed + c->typed_size,
                        INPUT_SIZE - c->typed_size);

    if (size < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (size <= 0) {
        c->has_typed_all = true;
        c->fds[FD_STDIN].fd = -1;
    } else {
        c->typed_size += (size_t)size;
    }
    type(c);
}

/* ----------------------------------------------------------------- tickets */

static size_t read_hex(const char *hex, unsigned char *bytes, size_t max)
{
    size_t size = 0;
    unsigned byte;

    for (; hex[0] != '\0' && size < max && sscanf(hex, "%2x", &byte) == 1;
         hex += 2)
        bytes[size++] = (unsigned char)byte;
    return size;
}

static void ticket_said(struct client *c, const json_t *json)
{
    unsigned char bytes[TICKET_SIZE_MAX];
    struct mezzo_ticket ticket = {.bytes = bytes};
    const char *hex;
    int verb;

    if (json_unpack((json_t *)json, "{s:s, s:i, s?s, s?s, s:s, s?s}", "task",
                    &ticket.task_id, "verb", &verb, "endpoint",
                    &ticket.endpoint, "agent_key", &ticket.agent_key, "bytes",
                    &hex, "failure", &ticket.failure) < 0)
        return;
    ticket.verb = (enum mezzo_verb)verb;
    ticket.size = read_hex(hex, bytes, sizeof bytes);
    if (ticket.failure != NULL) {
        if (verb == MEZZO_VERB_READ_OUTPUT)
            warnx("what ranks of %s write cannot be read: %s", ticket.task_id,
                  ticket.failure);
    } else if (verb == MEZZO_VERB_READ_OUTPUT) {
        outputs_open(c->outputs, &ticket, now_ms());
    } else if (c->input == 0 &&
               mezzo_guest_input(c->guest, &ticket, &c->input) == 0) {
        if (!c->has_typed_all)
            c->fds[FD_STDIN].fd = STDIN_FILENO;
        type(c);
    }
}

/* ------------------------------------------------------------------ the job */

static void say_why_it_waits(struct client *c, const json_t *job)
{
    const char *state = json_string_value(json_object_get(job, "state"));
    const char *reason = json_string_value(json_object_get(job, "reason"));
    int64_t by = json_integer_value(json_object_get(job, "starts_by"));
    char line[600], clock[64] = "";
    time_t at = (time_t)(by / 1000);
    struct tm when;

    if (is_quiet ||
        (strcmp(state, "queued") != 0 && strcmp(state, "held") != 0))
        return;
    if (by > 0 && localtime_r(&at, &when) != NULL)
        strftime(clock, sizeof clock, ", starts by %H:%M:%S", &when);
    if (strncmp(reason, "Priority: asked", 15) == 0)
        return; /* it may start at once */
    snprintf(line, sizeof line, "job %s waits: %.400s%s",
             json_string_value(json_object_get(job, "id")), reason, clock);
    if (strcmp(line, c->said) == 0)
        return;
    fprintf(stderr, "mezzo: %s\n", line);
    snprintf(c->said, sizeof c->said, "%s", line);
}

static void job_ended(struct client *c, const json_t *job)
{
    c->result = (int)json_integer_value(json_object_get(job, "exit_status"));
    snprintf(c->reason, sizeof c->reason, "job %s: %s: %s",
             json_string_value(json_object_get(job, "id")),
             json_string_value(json_object_get(job, "state")),
             json_string_value(json_object_get(job, "reason")));
    snprintf(c->state, sizeof c->state, "%s",
             json_string_value(json_object_get(job, "state")));
    c->late_ms = now_ms() + LATE_MS;
}

static void said(struct client *c, const json_t *json)
{
    const char *why = json_string_value(json_object_get(json, "error"));
    const json_t *state = json_object_get(json, "state");
    const json_t *ticket = json_object_get(json, "ticket");
    const json_t *end = json_object_get(json, "end");

    if (why != NULL)
        errx(1, "%s", why);
    if (as_json && ticket == NULL) {
        json_dumpf(json, stderr, JSON_COMPACT);
        fputc('\n', stderr);
    }
    if (state != NULL && !as_json)
        say_why_it_waits(c, state);
    if (ticket != NULL)
        ticket_said(c, ticket);
    if (end != NULL)
        job_ended(c, end);
}

static void hear(struct client *c)
{
    bool is_over = false;
    json_t *json;

    while ((json = caller_hear_now(c->caller, &is_over)) != NULL) {
        said(c, json);
        json_decref(json);
    }
    if (is_over && c->result == NO_RESULT)
        errx(1, "mezzo-mpi serve went away; the job goes on, see: mezzo mpi "
                "queue");
    if (is_over)
        c->fds[FD_CALLER].fd = -1;
}

static void interrupted(struct client *c)
{
    struct signalfd_siginfo info;

    if (read(c->fds[FD_SIGNALS].fd, &info, sizeof info) != sizeof info)
        return;
    if (++c->interrupts > 1 || c->result != NO_RESULT)
        exit(128 + (int)info.ssi_signo);
    fputs("mezzo: cancelling; once more, and it is not waited for\n", stderr);
    caller_say(c->caller, json_pack("{s:s}", "do", "interrupt"));
}

static int watch_signals(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static bool is_done(const struct client *c)
{
    return c->result != NO_RESULT &&
           (outputs_count(c->outputs) == 0 || now_ms() >= c->late_ms);
}

static int patience(const struct client *c)
{
    int64_t due = outputs_deadline_ms(c->outputs), now = now_ms();

    if (due != INT64_MAX)
        return due > now ? (int)(due - now) : 0;
    return c->result != NO_RESULT ? 100 : -1;
}

static void follow(struct client *c)
{
    c->fds[FD_CALLER] =
        (struct pollfd){.fd = caller_fd(c->caller), .events = POLLIN};
    c->fds[FD_GUEST] =
        (struct pollfd){.fd = mezzo_guest_fd(c->guest), .events = POLLIN};
    c->fds[FD_SIGNALS] =
        (struct pollfd){.fd = watch_signals(), .events = POLLIN};
    c->fds[FD_STDIN] = (struct pollfd){.fd = -1, .events = POLLIN};
    while (!is_done(c)) {
        /* What cannot be taken yet is not read. */
        c->fds[FD_STDIN].events = c->typed_size < INPUT_SIZE ? POLLIN : 0;
        if (poll(c->fds, 4, patience(c)) < 0)
            continue;
        outputs_alarm(c->outputs, now_ms());
        if (c->fds[FD_SIGNALS].revents != 0)
            interrupted(c);
        if (c->fds[FD_CALLER].revents != 0)
            hear(c);
        if (c->fds[FD_STDIN].fd >= 0 && c->fds[FD_STDIN].revents != 0 &&
            c->typed_size < INPUT_SIZE)
            read_stdin(c);
        mezzo_guest_process(c->guest);
    }
}

static int run(int argc, char **argv)
{
    static const struct mezzo_guest_callbacks callbacks = {
        .output = output_cb, .writable = writable_cb};
    static struct client c = {.result = NO_RESULT};
    struct script_options all = {{NULL}};
    int first;

    run_options.rows_count = wish_rows(&wish, rows, 6);
    first = options_parse(&run_options, argc, argv);
    if (first == argc)
        options_fail(&run_options,
                     "which program? mezzo mpi run -n 4 ./program");
    if (ppn != NULL)
        wish.texts[REQUEST_NTASKS_PER_NODE] = ppn;
    if (cpus_per_rank != NULL)
        wish.texts[REQUEST_CPUS_PER_TASK] = cpus_per_rank;
    if (wish.texts[REQUEST_ARRAY] != NULL || wish.texts[REQUEST_OUTPUT] != NULL)
        options_fail(&run_options,
                     "--array, --output and --error are for scripts: mezzo mpi "
                     "submit");
    wish_gather(&wish, &run_options, &all);
    c.caller = caller_new();
    c.guest = mezzo_guest_new(&callbacks, &c);
    c.outputs = outputs_new(c.guest);
    caller_say(c.caller,
               json_pack("{s:s, s:b, s:s, s:o}", "do", "submit", "follows", 1,
                         "key", mezzo_guest_key(c.guest), "request",
                         wish_request(&all, argv + first, NULL)));
    follow(&c);
    if (strcmp(c.state, "completed") != 0)
        fprintf(stderr, "mezzo: %s\n", c.reason);
    script_options_release(&all);
    outputs_free(c.outputs);
    mezzo_guest_free(c.guest);
    caller_free(c.caller);
    return c.result;
}

const struct command command_run = {
    .name = "run", .run = run, .options = &run_options};
