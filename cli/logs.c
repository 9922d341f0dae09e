/* logs.c - mezzo logs: what a task has written. */

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cluster.h"
#include "cli/command.h"

static bool follows;
static const char *file;

static const struct options_row rows[] = {
    CLUSTER_OPTIONS,
    {.name = "follow",
     .letter = 'f',
     .kind = OPTIONS_FLAG,
     .value = &follows,
     .is_command_line_only = true,
     .help = "go on until the task has ended"},
    {.name = "file",
     .argument = "FILE",
     .kind = OPTIONS_STRING,
     .value = &file,
     .is_command_line_only = true,
     .help = "another file of its sandbox, to stdout"},
};

static const struct options logs_options = {
    .program = "mezzo logs",
    .operands = "TASK",
    .summary = "show what a task has written",
    .text =
        "The task's stdout goes to stdout, its stderr to stderr.  They come "
        "from its agent, which keeps them for a time after its end.",
    .rows = rows,
    .rows_count = sizeof rows / sizeof rows[0],
};

/* One file on its way to one of our own. */
struct copy {
    const char *task;
    const char *file;
    int fd;
    uint64_t next; /* offset after what has come */
    int status;
    pthread_t thread;
};

static void write_all(const struct copy *copy, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t written = write(copy->fd, bytes, size);

        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0) {
            fprintf(stderr, "mezzo: write: %s\n", strerror(errno));
            exit(1); /* whatever the other thread does */
        }
        bytes += written;
        size -= (size_t)written;
    }
}

static void output_cb(const struct mezzo_output *output, void *arg)
{
    struct copy *copy = arg;

    if (output->kind != MEZZO_OUTPUT_DATA)
        return;
    if (output->offset > copy->next)
        fprintf(stderr,
                "mezzo: %s of %s: %" PRIu64 " bytes are no longer kept\n",
                copy->file, copy->task, output->offset - copy->next);
    copy->next = output->offset + output->size;
    write_all(copy, output->data, output->size);
}

static void *copy_file(void *arg)
{
    struct copy *copy = arg;
    const struct mezzo_read read = {
        .task_id = copy->task, .file = copy->file, .follows = follows};
    struct mezzo_operator *op = cluster_operator();
    const struct mezzo_answer *answer;

    if (mezzo_operator_read(op, &read, output_cb, copy, &answer) < 0) {
        copy->status = answer->exit_status;
        /* Both threads fail alike when there is no such task. */
        if (copy->fd == STDOUT_FILENO)
            fprintf(stderr, "mezzo: %s\n", answer->text);
    }
    mezzo_operator_free(op);
    return NULL;
}

static int run(int argc, char **argv)
{
    int first = options_parse(&logs_options, argc, argv);
    struct copy out = {.fd = STDOUT_FILENO}, err = {.fd = STDERR_FILENO};

    if (argc - first != 1)
        options_fail(&logs_options, "the logs of one task are shown, not of %d",
                     argc - first);
    out.task = err.task = argv[first];
    out.file = file != NULL ? file : "stdout";
    err.file = "stderr";
    /* With -f both grow at once, and a read waits: a thread for one. */
    if (file == NULL && pthread_create(&err.thread, NULL, copy_file, &err) != 0)
        abort();
    copy_file(&out);
    if (file == NULL)
        pthread_join(err.thread, NULL);
    return out.status != 0 ? out.status : err.status;
}

const struct command command_logs = {
    .name = "logs", .run = run, .options = &logs_options};
