/* mpi_pmi_test.c - ranks and their process manager, by hand. */

#include <stdlib.h>
#include <string.h>

#include "frameworks/mpi/pairs.h"
#include "frameworks/mpi/pmi.h"
#include "tests/test.h"

enum {
    TEXT_SIZE = 1 << 16
};

struct desk {
    struct pmi *pmi;
    char text[TEXT_SIZE]; /* what happened */
    size_t size;
    void *pairs; /* of the newest fence */
    size_t pairs_size;
};

static void note(struct desk *d,
                 const char *what,
                 unsigned rank,
                 const void *bytes,
                 size_t size)
{
    d->size +=
        (size_t)snprintf(d->text + d->size, TEXT_SIZE - d->size, "%s %u %.*s",
                         what, rank, (int)size, (const char *)bytes);
    if (d->text[d->size - 1] != '\n')
        d->size +=
            (size_t)snprintf(d->text + d->size, TEXT_SIZE - d->size, "\n");
}

static void reply_cb(void *arg, unsigned rank, const void *bytes, size_t size)
{
    note(arg, ">", rank, bytes, size);
}

static void fence_cb(void *arg, const void *pairs, size_t size)
{
    struct desk *d = arg;

    free(d->pairs);
    d->pairs = malloc(size + 1);
    memcpy(d->pairs, pairs, size);
    d->pairs_size = size;
    note(d, "fence", 0, "", 0);
}

static void abort_cb(void *arg, unsigned rank, int code, const char *message)
{
    char text[300];

    snprintf(text, sizeof text, "%d %s", code, message);
    note(arg, "abort", rank, text, strlen(text));
}

static void offends_cb(void *arg, unsigned rank, const char *how)
{
    note(arg, "offends", rank, how, strlen(how));
}

static void refused_cb(void *arg, unsigned rank, const char *what)
{
    note(arg, "refused", rank, what, strlen(what));
}

/* Ranks 2 and 3 of four. */
static void desk_open(struct desk *d)
{
    static const struct pmi_options options = {
        .size = 4,
        .first_rank = 2,
        .ranks_count = 2,
        .name = "7.0",
        .mapping = "(vector,(0,2,2))",
    };
    static const struct pmi_callbacks callbacks = {reply_cb, fence_cb, abort_cb,
                                                   offends_cb, refused_cb};

    *d = (struct desk){.pmi = pmi_new(&options, &callbacks, d)};
}

static void desk_close(struct desk *d)
{
    pmi_free(d->pmi);
    free(d->pairs);
}

static void say(struct desk *d, unsigned rank, const char *text)
{
    pmi_receive(d->pmi, rank, text, strlen(text));
}

static int did(struct desk *d, const char *text)
{
    int same = strcmp(d->text, text) == 0;

    if (!same)
        printf("# did:\n# %s\n", d->text);
    d->size = 0;
    d->text[0] = '\0';
    return same;
}

static void forget(struct desk *d)
{
    d->size = 0;
    d->text[0] = '\0';
}

static void init_both(struct desk *d)
{
    say(d, 0, "cmd=init pmi_version=1 pmi_subversion=1\n");
    say(d, 1, "cmd=init pmi_version=1 pmi_subversion=1\n");
    forget(d);
}

static void a_rank_asks_and_is_answered(void)
{
    struct desk d;

    desk_open(&d);
    CHECK(pmi_stage(d.pmi, 0) == PMI_SILENT);
    say(&d, 0, "cmd=init pmi_version=1 pmi_subv");
    CHECK(did(&d, ""));
    say(&d, 0, "ersion=1\ncmd=get_maxes\ncmd=get_appnum\n");
    CHECK(did(&d,
              "> 0 cmd=response_to_init pmi_version=1 pmi_subversion=1 rc=0\n"
              "> 0 cmd=maxes kvsname_max=256 keylen_max=64 vallen_max=1024\n"
              "> 0 cmd=appnum appnum=0\n"));
    say(&d, 0, "cmd=get_my_kvsname\ncmd=get_universe_size\n");
    CHECK(did(&d, "> 0 cmd=my_kvsname kvsname=7.0\n"
                  "> 0 cmd=universe_size size=4\n"));
    say(&d, 0, "cmd=get kvsname=7.0 key=PMI_process_mapping\n");
    CHECK(did(&d, "> 0 cmd=get_result rc=0 msg=success "
                  "value=(vector,(0,2,2))\n"));
    say(&d, 0, "cmd=get kvsname=7.0 key=none\n");
    CHECK(did(&d, "> 0 cmd=get_result rc=-1 msg=no_such_key value=unknown\n"));
    desk_close(&d);
}

static void a_barrier_is_of_all(void)
{
    struct desk d;
    struct pairs *p = pairs_new();
    void *packed;
    size_t size;

    desk_open(&d);
    init_both(&d);
    say(&d, 0, "cmd=put kvsname=7.0 key=P2 value=a b  c=d\n");
    CHECK(did(&d, "> 0 cmd=put_result rc=0 msg=success\n"));
    say(&d, 0, "cmd=barrier_in\n");
    CHECK(did(&d, "") && pmi_stage(d.pmi, 0) == PMI_WAITS);
    say(&d, 1, "cmd=barrier_in\n");
    CHECK(did(&d, "fence 0 \n"));
    CHECK(pairs_unpack(p, d.pairs, d.pairs_size, 10));
    CHECK(pairs_count(p) == 1 && strcmp(pairs_get(p, "P2"), "a b  c=d") == 0);
    pairs_set(p, "P0", "far");
    packed = pairs_pack(p, &size);
    CHECK(!pmi_share(d.pmi, packed, size - 1)); /* cut off */
    CHECK(pmi_share(d.pmi, packed, size));
    CHECK(did(&d, "> 0 cmd=barrier_out\n> 1 cmd=barrier_out\n"));
    say(&d, 1, "cmd=get kvsname=7.0 key=P0\n");
    CHECK(did(&d, "> 1 cmd=get_result rc=0 msg=success value=far\n"));
    say(&d, 1, "cmd=get kvsname=7.0 key=P2\n");
    CHECK(did(&d, "> 1 cmd=get_result rc=0 msg=success value=a b  c=d\n"));
    say(&d, 1, "cmd=finalize\n");
    CHECK(did(&d, "> 1 cmd=finalize_ack\n"));
    CHECK(pmi_stage(d.pmi, 1) == PMI_FINALIZED);
    free(packed);
    pairs_free(p);
    desk_close(&d);
}

static void bounds_are_kept(void)
{
    static char line[PMI_LINE_SIZE_MAX + 100];
    struct desk d;

    desk_open(&d);
    init_both(&d);
    memset(line, 'k', sizeof line);
    memcpy(line, "cmd=put kvsname=7.0 key=", 24);
    memcpy(line + 24 + 65, " value=x\n", 10);
    say(&d, 0, line);
    CHECK(did(&d, "> 0 cmd=put_result rc=-1 msg=key_has_1_to_64_bytes\n"));
    memset(line, 'v', sizeof line);
    memcpy(line, "cmd=put kvsname=7.0 key=k value=", 32);
    memcpy(line + 32 + 1025, "\n", 2);
    say(&d, 0, line);
    CHECK(did(&d, "> 0 cmd=put_result rc=-1 msg=value_has_at_most_1024_bytes"
                  "\n"));
    for (int i = 0; i < PMI_KEYS_MAX; i++) {
        snprintf(line, sizeof line, "cmd=put kvsname=7.0 key=k%d value=\n", i);
        say(&d, 0, line);
    }
    forget(&d);
    say(&d, 0, "cmd=put kvsname=7.0 key=more value=\n");
    CHECK(did(&d, "> 0 cmd=put_result rc=-1 "
                  "msg=at_most_64_keys_between_two_barriers\n"));
    memset(line, 'x', sizeof line);
    pmi_receive(d.pmi, 1, line, sizeof line);
    CHECK(did(&d, "offends 1 its request is no line of PMI of at most 8192 "
                  "bytes\n"));
    say(&d, 1, "cmd=get_maxes\n");
    CHECK(did(&d, "")); /* nothing more is read */
    desk_close(&d);
}

static void who_does_not_keep_to_it_is_told_of(void)
{
    struct desk d;

    desk_open(&d);
    say(&d, 0, "GET / HTTP/1.0\n");
    CHECK(did(&d, "offends 0 its first words are not cmd=init\n"));
    say(&d, 1, "cmd=init pmi_version=1\ncmd=dance\n");
    CHECK(did(&d,
              "> 1 cmd=response_to_init pmi_version=1 pmi_subversion=1 rc=0\n"
              "offends 1 it says cmd=dance, which is not known\n"));
    desk_close(&d);

    desk_open(&d);
    init_both(&d);
    say(&d, 0, "cmd=barrier_in\ncmd=barrier_in\n");
    CHECK(did(&d, "offends 0 it enters a barrier that it is in\n"));
    say(&d, 1, "cmd=abort exitcode=7\n");
    CHECK(did(&d, "abort 1 7 \n"));
    desk_close(&d);

    desk_open(&d);
    init_both(&d);
    say(&d, 0, "mcmd=spawn\nnprocs=2\nexecname=x\nendcmd\n");
    CHECK(did(&d, "refused 0 MPI_Comm_spawn\n"
                  "> 0 cmd=spawn_result rc=-1\n"));
    say(&d, 0, "cmd=lookup_name service=x\n");
    CHECK(did(&d, "refused 0 a name server (MPI_Publish_name)\n"
                  "> 0 cmd=lookup_result rc=-1 msg=not_supported\n"));
    desk_close(&d);
}

static void one_who_left_is_not_waited_for_in_vain(void)
{
    struct desk d;

    desk_open(&d);
    init_both(&d);
    say(&d, 0, "cmd=barrier_in\n");
    pmi_leave(d.pmi, 0);
    say(&d, 1, "cmd=barrier_in\n");
    CHECK(did(&d, "")); /* its end is known: the job ends */
    desk_close(&d);
}

static void ask(struct desk *d, unsigned rank, const char *request)
{
    char text[300];

    snprintf(text, sizeof text, "%6zu%s", strlen(request), request);
    say(d, rank, text);
}

static void the_second_version_is_spoken_when_asked_for(void)
{
    struct desk d;

    desk_open(&d);
    for (unsigned i = 0; i < 2; i++)
        say(&d, i, "cmd=init pmi_version=2 pmi_subversion=0\n");
    CHECK(did(&d,
              "> 0 cmd=response_to_init pmi_version=2 pmi_subversion=0 rc=0\n"
              "> 1 cmd=response_to_init pmi_version=2 pmi_subversion=0 rc=0"
              "\n"));
    ask(&d, 0, "cmd=fullinit;pmijobid=7;pmirank=2;threaded=FALSE;");
    CHECK(did(&d, "> 0    113cmd=fullinit-response;pmi-version=2;"
                  "pmi-subversion=0;rank=2;size=4;appnum=0;debugged=FALSE;"
                  "pmiverbose=FALSE;rc=0;\n"));
    ask(&d, 0, "cmd=info-getnodeattr;key=x;wait=TRUE;");
    CHECK(did(&d, ""));
    ask(&d, 1, "cmd=info-putnodeattr;key=x;value=a;;b;");
    CHECK(did(&d, "> 1     35cmd=info-putnodeattr-response;rc=0;\n"
                  "> 0     56cmd=info-getnodeattr-response;flag=TRUE;"
                  "value=a;;b;rc=0;\n"));
    ask(&d, 0, "cmd=kvs-put;key=k;value=v;");
    ask(&d, 0, "cmd=kvs-fence;thrid=9;");
    forget(&d);
    ask(&d, 1, "cmd=kvs-fence;");
    CHECK(did(&d, "fence 0 \n"));
    CHECK(pmi_share(d.pmi, d.pairs, d.pairs_size));
    CHECK(did(&d, "> 0     36cmd=kvs-fence-response;thrid=9;rc=0;\n"
                  "> 1     28cmd=kvs-fence-response;rc=0;\n"));
    ask(&d, 1, "cmd=kvs-get;jobid=7;srcid=0;key=k;");
    CHECK(did(&d, "> 1     44cmd=kvs-get-response;flag=TRUE;value=v;rc=0;\n"));
    ask(&d, 1, "nonsense");
    CHECK(did(&d, "offends 1 its request is none of PMI-2\n"));
    ask(&d, 0, "cmd=abort;isworld=TRUE;msg=why;");
    CHECK(did(&d, "abort 0 1 why\n"));
    desk_close(&d);
}

int main(void)
{
    a_rank_asks_and_is_answered();
    a_barrier_is_of_all();
    bounds_are_kept();
    who_does_not_keep_to_it_is_told_of();
    one_who_left_is_not_waited_for_in_vain();
    the_second_version_is_spoken_when_asked_for();
    return test_done();
}
