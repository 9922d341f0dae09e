/* options_text.c - the same rows twice: in columns for a terminal, and in roff.
 * A default is shown as it would be written. */

#include "io/options_text.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"

enum {
    COLUMN = 28, /* of what an option does */
    WIDTH = 79,
    ROFF_WIDTH = 72, /* of the source, before escapes */
};

static void put_bounds(const struct options_row *row, char *text, size_t size)
{
    if (row->max == 0)
        snprintf(text, size, "(at least %" PRId64 ")", row->min);
    else
        snprintf(text, size, "(%" PRId64 "-%" PRId64 ")", row->min, row->max);
}

void options_text_noun(const struct options_row *row, char *text, size_t size)
{
    char bounds[64] = "", noun[32];
    size_t i = 0;

    if (row->min != 0 || row->max != 0)
        put_bounds(row, bounds, sizeof bounds);
    switch (row->kind) {
    case OPTIONS_INTEGER:
        for (; row->argument[i] != '\0' && i < sizeof noun - 1; i++)
            noun[i] = (char)tolower((unsigned char)row->argument[i]);
        noun[i] = '\0';
        if (i == 1) /* "N" */
            snprintf(noun, sizeof noun, "number");
        snprintf(text, size, "a%s %s%s%s",
                 strchr("aeiou", noun[0]) != NULL ? "n" : "", noun,
                 bounds[0] == '\0' ? "" : " ", bounds);
        break;
    case OPTIONS_DURATION:
        snprintf(text, size, "a time such as 500ms, 5s or 2h%s%s%s",
                 bounds[0] == '\0' ? "" : " ", bounds,
                 bounds[0] == '\0' ? "" : " in ms");
        break;
    case OPTIONS_SIZE:
        snprintf(text, size, "a size such as 100, 64K or 2G%s%s%s",
                 bounds[0] == '\0' ? "" : " ", bounds,
                 bounds[0] == '\0' ? "" : " in bytes");
        break;
    case OPTIONS_FLAG:
        snprintf(text, size, "0 or 1");
        break;
    case OPTIONS_STRING:
    case OPTIONS_LIST:
        snprintf(text, size, "right");
        break;
    }
}

void options_text_variable(const struct options_row *row,
                           char *text,
                           size_t size)
{
    snprintf(text, size, "MEZZO_%s", row->name);
    for (char *c = text; *c != '\0'; c++)
        *c = *c == '-' ? '_' : (char)toupper((unsigned char)*c);
}

/* `text`, broken at blanks to lines of WIDTH, from the second on behind
 * `indent` blanks; the first begins at `column`. */
static void put_wrapped(const char *text, int column, int indent, FILE *out)
{
    bool is_first = true;

    while (*text != '\0') {
        size_t size = strcspn(text, " ");

        if (!is_first && column + 1 + (int)size > WIDTH) {
            fprintf(out, "\n%*s", indent, "");
            column = indent;
        } else if (!is_first) {
            fputc(' ', out);
            column++;
        }
        fwrite(text, 1, size, out);
        column += (int)size;
        text += size + strspn(text + size, " ");
        is_first = false;
    }
    fputc('\n', out);
}

static void put_row(const char *left, const char *help, FILE *out)
{
    int column = fprintf(out, "%s", left);

    if (column > COLUMN - 2) {
        fputc('\n', out);
        column = 0;
    }
    fprintf(out, "%*s", COLUMN - column, "");
    put_wrapped(help, COLUMN, COLUMN, out);
}

static void put_option(const struct options_row *row, FILE *out)
{
    char left[80], help[512], letter[8] = "";

    if (row->letter != 0)
        snprintf(letter, sizeof letter, "-%c, ", row->letter);
    snprintf(left, sizeof left, "  %s--%s%s%s", letter, row->name,
             row->argument == NULL ? "" : " ",
             row->argument == NULL ? "" : row->argument);
    if (row->initial == NULL || row->kind == OPTIONS_FLAG)
        snprintf(help, sizeof help, "%s", row->help);
    else
        snprintf(help, sizeof help, "%s (default: %s)", row->help,
                 row->initial);
    put_row(left, help, out);
}

static bool has_variables(const struct options *o)
{
    for (size_t i = 0; i < o->rows_count; i++)
        if (!o->rows[i].is_command_line_only)
            return true;
    return false;
}

/* As put_paragraphs() reads it. */
static void put_text(const char *text, FILE *out)
{
    while (*text != '\0') {
        size_t size = strcspn(text, "\n");
        char *line = strndup(text, size);

        if (line == NULL)
            abort();
        if (line[0] == ' ')
            fprintf(out, "%s\n", line);
        else
            put_wrapped(line, 0, 0, out);
        free(line);
        text += size + (text[size] == '\n');
    }
}

void options_text_help(const struct options *o, FILE *out)
{
    fprintf(out, "Usage: %s [OPTION]...%s%s\n", o->program,
            o->operands[0] == '\0' ? "" : " ", o->operands);
    put_wrapped(o->summary, 0, 0, out);
    fputc('\n', out);
    if (o->text != NULL) {
        put_text(o->text, out);
        fputc('\n', out);
    }
    for (size_t i = 0; i < o->rows_count; i++)
        put_option(&o->rows[i], out);
    put_row("  --help", "show this", out);
    put_row("  --version", "show the version", out);
    if (has_variables(o))
        fprintf(out,
                "\nAn option \"some-name\" may also be set in the environment,"
                " as MEZZO_SOME_NAME.\n");
}

/* Roff reads a backslash anywhere, and a dot or a quote where a line begins. */
static void put_roff_part(const char *text, size_t size, FILE *out)
{
    for (size_t i = 0; i < size; i++)
        if (text[i] == '\\')
            fputs("\\e", out);
        else if (text[i] == '-')
            fputs("\\-", out);
        else
            fputc(text[i], out);
}

static void put_roff(const char *text, FILE *out)
{
    if (*text == '.' || *text == '\'')
        fputs("\\&", out);
    put_roff_part(text, strlen(text), out);
}

/* Broken into short lines, which roff fills again. */
static void put_roff_lines(const char *text, FILE *out)
{
    int column = 0;

    for (text += strspn(text, " "); *text != '\0'; text += strspn(text, " ")) {
        size_t size = strcspn(text, " ");

        if (column > 0 && column + 1 + (int)size > ROFF_WIDTH) {
            fputc('\n', out);
            column = 0;
        } else if (column > 0) {
            fputc(' ', out);
        }
        if (column == 0 && (*text == '.' || *text == '\''))
            fputs("\\&", out);
        put_roff_part(text, size, out);
        column += (int)size + 1;
        text += size;
    }
    fputc('\n', out);
}

static void put_line(const char *line, bool is_new, bool *is_example, FILE *out)
{
    if (*is_example && line[0] != ' ') {
        fputs(".EE\n", out);
        is_new = true;
    }
    if (is_new || (!*is_example && line[0] == ' '))
        fputs(".PP\n", out);
    if (!*is_example && line[0] == ' ')
        fputs(".EX\n", out);
    *is_example = line[0] == ' ';
    if (*is_example) {
        put_roff(line, out);
        fputc('\n', out);
    } else {
        put_roff_lines(line, out);
    }
}

/* Paragraphs stand apart by an empty line, and those that begin with a blank
 * are shown as they are. */
static void put_paragraphs(const char *text, FILE *out)
{
    bool is_example = false, is_new = false;

    while (*text != '\0') {
        size_t size = strcspn(text, "\n");
        char *line = strndup(text, size);

        if (line == NULL)
            abort();
        if (line[0] != '\0')
            put_line(line, is_new, &is_example, out);
        is_new = line[0] == '\0';
        free(line);
        text += size + (text[size] == '\n');
    }
    if (is_example)
        fputs(".EE\n", out);
}

static void put_manual_option(const struct options_row *row, FILE *out)
{
    char help[512];

    fputs(".TP\n\\fB", out);
    if (row->letter != 0)
        fprintf(out, "\\-%c\\fR, \\fB", row->letter);
    fputs("\\-\\-", out);
    put_roff(row->name, out);
    fputs("\\fR", out);
    if (row->argument != NULL)
        fprintf(out, " \\fI%s\\fR", row->argument);
    fputc('\n', out);
    if (row->initial != NULL && row->kind != OPTIONS_FLAG)
        snprintf(help, sizeof help, "%s (default: %s).", row->help,
                 row->initial);
    else
        snprintf(help, sizeof help, "%s.", row->help);
    put_roff_lines(help, out);
}

/* "mezzo run" has the page mezzo-run. */
static void put_page_name(const struct options *o, bool is_title, FILE *out)
{
    for (const char *c = o->program; *c != '\0'; c++)
        if (*c == ' ' || *c == '-')
            fputs(is_title ? "-" : "\\-", out);
        else
            fputc(is_title ? toupper((unsigned char)*c) : *c, out);
}

static void put_environment(const struct options *o, FILE *out)
{
    char name[64];

    fputs(".SH ENVIRONMENT\n", out);
    for (size_t i = 0; i < o->rows_count; i++) {
        if (o->rows[i].is_command_line_only)
            continue;
        options_text_variable(&o->rows[i], name, sizeof name);
        fprintf(out, ".TP\n\\fB%s\\fR\nThe same as \\fB\\-\\-", name);
        put_roff(o->rows[i].name, out);
        fputs("\\fR, which wins.\n", out);
    }
}

void options_text_manual(const struct options *o, FILE *out)
{
    fputs(".TH ", out);
    put_page_name(o, true, out);
    fprintf(out, " %d \"\" \"Mezzo %s\"\n.SH NAME\n",
            o->section == 0 ? 1 : o->section, PACKAGE_VERSION);
    put_page_name(o, false, out);
    fputs(" \\- ", out);
    put_roff(o->summary, out);
    fputs("\n.SH SYNOPSIS\n\\fB", out);
    put_roff(o->program, out);
    fputs("\\fR [\\fIOPTION\\fR]...", out);
    if (o->operands[0] != '\0') {
        fputc(' ', out);
        put_roff(o->operands, out);
    }
    fputc('\n', out);
    if (o->text != NULL) {
        fputs(".SH DESCRIPTION\n", out);
        put_paragraphs(o->text, out);
    }
    fputs(".SH OPTIONS\n", out);
    for (size_t i = 0; i < o->rows_count; i++)
        put_manual_option(&o->rows[i], out);
    fputs(".TP\n\\fB\\-\\-help\\fR\nShow what the options are.\n"
          ".TP\n\\fB\\-\\-version\\fR\nShow the version.\n",
          out);
    if (has_variables(o))
        put_environment(o, out);
}
