/* pids_test.c - lines that outlive an agent, and those that come late. */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/os/pids.h"
#include "tests/test.h"

static char directory[] = "/tmp/pids_test.XXXXXX";

static struct pids *reopen(struct pids *p)
{
    pids_close(p);
    return pids_open(directory, &p, NULL) == 0 ? p : NULL;
}

/* As a child does before its exec; "F%2FT" is the flat name of "F/T". */
static void write_line(struct pids *p, int line, const char *text)
{
    int fd = open(pids_path(p), O_WRONLY);

    CHECK(pwrite(fd, text, strlen(text), pids_offset(line)) > 0);
    close(fd);
}

static int visited;

static void visit(void *arg, const char *name, struct pids_entry entry)
{
    (void)arg;
    visited += strcmp(name, "F%2Flost") == 0 && entry.pid == 9;
}

static void a_line_is_found_by_the_next_agent(void)
{
    struct pids *p = reopen(NULL);
    int line = pids_take(p), found;

    write_line(p, line, "F%2FT 7 70\n");
    p = reopen(p);
    found = pids_take_old(p, "F/T");
    CHECK(found == line);
    CHECK(pids_read(p, found).pid == 7 && pids_read(p, found).ticks == 70);
    CHECK(pids_take_old(p, "F/T") == PIDS_NONE); /* it is taken */
    pids_clear(p, found);
    p = reopen(p);
    CHECK(pids_take_old(p, "F/T") == PIDS_NONE);
    pids_close(p);
}

static void a_child_may_write_after_the_next_agent_has_begun(void)
{
    struct pids *p = reopen(NULL);
    int late = pids_take(p), lost = pids_take(p);

    p = reopen(p);
    CHECK(pids_take_old(p, "F/late") == PIDS_NONE);
    CHECK(pids_take(p) != late); /* nobody is given its place meanwhile */
    write_line(p, late, "F%2Flate 8 80\n");
    write_line(p, lost, "F%2Flost 9 90\n");
    CHECK(pids_take_old(p, "F/late") == late);
    pids_visit_old(p, visit, NULL);
    CHECK(visited == 1);
    CHECK(pids_take(p) == 0); /* all is settled: any is free again */
    pids_close(p);
}

int main(void)
{
    char path[sizeof directory + 8];

    if (mkdtemp(directory) == NULL)
        return 99;
    a_line_is_found_by_the_next_agent();
    a_child_may_write_after_the_next_agent_has_begun();
    snprintf(path, sizeof path, "%s/pids", directory);
    unlink(path);
    rmdir(directory);
    return test_done();
}
