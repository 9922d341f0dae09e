/* pmix_news.h - what libpmix's server has to say: called in a thread of the
 * library, queued, and taken in our loop.
 *
 * The library has one server in a process, and gives its callbacks no argument:
 * so there is one queue of these. */

#ifndef MPI_PMIX_NEWS_H
#define MPI_PMIX_NEWS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

/* What the library's thread has for us. */
enum news_kind {
    NEWS_FENCE,
    NEWS_ASK,  /* for the data of a rank elsewhere */
    NEWS_TELL, /* data of a rank of ours that another node asked for */
    NEWS_SPOKE,
    NEWS_FINALIZED,
    NEWS_ABORT,
    NEWS_REFUSED, /* a rank wants what we have not; `bytes` say what */
};

/* The library's pmix_modex_cbfunc_t, whose header not all have. */
typedef void pmix_news_answer_f(int status,
                                const char *data,
                                size_t size,
                                void *arg,
                                void (*release)(void *arg),
                                void *release_arg);

struct news {
    STAILQ_ENTRY(news) entry;
    enum news_kind kind;
    char nspace[256];
    unsigned rank;
    size_t procs_count;
    bool is_of_all;
    int code;
    unsigned step, from, number; /* TELL */
    void *bytes;                 /* or a message */
    size_t size;
    pmix_news_answer_f *answer;
    void *answer_arg;
};

/* What the library is to call: its pmix_server_module_t. */
void *pmix_news_module(void);

/* A descriptor that is readable when there is any; the caller's to close, when
 * the library has ended. */
int pmix_news_open(void);

/* The oldest, which is the caller's to free with its bytes; NULL: none. */
struct news *pmix_news_take(void);

/* Have the library tell, as NEWS_TELL, what that rank of ours has put. */
void pmix_news_request(const char *nspace,
                       unsigned rank,
                       unsigned step,
                       unsigned from,
                       unsigned number);

#endif
