/* options_text_test.c - lines that fit a terminal, roff that reads nothing into
 * what is said, and nouns for sentences. */

#include "io/options_text.h"

#include <stdlib.h>
#include <string.h>

#include "tests/test.h"

#define LONG                                                                   \
    "it is said at length what this is for, so that the line is broken more "  \
    "than once, at blanks and nowhere else, and begins in the same column"

static const struct options_row rows[] = {
    {.name = "port",
     .letter = 'p',
     .argument = "PORT",
     .help = LONG,
     .kind = OPTIONS_INTEGER,
     .initial = "5050",
     .min = 1,
     .max = 65535},
    {.name = "an-option-whose-name-is-long",
     .argument = "SOMETHING",
     .help = "help",
     .kind = OPTIONS_STRING},
    {.name = "quiet",
     .help = "say less",
     .kind = OPTIONS_FLAG,
     .initial = "0",
     .is_command_line_only = true},
};

static const struct options table = {
    .program = "mezzo try",
    .operands = "FILE",
    .summary = "try \\it",
    .text = ".dots begin\n'quotes too a-b\n\nParagraph.\n  mezzo \\try\n"
            "  .second\nafter",
    .rows = rows,
    .rows_count = sizeof rows / sizeof rows[0],
};

/* What one of both writes, on the heap. */
static char *written(void (*write)(const struct options *o, FILE *out))
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    write(&table, out);
    fclose(out);
    return text;
}

static void help_fits_a_terminal(void)
{
    char *text = written(options_text_help), *rest = text;
    size_t longest = 0, longer = 0;

    CHECK(strncmp(text, "Usage: mezzo try [OPTION]... FILE\n", 34) == 0);
    CHECK(strstr(text, "\n  -p, --port PORT") != NULL);
    CHECK(strstr(text, "\n  --an-option-whose-name-is-long SOMETHING\n"
                       "                            help\n") != NULL);
    CHECK(strstr(text, "(default:") != NULL);
    CHECK(strstr(text, "say less\n") != NULL); /* a flag has no default */
    CHECK(strstr(text, "\n  mezzo \\try\n") != NULL);
    while (rest != NULL) {
        size_t size = strcspn(rest, "\n");

        longest = size > longest ? size : longest;
        longer += size > 79 && strstr(rest, "MEZZO_SOME_NAME") == NULL;
        rest = strchr(rest, '\n');
        rest = rest == NULL ? NULL : rest + 1;
    }
    CHECK(longer == 0 && longest > 60);
    free(text);
}

static void roff_reads_nothing_into_it(void)
{
    char *text = written(options_text_manual);

    CHECK(strncmp(text, ".TH MEZZO-TRY 1 ", 16) == 0);
    CHECK(strstr(text, ".SH NAME\nmezzo\\-try \\- try \\eit\n") != NULL);
    CHECK(strstr(text, "\n\\&.dots begin\n") != NULL);
    CHECK(strstr(text, "\n\\&'quotes too a\\-b\n") != NULL);
    CHECK(strstr(text, ".PP\nParagraph.\n") != NULL);
    CHECK(strstr(text, ".PP\n.EX\n  mezzo \\etry\n  .second\n.EE\n.PP\n"
                       "after\n") != NULL);
    CHECK(strstr(text, ".TP\n\\fB\\-p\\fR, \\fB\\-\\-port\\fR "
                       "\\fIPORT\\fR\n") != NULL);
    CHECK(strstr(text, "\\fBMEZZO_PORT\\fR") != NULL);
    CHECK(strstr(text, "MEZZO_QUIET") == NULL);
    for (const char *line = text; line != NULL; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (*line == '.' && strchr("TSPE", line[1]) == NULL)
            CHECK(!"a request that is none of ours");
    }
    free(text);
}

static bool is_noun(const struct options_row *row, const char *expected)
{
    char noun[128];

    options_text_noun(row, noun, sizeof noun);
    if (strcmp(noun, expected) != 0)
        printf("# '%s'\n", noun);
    return strcmp(noun, expected) == 0;
}

static void a_noun_says_what_a_value_must_be(void)
{
    struct options_row row = rows[0];

    CHECK(is_noun(&row, "a port (1-65535)"));
    row.max = 0;
    CHECK(is_noun(&row, "a port (at least 1)"));
    row.argument = "INDEX";
    row.min = 0;
    CHECK(is_noun(&row, "an index"));
    row.argument = "N";
    row.max = 9;
    CHECK(is_noun(&row, "a number (0-9)"));
    row.kind = OPTIONS_DURATION;
    CHECK(is_noun(&row, "a time such as 500ms, 5s or 2h (0-9) in ms"));
    row.kind = OPTIONS_SIZE;
    row.max = 0;
    CHECK(is_noun(&row, "a size such as 100, 64K or 2G"));
    row.kind = OPTIONS_FLAG;
    CHECK(is_noun(&row, "0 or 1"));
}

static void a_noun_is_cut_to_what_there_is(void)
{
    char small[8];

    options_text_noun(&rows[0], small, sizeof small);
    CHECK(strcmp(small, "a port ") == 0);
    options_text_variable(&rows[1], small, sizeof small);
    CHECK(strcmp(small, "MEZZO_A") == 0);
}

static void a_variable_is_the_name_in_capitals(void)
{
    char name[64];

    options_text_variable(&rows[1], name, sizeof name);
    CHECK(strcmp(name, "MEZZO_AN_OPTION_WHOSE_NAME_IS_LONG") == 0);
}

int main(void)
{
    help_fits_a_terminal();
    roff_reads_nothing_into_it();
    a_noun_says_what_a_value_must_be();
    a_noun_is_cut_to_what_there_is();
    a_variable_is_the_name_in_capitals();
    return test_done();
}
