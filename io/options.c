/* options.c - getopt_long() takes the command line apart; what a value means,
 * and what is said when it means nothing, follows from the table. */

#include "io/options.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "io/options_text.h"

enum {
    ROWS_MAX = 64,
    VALUE_ROW = 256, /* getopt's number of row 0; below are letters */
    VALUE_HELP = VALUE_ROW + ROWS_MAX,
    VALUE_MANUAL,
    VALUE_VERSION,
    ENVIRONMENT_NAME_MAX = 64,
};

struct unit {
    const char *name;
    int64_t factor;
};

static const struct unit duration_units[] = {
    {"ms", 1},
    {"s", 1000},
    {"m", 60 * 1000},
    {"h", 60 * 60 * 1000},
    {"d", 24 * 60 * 60 * 1000},
    {NULL, 0},
};

static const struct unit size_units[] = {
    {"", 1},
    {"K", 1024},
    {"M", 1024 * 1024},
    {"G", 1024 * 1024 * 1024},
    {"T", 1024LL * 1024 * 1024 * 1024},
    {NULL, 0},
};

static const struct unit no_units[] = {{"", 1}, {NULL, 0}};

static int read_number(const char *text,
                       const struct unit *units,
                       int64_t *number)
{
    char *end;
    long long value;

    if (!isdigit((unsigned char)text[text[0] == '-']))
        return -EINVAL; /* strtoll() would skip blanks */
    errno = 0;
    value = strtoll(text, &end, 10);
    while (units->name != NULL && strcmp(units->name, end) != 0)
        units++;
    if (errno != 0 || units->name == NULL ||
        __builtin_mul_overflow(value, units->factor, number))
        return -EINVAL;
    return 0;
}

int options_read_duration(const char *text, int64_t *ms)
{
    int rc = read_number(text, duration_units, ms);

    return rc == 0 && *ms < 0 ? -EINVAL : rc;
}

int options_read_size(const char *text, int64_t *bytes)
{
    int rc = read_number(text, size_units, bytes);

    return rc == 0 && *bytes < 0 ? -EINVAL : rc;
}

static int refuse(const char *source,
                  const struct options_row *row,
                  const char *text,
                  struct error *err)
{
    char noun[128];

    options_text_noun(row, noun, sizeof noun);
    return error_set(err, -EINVAL, "%s: '%.60s' is not %s", source, text, noun);
}

static int set_number(const char *source,
                      const struct options_row *row,
                      const char *text,
                      struct error *err)
{
    const int64_t max = row->max == 0 ? INT64_MAX : row->max;
    const struct unit *units = row->kind == OPTIONS_DURATION ? duration_units
                               : row->kind == OPTIONS_SIZE   ? size_units
                                                             : no_units;
    int64_t number;

    if (read_number(text, units, &number) < 0 || number < row->min ||
        number > max)
        return refuse(source, row, text, err);
    *(int64_t *)row->value = number;
    return 0;
}

static int add_to_list(const char *source,
                       const struct options_row *row,
                       const char *text,
                       struct error *err)
{
    struct options_list *list = row->value;

    if (list->count == OPTIONS_LIST_MAX)
        return error_set(err, -EINVAL, "%s: given more than %d times", source,
                         OPTIONS_LIST_MAX);
    list->items[list->count++] = text;
    return 0;
}

/* `source` is how the value was given: "--port" or "MEZZO_PORT". */
static int set_value(const char *source,
                     const struct options_row *row,
                     const char *text,
                     struct error *err)
{
    switch (row->kind) {
    case OPTIONS_STRING:
        *(const char **)row->value = text;
        return 0;
    case OPTIONS_INTEGER:
    case OPTIONS_DURATION:
    case OPTIONS_SIZE:
        return set_number(source, row, text, err);
    case OPTIONS_FLAG:
        if (strcmp(text, "0") != 0 && strcmp(text, "1") != 0)
            return refuse(source, row, text, err);
        *(bool *)row->value = text[0] == '1';
        return 0;
    case OPTIONS_LIST:
        return add_to_list(source, row, text, err);
    }
    abort();
}

/* A list in the environment is copied, to be cut at its commas; like the
 * environment itself it stays until the end. */
struct copy {
    struct copy *next;
    char text[];
};

static struct copy *copies;

static char *keep_copy(const char *text)
{
    struct copy *c = malloc(sizeof *c + strlen(text) + 1);

    if (c == NULL)
        abort();
    c->next = copies;
    copies = c;
    return strcpy(c->text, text);
}

static int set_from_environment(const struct options_row *row,
                                struct error *err)
{
    char name[ENVIRONMENT_NAME_MAX];
    const char *text;
    char *rest;
    int rc = 0;

    options_text_variable(row, name, sizeof name);
    text = getenv(name);
    if (text == NULL || row->is_command_line_only)
        return 0;
    if (row->kind != OPTIONS_LIST)
        return set_value(name, row, text, err);
    ((struct options_list *)row->value)->count = 0;
    rest = keep_copy(text);
    for (char *item; rc == 0 && (item = strsep(&rest, ",")) != NULL;)
        if (*item != '\0')
            rc = set_value(name, row, item, err);
    return rc;
}

static int set_defaults(const struct options *o, struct error *err)
{
    for (size_t i = 0; i < o->rows_count; i++) {
        const struct options_row *row = &o->rows[i];
        int rc;

        if (row->kind == OPTIONS_LIST)
            ((struct options_list *)row->value)->count = 0;
        if (row->initial != NULL && set_value("", row, row->initial, NULL) < 0)
            abort(); /* our own table is wrong */
        rc = set_from_environment(row, err);
        if (rc < 0)
            return rc;
    }
    return 0;
}

/* What getopt_long() wants, from the table. */
static void describe(const struct options *o, char *letters, struct option *all)
{
    size_t n = 0;

    if (o->rows_count > ROWS_MAX)
        abort();
    if (o->stops_at_operand)
        *letters++ = '+';
    *letters++ = ':';
    for (size_t i = 0; i < o->rows_count; i++) {
        const struct options_row *row = &o->rows[i];
        int argument =
            row->kind == OPTIONS_FLAG ? no_argument : required_argument;

        all[n++] =
            (struct option){row->name, argument, NULL, VALUE_ROW + (int)i};
        if (row->letter != 0) {
            *letters++ = row->letter;
            if (argument == required_argument)
                *letters++ = ':';
        }
    }
    all[n++] = (struct option){"help", no_argument, NULL, VALUE_HELP};
    all[n++] = (struct option){"help-man", no_argument, NULL, VALUE_MANUAL};
    all[n++] = (struct option){"version", no_argument, NULL, VALUE_VERSION};
    all[n] = (struct option){NULL, 0, NULL, 0};
    *letters = '\0';
}

static const struct options_row *find_row(const struct options *o, int value)
{
    if (value >= VALUE_ROW && value < VALUE_ROW + (int)o->rows_count)
        return &o->rows[value - VALUE_ROW];
    for (size_t i = 0; value < VALUE_ROW && i < o->rows_count; i++)
        if (value != 0 && o->rows[i].letter == value)
            return &o->rows[i];
    return NULL;
}

/* `optopt` is 0 for a long option that is not in the table, and a number of
 * ours for one that is, but was given a value it does not take. */
static int refuse_option(const struct options *o,
                         char **argv,
                         struct error *err)
{
    const struct options_row *row = find_row(o, optopt);

    if (row != NULL || optopt >= VALUE_ROW)
        return error_set(err, -EINVAL, "%.60s: takes no value",
                         argv[optind - 1]);
    if (optopt != 0)
        return error_set(err, -EINVAL, "unknown option '-%c'", optopt);
    return error_set(err, -EINVAL, "unknown option '%.60s'", argv[optind - 1]);
}

/* A list on the command line replaces the one of the environment. */
static int set_from_command_line(const struct options *o,
                                 int value,
                                 uint64_t *given,
                                 struct error *err)
{
    const struct options_row *row = find_row(o, value);
    const uint64_t bit = UINT64_C(1) << (row - o->rows);
    char source[ENVIRONMENT_NAME_MAX];

    if (row->kind == OPTIONS_LIST && (*given & bit) == 0)
        ((struct options_list *)row->value)->count = 0;
    *given |= bit;
    if (value < VALUE_ROW)
        snprintf(source, sizeof source, "-%c", value);
    else
        snprintf(source, sizeof source, "--%s", row->name);
    return set_value(source, row, row->kind == OPTIONS_FLAG ? "1" : optarg,
                     err);
}

static int read_command_line(const struct options *o,
                             int argc,
                             char **argv,
                             FILE *out,
                             struct error *err)
{
    char letters[2 * ROWS_MAX + 3];
    struct option all[ROWS_MAX + 4];
    uint64_t given = 0;
    int value, rc = 0;

    describe(o, letters, all);
    opterr = 0;
    optind = 0; /* from the start, also when called again */
    while (rc == 0 &&
           (value = getopt_long(argc, argv, letters, all, NULL)) != -1) {
        switch (value) {
        case VALUE_HELP:
            options_text_help(o, out);
            return -ECANCELED;
        case VALUE_MANUAL:
            options_text_manual(o, out);
            return -ECANCELED;
        case VALUE_VERSION:
            fprintf(out, "%s %s\n", o->program, PACKAGE_VERSION);
            return -ECANCELED;
        case ':':
            return error_set(err, -EINVAL, "%.60s: needs a value",
                             argv[optind - 1]);
        case '?':
            return refuse_option(o, argv, err);
        default:
            rc = set_from_command_line(o, value, &given, err);
        }
    }
    return rc;
}

int options_read(const struct options *o,
                 int argc,
                 char **argv,
                 FILE *out,
                 struct error *err)
{
    int rc = set_defaults(o, err);
    struct error ignored;

    if (rc < 0) { /* but asking for help must help */
        if (read_command_line(o, argc, argv, out, &ignored) == -ECANCELED)
            return -ECANCELED;
        return rc;
    }
    rc = read_command_line(o, argc, argv, out, err);
    if (rc < 0)
        return rc;
    if (o->operands[0] == '\0' && optind < argc)
        return error_set(err, -EINVAL, "'%.60s' is one argument too many",
                         argv[optind]);
    return optind;
}

void options_fail(const struct options *o, const char *format, ...)
{
    char text[512];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    fprintf(stderr, "%s: %s; see %s --help\n", o->program, text, o->program);
    exit(2);
}

int options_parse(const struct options *o, int argc, char **argv)
{
    struct error err;
    int first = options_read(o, argc, argv, stdout, &err);

    if (first == -ECANCELED)
        exit(fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
    if (first < 0)
        options_fail(o, "%s", err.text);
    return first;
}
