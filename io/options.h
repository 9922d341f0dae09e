/* options.h - a program's options as a table, of which everything follows:
 * parsing, environment, --help, --version and the manual page.
 *
 * Option "port" is given as --port VALUE, --port=VALUE or MEZZO_PORT in the
 * environment; the command line wins, then the environment, then `initial`.
 *
 *     static int64_t port;
 *     static const struct options_row rows[] = {
 *         {.name = "port", .argument = "PORT", .kind = OPTIONS_INTEGER,
 *          .min = 1, .max = 65535, .initial = "5050", .value = &port,
 *          .help = "where to listen"},
 *     };
 *     static const struct options options = {
 *         .program = "mezzo-master", .operands = "",
 *         .summary = "lead a cluster",
 *         .rows = rows, .rows_count = sizeof rows / sizeof rows[0],
 *     };
 *     int first = options_parse(&options, argc, argv); */

#ifndef IO_OPTIONS_H
#define IO_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"

enum options_kind {
    OPTIONS_STRING,   /* const char ** */
    OPTIONS_INTEGER,  /* int64_t *, from `min` to `max` */
    OPTIONS_DURATION, /* int64_t *, in ms: "500ms", "5s", "3m", "2h", "7d" */
    OPTIONS_SIZE,     /* int64_t *, in bytes: "100", "64K", "16M", "2G" */
    OPTIONS_FLAG,     /* bool *; in the environment "1" or "0" */
    OPTIONS_LIST,     /* struct options_list *: may be given again and again;
                       * in the environment separated by commas */
};

enum {
    OPTIONS_LIST_MAX = 256
};

struct options_list {
    const char *items[OPTIONS_LIST_MAX];
    size_t count;
};

struct options_row {
    const char *name;
    char letter;          /* as well: -f; 0: none */
    const char *argument; /* "PORT": 'x' is not a port; NULL for a FLAG */
    const char *help;     /* a part of a sentence, without a stop */
    enum options_kind kind;
    const char *initial; /* as it would be written; NULL: left as it is */
    int64_t min, max;    /* INTEGER, DURATION, SIZE; max 0: INT64_MAX */
    void *value;
    bool is_command_line_only; /* not taken from the environment */
};

struct options {
    const char *program;  /* "mezzo-master", "mezzo run" */
    const char *operands; /* "-- COMMAND..."; "": none are allowed */
    const char *summary;  /* what it does, a part of a sentence */
    const char *text;     /* more of it, for --help and the manual; or NULL */
    const struct options_row *rows;
    size_t rows_count;
    bool stops_at_operand; /* what follows the first operand is not ours */
    int section;           /* of the manual; 0: 1 */
};

/* The index in `argv` of the first operand.  Exits instead: with 0 after
 * --help or --version, with 2 after one line on stderr that says what is
 * wrong.  Values stay valid; some point into `argv` or the environment. */
int options_parse(const struct options *o, int argc, char **argv);

/* The same without exit: the index, or -EINVAL and `err`.  --help, --version
 * and --help-man, which is the manual page, write to `out` and give
 * -ECANCELED. */
int options_read(const struct options *o,
                 int argc,
                 char **argv,
                 FILE *out,
                 struct error *err);

/* For what a program finds wrong itself: "PROGRAM: text; see PROGRAM --help" on
 * stderr, and exits with 2. */
__attribute__((format(printf, 2, 3), noreturn)) void options_fail(
    const struct options *o, const char *format, ...);

/* "5s" in ms, "64M" in bytes; -EINVAL if it is not that. */
int options_read_duration(const char *text, int64_t *ms);
int options_read_size(const char *text, int64_t *bytes);

#endif
