/* script.c - the #SBATCH lines of a batch script. */

#include "frameworks/mpi/script.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/memory.h"

#define DIRECTIVE "#SBATCH"

void script_options_set(struct script_options *o,
                        enum request_option option,
                        const char *value)
{
    char *copy = memory_strdup(value);

    /* Of two that say the opposite, the later counts. */
    if (option == REQUEST_REQUEUE || option == REQUEST_NO_REQUEUE) {
        free(o->values[REQUEST_REQUEUE]);
        free(o->values[REQUEST_NO_REQUEUE]);
        o->values[REQUEST_REQUEUE] = o->values[REQUEST_NO_REQUEUE] = NULL;
    }
    free(o->values[option]);
    o->values[option] = copy;
}

void script_options_release(struct script_options *o)
{
    for (int i = 0; i < REQUEST_OPTIONS_COUNT; i++)
        free(o->values[i]);
    *o = (struct script_options){{NULL}};
}

/* The next word of `*line`, with quotes taken off; NULL at its end or at a
 * comment. */
static char *next_word(char **line)
{
    char *from = *line, *to, *word;
    char quote = '\0';

    while (isspace((unsigned char)*from))
        from++;
    if (*from == '\0' || *from == '#') {
        *line = from;
        return NULL;
    }
    for (word = to = from; *from != '\0'; from++) {
        if (quote == '\0' && isspace((unsigned char)*from))
            break;
        if (quote == '\0' && (*from == '"' || *from == '\''))
            quote = *from;
        else if (quote != '\0' && *from == quote)
            quote = '\0';
        else
            *to++ = *from;
    }
    *line = *from == '\0' ? from : from + 1;
    *to = '\0';
    return word;
}

/* Which option a word is, and the value that is in it; -1: none of ours. */
static int option_of(const char *word, const char **value)
{
    const char *equals;

    *value = NULL;
    if (word[0] != '-' || word[1] == '\0')
        return -1;
    if (word[1] != '-') {
        int option = request_find_letter(word[1]);

        if (word[2] != '\0')
            *value = word + 2 + (word[2] == '=');
        return option;
    }
    equals = strchr(word, '=');
    if (equals != NULL)
        *value = equals + 1;
    return request_find_option(word + 2, equals != NULL
                                             ? (size_t)(equals - word) - 2
                                             : strlen(word + 2));
}

static int read_directive(char *line,
                          struct script_options *o,
                          struct error *err)
{
    char *word;

    while ((word = next_word(&line)) != NULL) {
        const struct request_option_row *row;
        const char *value;
        int option = option_of(word, &value);
        struct request trial;
        int rc;

        if (option < 0 || !request_options[option].is_directive)
            return error_set(err, -EINVAL, "%.*s is not supported; take it out",
                             (int)strcspn(word, "="), word);
        row = &request_options[option];
        if (value == NULL && row->argument != NULL)
            value = next_word(&line);
        request_init(&trial);
        rc = request_set(&trial, (enum request_option)option, value, err);
        request_release(&trial);
        if (rc < 0)
            return rc;
        script_options_set(o, (enum request_option)option,
                           value != NULL ? value : "");
    }
    return 0;
}

int script_read(const char *file,
                const char *text,
                struct script_options *o,
                struct error *err)
{
    AUTO(auto_free) char *copy = memory_strdup(text);
    char *rest = copy, *line;
    struct error why;

    if (strncmp(text, "#!", 2) != 0)
        return error_set(err, -EINVAL,
                         "%s:1: a script begins with #! and what runs it, such "
                         "as #!/bin/sh",
                         file);
    for (int number = 1; (line = strsep(&rest, "\n")) != NULL; number++) {
        size_t blanks = strspn(line, " \t\r");
        size_t size = sizeof DIRECTIVE - 1;

        if (line[blanks] == '\0')
            continue;
        if (line[blanks] != '#')
            break; /* the first command */
        if (strncmp(line, DIRECTIVE, size) != 0 ||
            !isspace((unsigned char)line[size]))
            continue;
        if (read_directive(line + size, o, &why) < 0)
            return error_set(err, -EINVAL, "%s:%d: %s", file, number, why.text);
    }
    return 0;
}
