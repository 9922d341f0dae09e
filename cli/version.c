/* version.c - mezzo version: ours, and the cluster's. */

#include <stdio.h>

#include "cli/command.h"
#include "config.h"

static const struct options version_options = {
    .program = "mezzo version",
    .operands = "",
    .summary = "show which version of mezzo this is",
    .text = "mezzo masters and mezzo agents show those of the daemons.",
};

static int run(int argc, char **argv)
{
    options_parse(&version_options, argc, argv);
    puts("mezzo " PACKAGE_VERSION);
    return 0;
}

const struct command command_version = {
    .name = "version", .run = run, .options = &version_options};
