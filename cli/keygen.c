/* keygen.c - mezzo keygen: a key pair, and the line that admits it. */

#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "io/keys.h"

static const char *kind, *name, *roles, *users;

static const struct options_row rows[] = {
    {.name = "kind",
     .argument = "KIND",
     .kind = OPTIONS_STRING,
     .value = &kind,
     .initial = "agent",
     .is_command_line_only = true,
     .help = "whose key it is: agent, framework, operator or master"},
    {.name = "name",
     .argument = "NAME",
     .kind = OPTIONS_STRING,
     .value = &name,
     .is_command_line_only = true,
     .help = "what logs call it; otherwise FILE, without directory and ending"},
    {.name = "roles",
     .argument = "ROLES",
     .kind = OPTIONS_STRING,
     .value = &roles,
     .is_command_line_only = true,
     .help = "for a framework, with commas; * is all, which it is by default"},
    {.name = "users",
     .argument = "USERS",
     .kind = OPTIONS_STRING,
     .value = &users,
     .is_command_line_only = true,
     .help = "whom its tasks may run as; * is all, which it is by default"},
};

static const struct options keygen_options = {
    .program = "mezzo keygen",
    .operands = "FILE",
    .summary = "make a key for a daemon, a framework or an operator",
    .text = "FILE gets the pair of keys; keep it where only its owner can read "
            "it.  On stdout is the line that an allow-list needs to admit it:\n"
            "\n"
            "    mezzo keygen --kind agent agent-4.keys >>allow\n"
            "\n"
            "Its fields are name, public key, kind, roles and users.  The "
            "master reads its list again on SIGHUP.",
    .rows = rows,
    .rows_count = sizeof rows / sizeof rows[0],
};

/* A field of the list has no blanks in it and is not empty. */
static bool is_field(const char *text)
{
    return *text != '\0' && *text != '#' && strpbrk(text, " \t\r\n") == NULL;
}

static const char *name_of_file(const char *path, char *text, size_t size)
{
    const char *slash = strrchr(path, '/');
    char *dot;

    snprintf(text, size, "%s", slash != NULL ? slash + 1 : path);
    dot = strrchr(text, '.');
    if (dot != NULL && dot != text)
        *dot = '\0';
    return text;
}

static void check(const char *path, char *name_text, size_t size)
{
    static const char *const kinds[] = {"agent", "framework", "operator",
                                        "master"};
    bool is_kind = false;

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        is_kind |= strcmp(kind, kinds[i]) == 0;
    if (!is_kind)
        options_fail(&keygen_options,
                     "--kind %s: must be agent, framework, operator or master",
                     kind);
    if (name == NULL)
        name = name_of_file(path, name_text, size);
    if (roles == NULL)
        roles = strcmp(kind, "framework") == 0 ? "*" : "-";
    if (users == NULL)
        users = roles;
    if (!is_field(name) || !is_field(roles) || !is_field(users))
        options_fail(&keygen_options, "names, roles and users have no blanks");
}

static int run(int argc, char **argv)
{
    int first = options_parse(&keygen_options, argc, argv);
    char name_text[256];
    struct keys keys;
    struct error err;

    if (argc - first != 1)
        options_fail(&keygen_options, "one file is made, not %d", argc - first);
    check(argv[first], name_text, sizeof name_text);
    keys_make(&keys);
    if (keys_save(&keys, argv[first], &err) < 0) {
        fprintf(stderr, "mezzo: %s\n", err.text);
        return 2;
    }
    printf("%s %s %s %s %s\n", name, keys.public_key, kind, roles, users);
    return fflush(stdout) == 0 ? 0 : 1;
}

const struct command command_keygen = {
    .name = "keygen", .run = run, .options = &keygen_options};
