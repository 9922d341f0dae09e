/* lives_parts.h - what the files lives_*.c share: one noun, too large for a
 * file. */

#ifndef AGENT_OS_LIVES_PARTS_H
#define AGENT_OS_LIVES_PARTS_H

#include "agent/os/fetch.h"
#include "agent/os/launcher.h"
#include "agent/os/lives.h"
#include "agent/os/pids.h"
#include "agent/os/run_table.h"

struct passing;
struct probes;
struct worker;

/* A child of the launcher that is no run's, as far as we know. */
struct stray {
    pid_t pid;
    uint64_t ticks;
    enum packet_child_state state;
    bool has_exited;
    int wait_status;
    struct report_usage usage;
};

/* Whoever reports does nothing else with the run afterwards: the core may have
 * ordered anything meanwhile. */
struct lives {
    struct lives_options options;
    struct pids *pids;
    struct launcher *launcher;
    struct users *users;
    struct fetches *fetches;
    struct probes *probes;
    struct run_table *runs;
    struct passing *passing;
    struct process_list processes; /* of all runs */
    uint64_t tickets_count;        /* of processes, so far */
    bool is_listed;
    uint64_t connection; /* grows with each that is lost */
    struct stray *strays;
    size_t strays_count;
    size_t strays_capacity;
    struct event *settle; /* then strays are ended */
    bool has_settled;
    unsigned leftovers_count;
    struct event *tick; /* output is bounded */
    struct rlimit files;
    struct worker *worker; /* NULL until something is to be done there */
};

/* lives.c */
__attribute__((format(printf, 3, 4))) void lives_log(struct lives *l,
                                                     enum log_level level,
                                                     const char *format,
                                                     ...);
void lives_report(struct lives *l, const struct report *report);

/* lives_start.c: `found` may be called at once, and is not when the run is gone
 * by then. */
typedef void lives_user_found_f(struct run *run,
                                const struct user *user,
                                const char *fault);
void lives_find_user(struct lives *l,
                     struct run *run,
                     const char *name,
                     lives_user_found_f *found);

/* lives_start.c: a LAUNCH or ADOPT is answered. */
void lives_launched(struct lives *l,
                    struct run *run,
                    pid_t pid,
                    uint64_t ticks);
void lives_refused(struct lives *l, struct run *run, const char *reason);

/* lives_adopt.c */
void lives_add_stray(struct lives *l,
                     pid_t pid,
                     uint64_t ticks,
                     enum packet_child_state state);
struct stray *lives_find_stray(struct lives *l, pid_t pid);
/* It is somebody's; .pid 0: there is none. */
struct stray lives_take_stray(struct lives *l, pid_t pid, uint64_t ticks);
void lives_reconcile(struct lives *l); /* with what the launcher has */
void lives_forget_strays(struct lives *l);
void lives_settle(struct lives *l);

/* lives_processes.c.  False: the answer is not of a process of a run. */
bool lives_process_child(struct lives *l, pid_t pid, uint64_t ticks);
bool lives_process_launched(struct lives *l,
                            uint64_t ticket,
                            pid_t pid,
                            uint64_t ticks);
bool lives_process_refused(struct lives *l,
                           uint64_t ticket,
                           const char *reason);
bool lives_process_exited(struct lives *l, pid_t pid, int wait_status);
void lives_processes_lost(struct lives *l); /* the launcher is */
/* It has said which children it has: those that are not its own are watched. */
void lives_processes_reconcile(struct lives *l);
/* Those that an earlier agent's run has. */
void lives_processes_adopt(struct lives *l, struct run *run);
void lives_process_signal(struct run *run, uint64_t number, int signal);
void lives_processes_kill(struct run *run);
/* They are killed, and need not be told. */
void lives_processes_forget(struct lives *l, struct run *run);
struct process *lives_find_process(const struct run *run, uint64_t number);
void lives_processes_free(struct lives *l, struct run *run); /* they go on */

/* lives_inputs.c: the run has a stdin that is written to; `*fd` is its end, to
 * be passed on and closed. */
int lives_open_input(struct lives *l,
                     struct run *run,
                     int *fd,
                     struct error *err);
void lives_inputs_forget(struct run *run);

/* lives_end.c.  With lives_end() the run may be gone at once: all but its
 * sandbox goes, and REAPED follows if it was asked for. */
void lives_end(struct lives *l, struct run *run);
void lives_deliver(struct lives *l, struct run *run, int signal);
void lives_exited(struct lives *l,
                  struct run *run,
                  bool is_status_known,
                  int wait_status,
                  const struct report_usage *usage);

#endif
