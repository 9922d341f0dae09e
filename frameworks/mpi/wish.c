/* wish.c - a job's options on the command line and in the environment. */

#include "frameworks/mpi/wish.h"

#include <err.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "frameworks/mpi/request_json.h"

size_t wish_rows(struct wish *w, struct options_row *rows, size_t count)
{
    for (int i = 0; i < REQUEST_OPTIONS_COUNT; i++) {
        const struct request_option_row *r = &request_options[i];
        struct options_row *row = &rows[count++];

        *row = (struct options_row){
            .name = r->name,
            .letter = r->letter,
            .argument = r->argument,
            .help = r->help,
            .kind = r->argument != NULL ? OPTIONS_STRING : OPTIONS_FLAG,
            .is_command_line_only = true,
        };
        if (i == REQUEST_BEGIN) {
            row->argument = "TIME";
            row->value = &w->begin;
            row->help = "not before: now+60, now+2hours, 16:30, "
                        "2026-11-28T16:30";
        } else if (r->argument != NULL) {
            row->value = &w->texts[i];
        } else {
            row->value = &w->flags[i];
        }
    }
    return count;
}

/* "now+2hours" in ms; -1: it is not that. */
static int64_t read_begin_span(const char *text)
{
    static const struct {
        const char *word;
        int64_t seconds;
    } units[] = {{"", 1},         {"seconds", 1},  {"minutes", 60},
                 {"hours", 3600}, {"days", 86400}, {"weeks", 604800}};
    char *end;
    long long number = strtoll(text, &end, 10);

    for (size_t i = 0; end > text && i < sizeof units / sizeof units[0]; i++) {
        size_t size = strlen(units[i].word);

        if (strcmp(end, units[i].word) == 0 ||
            (size > 0 && strlen(end) == size - 1 &&
             strncmp(end, units[i].word, size - 1) == 0))
            return number * units[i].seconds * 1000;
    }
    return -1;
}

static int64_t read_begin(const char *text)
{
    static const char *const formats[] = {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M",
                                          "%Y-%m-%d", "%H:%M:%S", "%H:%M"};
    time_t now = time(NULL);

    if (strncmp(text, "now", 3) == 0) {
        int64_t span = text[3] == '+' ? read_begin_span(text + 4)
                       : text[3]      ? -1
                                      : 0;

        return span < 0 ? -1 : (int64_t)now * 1000 + span;
    }
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        struct tm when;
        const char *end;
        time_t at;

        localtime_r(&now, &when);
        when.tm_sec = 0;
        end = strptime(text, formats[i], &when);
        if (end == NULL || *end != '\0')
            continue;
        when.tm_isdst = -1;
        at = mktime(&when);
        if (i >= 3 && at < now)
            at += 86400; /* tomorrow */
        return (int64_t)at * 1000;
    }
    return -1;
}

static void set(struct script_options *all,
                const struct options *options,
                enum request_option option,
                const char *value)
{
    struct request trial;
    struct error err;

    request_init(&trial);
    if (request_set(&trial, option, *value != '\0' ? value : NULL, &err) < 0)
        options_fail(options, "%s", err.text);
    request_release(&trial);
    script_options_set(all, option, value);
}

static void read_environment(struct script_options *all)
{
    for (int i = 0; i < REQUEST_OPTIONS_COUNT; i++) {
        const struct request_option_row *row = &request_options[i];
        const char *value =
            row->variable != NULL ? getenv(row->variable) : NULL;
        struct request trial;
        struct error err;

        if (value == NULL || *value == '\0')
            continue;
        request_init(&trial);
        if (request_set(&trial, (enum request_option)i,
                        row->argument != NULL ? value : NULL, &err) < 0)
            errx(2, "%s in the environment: %s", row->variable, err.text);
        request_release(&trial);
        script_options_set(all, (enum request_option)i,
                           row->argument != NULL ? value : "");
    }
}

void wish_gather(const struct wish *w,
                 const struct options *options,
                 struct script_options *all)
{
    char begin[32];

    read_environment(all);
    for (int i = 0; i < REQUEST_OPTIONS_COUNT; i++)
        if (w->texts[i] != NULL)
            set(all, options, (enum request_option)i, w->texts[i]);
        else if (w->flags[i])
            set(all, options, (enum request_option)i, "");
    if (w->begin == NULL)
        return;
    if (read_begin(w->begin) < 0)
        options_fail(options,
                     "--begin %s: is no time such as now+60, now+2hours, "
                     "16:30 or 2026-11-28T16:30",
                     w->begin);
    snprintf(begin, sizeof begin, "%" PRId64, read_begin(w->begin));
    set(all, options, REQUEST_BEGIN, begin);
}

json_t *wish_request(const struct script_options *all,
                     char **argv,
                     const char *script)
{
    struct words arguments = {0}, environment = {0};
    json_t *options = json_object(), *request;
    char directory[PATH_MAX], host[256] = "";

    for (int i = 0; i < REQUEST_OPTIONS_COUNT; i++)
        if (all->values[i] != NULL)
            json_object_set_new(options, request_options[i].name,
                                json_string(all->values[i]));
    for (; *argv != NULL; argv++)
        words_add(&arguments, *argv);
    for (char **each = environ; *each != NULL; each++)
        words_add(&environment, *each);
    if (getcwd(directory, sizeof directory) == NULL)
        err(1, "the directory");
    gethostname(host, sizeof host - 1);
    request = json_pack("{s:o, s:o, s:o, s:o, s:s}", "options", options, "argv",
                        request_json_words(&arguments), "environment",
                        request_json_words(&environment), "directory",
                        request_json_text(directory), "host", host);
    if (script != NULL)
        json_object_set_new(request, "script", request_json_text(script));
    words_release(&arguments);
    words_release(&environment);
    return request;
}
