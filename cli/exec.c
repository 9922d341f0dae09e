/* exec.c - mezzo exec: a program beside a task, as if it were here. */

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <mezzo/guest.h>

#include "cli/cluster.h"
#include "cli/command.h"
#include "cli/outcome.h"
#include "cli/output.h"

enum {
    INPUT_SIZE = 16 << 10
};

static bool has_terminal;
static const char *directory;
static struct options_list environment;

static const struct options_row rows[] = {
    {.name = "terminal",
     .letter = 't',
     .kind = OPTIONS_FLAG,
     .value = &has_terminal,
     .is_command_line_only = true,
     .help = "give it a terminal, which is then ours"},
    {.name = "env",
     .argument = "NAME=VALUE",
     .kind = OPTIONS_LIST,
     .value = &environment,
     .is_command_line_only = true,
     .help = "an environment variable for it, beside the task's"},
    {.name = "directory",
     .argument = "DIR",
     .kind = OPTIONS_STRING,
     .value = &directory,
     .is_command_line_only = true,
     .help = "where it starts; otherwise where the task did"},
    CLUSTER_OPTIONS,
};

static const struct options exec_options = {
    .program = "mezzo exec",
    .operands = "TASK -- COMMAND...",
    .summary = "run a command beside a running task",
    .text =
        "It runs in the task's sandbox, or its container, as its user and "
        "within its limits.  What is read here is its input; the exit status "
        "is its own, or 128 and the number of the signal that ended it.  It "
        "ends when this does, and with the task.",
    .rows = rows,
    .rows_count = sizeof rows / sizeof rows[0],
    .stops_at_operand = true,
};

/* Of the one program there is. */
static struct {
    struct mezzo_guest *guest;
    struct output *output;
    uint64_t stream;
    bool is_over;
    bool is_paused;
    bool is_full; /* no more input now */
    bool is_at_end;
    int status;
    struct termios settings; /* of our terminal, before */
    bool is_raw;
} session;

/* ---------------------------------------------------------------- terminal */

static void restore_terminal(void)
{
    if (session.is_raw)
        tcsetattr(STDIN_FILENO, TCSADRAIN, &session.settings);
    session.is_raw = false;
}

static void make_raw(void)
{
    struct termios raw;

    if (tcgetattr(STDIN_FILENO, &session.settings) < 0)
        return;
    raw = session.settings;
    cfmakeraw(&raw);
    session.is_raw = tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) == 0;
    atexit(restore_terminal);
}

static void read_size(unsigned *rows_count, unsigned *columns_count)
{
    struct winsize size = {0};

    if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) < 0)
        ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
    *rows_count = size.ws_row;
    *columns_count = size.ws_col;
}

/* --------------------------------------------------------------- callbacks */

static void drained_cb(void *arg)
{
    (void)arg;
    mezzo_guest_wake(session.guest);
}

static void pause_if_full(void)
{
    bool is_full = output_is_full(session.output);

    if (is_full != session.is_paused && !session.is_over)
        mezzo_guest_pause(session.guest, session.stream, is_full);
    session.is_paused = is_full;
}

static void output_cb(struct mezzo_guest *guest,
                      const struct mezzo_output *output,
                      void *arg)
{
    (void)guest;
    (void)arg;
    switch (output->kind) {
    case MEZZO_OUTPUT_DATA:
        output_write(session.output,
                     strcmp(output->file, "stderr") == 0 ? STDERR_FILENO
                                                         : STDOUT_FILENO,
                     output->data, output->size);
        pause_if_full();
        break;
    case MEZZO_OUTPUT_FAILED:
        restore_terminal();
        fprintf(stderr, "mezzo: %s\n", output->reason);
        session.status = OUTCOME_NEVER_RAN;
        session.is_over = true;
        break;
    case MEZZO_OUTPUT_ENDED:
        session.is_over = true;
        break;
    case MEZZO_OUTPUT_ENTRY:
        break;
    }
}

static void exited_cb(struct mezzo_guest *guest,
                      uint64_t stream,
                      int status,
                      void *arg)
{
    (void)guest;
    (void)stream;
    (void)arg;
    if (status < 0)
        session.status = 1; /* what became of it nobody knows */
    else if (WIFSIGNALED(status))
        session.status = OUTCOME_SIGNAL + WTERMSIG(status);
    else
        session.status = WEXITSTATUS(status);
}

static void writable_cb(struct mezzo_guest *guest, uint64_t stream, void *arg)
{
    (void)guest;
    (void)stream;
    (void)arg;
    session.is_full = false;
}

static void woken_cb(struct mezzo_guest *guest, void *arg)
{
    (void)guest;
    (void)arg;
    pause_if_full();
}

static const struct mezzo_guest_callbacks callbacks = {
    .output = output_cb,
    .exited = exited_cb,
    .writable = writable_cb,
    .woken = woken_cb,
};

/* -------------------------------------------------------------------- loop */

static void read_input(void)
{
    static char rest[INPUT_SIZE]; /* what there was no room for */
    static size_t rest_size;
    size_t taken = 0;

    if (rest_size == 0) {
        ssize_t size = read(STDIN_FILENO, rest, sizeof rest);

        if (size < 0 && (errno == EINTR || errno == EAGAIN))
            return;
        if (size <= 0) {
            session.is_at_end = true;
            mezzo_guest_end_input(session.guest, session.stream);
            return;
        }
        rest_size = (size_t)size;
    }
    if (mezzo_guest_write(session.guest, session.stream, rest, rest_size,
                          &taken) == -EAGAIN)
        session.is_full = true;
    rest_size -= taken;
    memmove(rest, rest + taken, rest_size);
}

static void read_signal(int fd)
{
    struct signalfd_siginfo info;
    unsigned rows_count, columns_count;

    if (read(fd, &info, sizeof info) != (ssize_t)sizeof info)
        return;
    if (info.ssi_signo != SIGWINCH) {
        mezzo_guest_signal(session.guest, session.stream, (int)info.ssi_signo);
    } else if (has_terminal) {
        read_size(&rows_count, &columns_count);
        mezzo_guest_resize(session.guest, session.stream, rows_count,
                           columns_count);
    }
}

static int watch_signals(void)
{
    sigset_t signals;

    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGHUP);
    sigaddset(&signals, SIGQUIT);
    sigaddset(&signals, SIGWINCH);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    return signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void work(int signal_fd)
{
    struct pollfd fds[] = {
        {.fd = mezzo_guest_fd(session.guest), .events = POLLIN},
        {.fd = signal_fd, .events = POLLIN},
        {.fd = STDIN_FILENO, .events = POLLIN},
    };

    while (!session.is_over && output_broken(session.output) == 0) {
        fds[2].fd = session.is_full || session.is_at_end ? -1 : STDIN_FILENO;
        if (poll(fds, 3, -1) < 0 && errno != EINTR)
            return;
        if (fds[1].revents != 0)
            read_signal(signal_fd);
        if (fds[2].revents != 0)
            read_input();
        mezzo_guest_process(session.guest);
    }
}

/* ------------------------------------------------------------------- begin */

/* NULL at the end; TERM is our terminal's. */
static const char **variables(void)
{
    const char **all = calloc(environment.count + 2, sizeof *all);
    static char term[256];
    size_t count = 0;

    if (all == NULL)
        abort();
    if (has_terminal && getenv("TERM") != NULL &&
        snprintf(term, sizeof term, "TERM=%s", getenv("TERM")) <
            (int)sizeof term)
        all[count++] = term;
    for (size_t i = 0; i < environment.count; i++) {
        if (strchr(environment.items[i], '=') == NULL ||
            environment.items[i][0] == '=')
            options_fail(&exec_options, "--env %s: NAME=VALUE is needed",
                         environment.items[i]);
        all[count++] = environment.items[i];
    }
    return all;
}

/* 0, or an exit status. */
static int begin(const char *task, char **argv)
{
    struct mezzo_exec exec = {
        .argv = (const char *const *)argv,
        .environment = variables(),
        .working_directory = directory,
        .has_terminal = has_terminal,
    };
    struct mezzo_operator *op = cluster_operator();
    const struct mezzo_answer *answer;
    int status = 0;

    if (has_terminal)
        read_size(&exec.rows, &exec.columns);
    if (mezzo_operator_wait(op,
                            &(struct mezzo_question){
                                .kind = MEZZO_GET_TICKET,
                                .subject = task,
                                .verb = MEZZO_VERB_EXEC,
                                .holder_key = mezzo_guest_key(session.guest),
                            },
                            &answer) < 0) {
        fprintf(stderr, "mezzo: %s\n", answer->text);
        status = answer->exit_status;
    } else if (mezzo_guest_exec(session.guest, answer->ticket, &exec,
                                &session.stream) < 0) {
        fprintf(stderr, "mezzo: %s\n", mezzo_guest_explain(session.guest));
        status = 1;
    }
    free((void *)exec.environment);
    mezzo_operator_free(op);
    return status;
}

static int run(int argc, char **argv)
{
    int first = options_parse(&exec_options, argc, argv);
    const char *task = argv[first];
    int signal_fd;

    if (first < argc)
        first++;
    if (first < argc && strcmp(argv[first], "--") == 0)
        first++;
    if (first >= argc)
        options_fail(&exec_options,
                     "TASK -- COMMAND: a task and what to run there are "
                     "needed");
    signal(SIGPIPE, SIG_IGN);
    signal_fd = watch_signals();
    session.output = output_new(drained_cb, NULL);
    session.guest = mezzo_guest_new(&callbacks, NULL);
    session.status = begin(task, argv + first);
    if (session.status == 0) {
        if (has_terminal)
            make_raw();
        work(signal_fd);
    }
    output_free(session.output);
    restore_terminal();
    mezzo_guest_free(session.guest);
    return session.status;
}

const struct command command_exec = {
    .name = "exec", .run = run, .options = &exec_options};
