/* options_table.h - what the table of a program's options is made of; what
 * follows from it is in io/options.h. */

#ifndef IO_OPTIONS_TABLE_H
#define IO_OPTIONS_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

#endif
