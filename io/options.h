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

#include <stdint.h>
#include <stdio.h>

#include "base/error.h"
#include "io/options_table.h"

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
