/* options_text.h - a table of options in words: help, manual page, and the
 * parts of sentences about what is wrong. */

#ifndef IO_OPTIONS_TEXT_H
#define IO_OPTIONS_TEXT_H

#include <stdio.h>

#include "io/options_table.h"

void options_text_help(const struct options *o, FILE *out);

/* In roff. */
void options_text_manual(const struct options *o, FILE *out);

/* What a value must be: "a port (1-65535)". */
void options_text_noun(const struct options_row *row, char *text, size_t size);

/* "MEZZO_PORT" */
void options_text_variable(const struct options_row *row,
                           char *text,
                           size_t size);

#endif
