/* mpi_request_test.c - what batch users write: times, memory, arrays,
 * dependencies, directives. */

#include <errno.h>
#include <string.h>

#include "frameworks/mpi/quantity.h"
#include "frameworks/mpi/script.h"
#include "tests/test.h"

static int64_t walltime(const char *text)
{
    int64_t ms = -1;

    return quantity_read_walltime(text, &ms) == 0 ? ms / 1000 : -1;
}

static void walltimes_have_six_forms(void)
{
    char text[QUANTITY_TEXT_SIZE];

    CHECK(walltime("90") == 90 * 60);
    CHECK(walltime("1:30") == 90);
    CHECK(walltime("01:30:00") == 90 * 60);
    CHECK(walltime("2-12") == (2 * 24 + 12) * 3600);
    CHECK(walltime("1-2:30") == (24 + 2) * 3600 + 30 * 60);
    CHECK(walltime("1-02:03:04") == 26 * 3600 + 3 * 60 + 4);
    CHECK(walltime("UNLIMITED") == 0);
    CHECK(walltime("") == -1);
    CHECK(walltime("0") == -1);
    CHECK(walltime("1:2:3:4") == -1);
    CHECK(walltime("-5") == -1);
    CHECK(walltime("1h") == -1);
    CHECK(walltime("9999999999") == -1);
    quantity_write_walltime(93784000, text);
    CHECK(strcmp(text, "1-02:03:04") == 0);
    quantity_write_walltime(61000, text);
    CHECK(strcmp(text, "00:01:01") == 0);
}

static void memory_is_mib_unless_said(void)
{
    int64_t mb;

    CHECK(quantity_read_memory("512", &mb) == 0 && mb == 512);
    CHECK(quantity_read_memory("4G", &mb) == 0 && mb == 4096);
    CHECK(quantity_read_memory("1500K", &mb) == 0 && mb == 2);
    CHECK(quantity_read_memory("1T", &mb) == 0 && mb == 1 << 20);
    CHECK(quantity_read_memory("0", &mb) == -EINVAL);
    CHECK(quantity_read_memory("4X", &mb) == -EINVAL);
    CHECK(quantity_read_memory("-1", &mb) == -EINVAL);
    CHECK(quantity_read_memory("99999999T", &mb) == -EINVAL);
}

static void arrays_are_sets(void)
{
    struct array a = {0};

    CHECK(array_parse("0-15:4,20,4%2", &a, NULL) == 0);
    CHECK(a.count == 5 && a.indices[0] == 0 && a.indices[1] == 4 &&
          a.indices[4] == 20 && a.at_once == 2);
    CHECK(array_parse("3", &a, NULL) == 0 && a.count == 1);
    CHECK(array_parse("5-1", &a, NULL) == -EINVAL);
    CHECK(array_parse("0-9999", &a, NULL) == 0 && a.count == 10000);
    CHECK(array_parse("0-10000", &a, NULL) == -EINVAL && a.count == 10000);
    CHECK(array_parse("1-2%0", &a, NULL) == -EINVAL);
    CHECK(array_parse("", &a, NULL) == -EINVAL);
    CHECK(array_parse("1,", &a, NULL) == -EINVAL);
    array_release(&a);
}

/* Facts by job number: 1 is met, 2 waits, 3 never will be. */
static enum dependency_fact look(const struct dependency_item *item, void *arg)
{
    (void)arg;
    return item->job == 1   ? DEPENDENCY_MET
           : item->job == 2 ? DEPENDENCY_WAITS
                            : DEPENDENCY_NEVER;
}

static enum dependency_fact fact_of(const char *text)
{
    const struct dependency_item *blocking;
    struct dependency d = {0};
    enum dependency_fact fact;

    CHECK(dependency_parse(text, &d, NULL) == 0);
    fact = dependency_look(&d, look, NULL, &blocking);
    dependency_release(&d);
    return fact;
}

static void dependencies_are_all_or_any(void)
{
    struct dependency d = {0};

    CHECK(fact_of("afterok:1") == DEPENDENCY_MET);
    CHECK(fact_of("afterok:1:2") == DEPENDENCY_WAITS);
    CHECK(fact_of("afterok:1,afterany:3") == DEPENDENCY_NEVER);
    CHECK(fact_of("afterok:3?afterany:1") == DEPENDENCY_MET);
    CHECK(fact_of("afterok:3?afterany:2") == DEPENDENCY_WAITS);
    CHECK(fact_of("afterok:3?afterany:3") == DEPENDENCY_NEVER);
    CHECK(dependency_parse("singleton", &d, NULL) == 0 && d.count == 1);
    CHECK(dependency_parse("afterok:41_3", &d, NULL) == 0 &&
          d.items[0].has_index && d.items[0].index == 3);
    CHECK(dependency_parse("afterok", &d, NULL) == -EINVAL);
    CHECK(dependency_parse("aftercorr:1", &d, NULL) == -EINVAL);
    CHECK(dependency_parse("afterok:x", &d, NULL) == -EINVAL);
    CHECK(dependency_parse("afterok:1,after:2?any:3", &d, NULL) == -EINVAL);
    dependency_release(&d);
}

static void directives_stop_at_the_first_command(void)
{
    struct script_options o = {{NULL}};
    struct error err;

    CHECK(script_read("job.sh",
                      "#!/bin/sh\n"
                      "# a comment\n"
                      "#SBATCH --ntasks=4 --job-name \"a b\" # why\n"
                      "\n"
                      "#SBATCH -N2 -t 01:30:00\n"
                      "##SBATCH --nodes=9\n"
                      "#SBATCH --exclusive\n"
                      "echo hello\n"
                      "#SBATCH --ntasks=9 --nonsense\n",
                      &o, &err) == 0);
    CHECK(strcmp(o.values[REQUEST_NTASKS], "4") == 0);
    CHECK(strcmp(o.values[REQUEST_JOB_NAME], "a b") == 0);
    CHECK(strcmp(o.values[REQUEST_NODES], "2") == 0);
    CHECK(strcmp(o.values[REQUEST_TIME], "01:30:00") == 0);
    CHECK(strcmp(o.values[REQUEST_EXCLUSIVE], "") == 0);
    CHECK(o.values[REQUEST_MEM] == NULL);
    script_options_release(&o);
}

static const char *complaint(const char *text)
{
    static struct error err;
    struct script_options o = {{NULL}};

    err.text[0] = '\0';
    script_read("job.sh", text, &o, &err);
    script_options_release(&o);
    return err.text;
}

static void what_is_wrong_has_its_line(void)
{
    CHECK(strcmp(complaint("#!/bin/sh\n#SBATCH --qos=high\n"),
                 "job.sh:2: --qos is not supported; take it out") == 0);
    CHECK(strncmp(complaint("#!/bin/sh\n\n#SBATCH --time=soon\n"),
                  "job.sh:3: --time: \"soon\" is no time", 35) == 0);
    CHECK(strcmp(complaint("#!/bin/sh\n#SBATCH --ntasks\n"),
                 "job.sh:2: --ntasks: it needs a value: --ntasks=N") == 0);
    CHECK(strncmp(complaint("echo\n"), "job.sh:1: a script begins with #!",
                  33) == 0);
    CHECK(strcmp(complaint("#!/bin/sh\n#SBATCH -x node1\n"),
                 "job.sh:2: -x is not supported; take it out") == 0);
    CHECK(strcmp(complaint("#!/bin/sh\n#SBATCH --label\n"),
                 "job.sh:2: --label is not supported; take it out") == 0);
}

static int settle(struct request *r, struct error *err)
{
    if (r->argv.count == 0)
        words_add(&r->argv, "true");
    return request_settle(r, err);
}

static void ranks_follow_from_nodes(void)
{
    struct error err;
    struct request r;

    request_init(&r);
    CHECK(request_set(&r, REQUEST_NODES, "2-4", &err) == 0);
    CHECK(request_set(&r, REQUEST_NTASKS_PER_NODE, "3", &err) == 0);
    CHECK(settle(&r, &err) == 0 && r.ranks == 6);
    CHECK(request_set(&r, REQUEST_NTASKS, "13", &err) == 0);
    CHECK(settle(&r, &err) == -EINVAL); /* on at most four nodes */
    CHECK(request_set(&r, REQUEST_NTASKS, "12", &err) == 0);
    CHECK(request_set(&r, REQUEST_MEM, "3G", &err) == 0);
    CHECK(settle(&r, &err) == 0 && request_rank_memory_mb(&r) == 1024);
    CHECK(request_set(&r, REQUEST_MEM_PER_CPU, "1G", &err) == 0);
    CHECK(settle(&r, &err) == -EINVAL); /* one or the other */
    CHECK(request_set(&r, REQUEST_NTASKS, "0", &err) == -EINVAL);
    CHECK(strcmp(err.text,
                 "--ntasks: \"0\" is not a number from 1 to 100000") == 0);
    request_release(&r);
}

static void signals_are_named_or_numbered(void)
{
    struct request r;

    request_init(&r);
    CHECK(request_set(&r, REQUEST_SIGNAL, "B:USR1@120", NULL) == 0);
    CHECK(r.signal_number == 10 && r.signals_script &&
          r.signal_before_ms == 120000);
    CHECK(request_set(&r, REQUEST_SIGNAL, "SIGTERM", NULL) == 0);
    CHECK(r.signal_number == 15 && !r.signals_script &&
          r.signal_before_ms == 60000);
    CHECK(request_set(&r, REQUEST_SIGNAL, "HUGE", NULL) == -EINVAL);
    CHECK(request_set(&r, REQUEST_SIGNAL, "USR1@", NULL) == -EINVAL);
    CHECK(request_set(&r, REQUEST_OUTPUT, "x-%q", NULL) == -EINVAL);
    CHECK(request_set(&r, REQUEST_ACCOUNT, "../x", NULL) == -EINVAL);
    CHECK(request_set(&r, REQUEST_EXCLUSIVE, "perhaps", NULL) == -EINVAL);
    request_release(&r);
}

int main(void)
{
    walltimes_have_six_forms();
    memory_is_mib_unless_said();
    arrays_are_sets();
    dependencies_are_all_or_any();
    directives_stop_at_the_first_command();
    what_is_wrong_has_its_line();
    ranks_follow_from_nodes();
    signals_are_named_or_numbered();
    return test_done();
}
