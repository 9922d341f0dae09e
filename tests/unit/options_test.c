/* options_test.c - what a program is told, from where, and what it answers. */

#include "io/options.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "tests/test.h"

static const char *master;
static int64_t port, grace_ms, memory_bytes;
static bool is_detached;
static struct options_list variables;

static const struct options_row rows[] = {
    {.name = "master",
     .argument = "ADDRESS",
     .help = "the master's address",
     .kind = OPTIONS_STRING,
     .initial = "127.0.0.1:5050",
     .value = &master},
    {.name = "port",
     .letter = 'p',
     .argument = "PORT",
     .help = "where to listen",
     .kind = OPTIONS_INTEGER,
     .initial = "5050",
     .min = 1,
     .max = 65535,
     .value = &port},
    {.name = "grace-period",
     .argument = "TIME",
     .help = "how long a task may take to end",
     .kind = OPTIONS_DURATION,
     .initial = "5s",
     .min = 1,
     .value = &grace_ms},
    {.name = "mem",
     .argument = "SIZE",
     .help = "memory",
     .kind = OPTIONS_SIZE,
     .initial = "64M",
     .value = &memory_bytes},
    {.name = "detach",
     .help = "do not wait",
     .kind = OPTIONS_FLAG,
     .value = &is_detached},
    {.name = "env",
     .letter = 'e',
     .argument = "NAME=VALUE",
     .help = "set a variable",
     .kind = OPTIONS_LIST,
     .value = &variables},
};

static struct options table = {
    .program = "mezzo run",
    .operands = "COMMAND...",
    .summary = "run a command",
    .text = "It runs.\n\n  mezzo run .x\n\nThat is all.",
    .rows = rows,
    .rows_count = sizeof rows / sizeof rows[0],
};

static struct error err;

/* The arguments, up to a NULL. */
static int read_arguments(const char *first, ...)
{
    char *argv[16] = {(char *)"mezzo"};
    int argc = 1;
    va_list args;

    va_start(args, first);
    for (const char *a = first; a != NULL; a = va_arg(args, const char *))
        argv[argc++] = (char *)a;
    va_end(args);
    memset(&err, 0, sizeof err);
    is_detached = false;
    return options_read(&table, argc, argv, stdout, &err);
}

static bool refuses(const char *argument, const char *text)
{
    int rc = read_arguments(argument, NULL);

    if (rc != -EINVAL || strcmp(err.text, text) != 0)
        printf("# %d '%s'\n", rc, err.text);
    return rc == -EINVAL && strcmp(err.text, text) == 0;
}

/* What is written for it. */
static bool writes(const char *argument, const char *part)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    char *argv[] = {(char *)"mezzo", (char *)argument, NULL};
    int rc = options_read(&table, 2, argv, out, &err);
    bool is_there;

    fclose(out);
    is_there = strstr(text, part) != NULL;
    if (!is_there)
        printf("# not in:\n# %s\n", text);
    free(text);
    return rc == -ECANCELED && is_there;
}

static void what_is_not_given_has_its_default(void)
{
    CHECK(read_arguments(NULL) == 1);
    CHECK(strcmp(master, "127.0.0.1:5050") == 0);
    CHECK(port == 5050 && grace_ms == 5000 && memory_bytes == 64 << 20);
    CHECK(!is_detached && variables.count == 0);
}

static void values_are_given_in_either_way(void)
{
    CHECK(read_arguments("--port=1", "--master", "x", "--detach", NULL) == 5);
    CHECK(port == 1 && strcmp(master, "x") == 0 && is_detached);
    CHECK(read_arguments("-p", "65535", "-e", "A=1", "--env", "B=,", NULL) > 0);
    CHECK(port == 65535 && variables.count == 2);
    CHECK(strcmp(variables.items[1], "B=,") == 0);
    CHECK(read_arguments("--grace-period=2h", "--mem", "3G", NULL) > 0);
    CHECK(grace_ms == 7200000 && memory_bytes == 3LL << 30);
}

static void the_command_line_wins_over_the_environment(void)
{
    setenv("MEZZO_PORT", "77", 1);
    setenv("MEZZO_GRACE_PERIOD", "7ms", 1);
    setenv("MEZZO_DETACH", "1", 1);
    setenv("MEZZO_ENV", "A=1,,B=2", 1);
    CHECK(read_arguments(NULL) == 1);
    CHECK(port == 77 && grace_ms == 7 && is_detached);
    CHECK(variables.count == 2 && strcmp(variables.items[1], "B=2") == 0);
    CHECK(read_arguments("--port", "78", "--env", "C=3", NULL) > 0);
    CHECK(port == 78 && variables.count == 1);
    setenv("MEZZO_PORT", "x", 1);
    CHECK(refuses("--detach", "MEZZO_PORT: 'x' is not a port (1-65535)"));
    CHECK(writes("--help", "Usage: mezzo run [OPTION]... COMMAND..."));
    unsetenv("MEZZO_PORT");
    unsetenv("MEZZO_GRACE_PERIOD");
    unsetenv("MEZZO_DETACH");
    unsetenv("MEZZO_ENV");
}

static void what_is_wrong_is_said_in_one_line(void)
{
    CHECK(refuses("--port=99999", "--port: '99999' is not a port (1-65535)"));
    CHECK(refuses("--port=", "--port: '' is not a port (1-65535)"));
    CHECK(refuses("-p 5", "-p: ' 5' is not a port (1-65535)"));
    CHECK(refuses("--port=9223372036854775808",
                  "--port: '9223372036854775808' is not a port (1-65535)"));
    CHECK(refuses("--grace-period=5",
                  "--grace-period: '5' is not a time such as 500ms, 5s or 2h "
                  "(at least 1) in ms"));
    CHECK(refuses("--mem=9999999999T",
                  "--mem: '9999999999T' is not a size such as 100, 64K or 2G"));
    CHECK(refuses("--mem=-1",
                  "--mem: '-1' is not a size such as 100, 64K or 2G"));
    CHECK(refuses("--prot", "unknown option '--prot'"));
    CHECK(refuses("-x", "unknown option '-x'"));
    CHECK(refuses("--port", "--port: needs a value"));
    CHECK(refuses("--detach=1", "--detach=1: takes no value"));
    CHECK(refuses("--help=1", "--help=1: takes no value"));
}

static void operands_are_the_programs_own(void)
{
    CHECK(read_arguments("--port", "1", "--", "ls", "--port", "2", NULL) == 4);
    CHECK(port == 1);
    CHECK(read_arguments("ls", "--port", "2", NULL) == 3 && port == 2);
    table.stops_at_operand = true;
    CHECK(read_arguments("ls", "--port", "2", NULL) == 1 && port == 5050);
    table.stops_at_operand = false;
    table.operands = "";
    CHECK(refuses("ls", "'ls' is one argument too many"));
    table.operands = "COMMAND...";
}

static void a_list_has_an_end(void)
{
    char *argv[OPTIONS_LIST_MAX + 3] = {(char *)"mezzo"};

    for (int i = 1; i < OPTIONS_LIST_MAX + 2; i++)
        argv[i] = (char *)"-eA=1";
    CHECK(options_read(&table, OPTIONS_LIST_MAX + 1, argv, stdout, &err) > 0);
    CHECK(options_read(&table, OPTIONS_LIST_MAX + 2, argv, stdout, &err) < 0);
    CHECK(strcmp(err.text, "-e: given more than 256 times") == 0);
}

static void help_and_the_manual_show_each_option(void)
{
    CHECK(writes("--help", "  -p, --port PORT           where to listen "
                           "(default: 5050)\n"));
    CHECK(writes("--help", "  --grace-period TIME       how long"));
    CHECK(writes("--help", "MEZZO_SOME_NAME"));
    CHECK(writes("--version", "mezzo run "));
    CHECK(writes("--help-man", ".TH MEZZO-RUN 1"));
    CHECK(writes("--help-man", "mezzo\\-run \\- run a command\n"));
    CHECK(writes("--help-man", ".TP\n\\fB\\-p\\fR, \\fB\\-\\-port\\fR"));
    CHECK(writes("--help-man", ".EX\n  mezzo run .x\n.EE\n"));
    CHECK(writes("--help-man", "MEZZO_GRACE_PERIOD"));
}

int main(void)
{
    what_is_not_given_has_its_default();
    values_are_given_in_either_way();
    the_command_line_wins_over_the_environment();
    what_is_wrong_is_said_in_one_line();
    operands_are_the_programs_own();
    a_list_has_an_end();
    help_and_the_manual_show_each_option();
    return test_done();
}
