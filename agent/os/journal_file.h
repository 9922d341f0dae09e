/* journal_file.h - the file the agent's core keeps its journal in: bytes.
 *
 * What is appended has been written when it is answered; if it is to survive a
 * power cut, when the disk has it: those that come while the disk is busy share
 * the next sync.  What its records are, and what to make of a torn one at the
 * end, is the core's affair.
 *
 * After an error of the disk every order is answered with it: what the kernel
 * still holds then may differ from what the disk has. */

#ifndef AGENT_OS_JOURNAL_FILE_H
#define AGENT_OS_JOURNAL_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct event_base;
struct journal_file;

enum {
    JOURNAL_FILE_SIZE_MAX = 1 << 30,  /* of one that is read */
    JOURNAL_FILE_LATER_MAX = 64 << 20 /* bytes that wait for a rewrite */
};

/* `fault` is NULL when it worked.  May be called by append(). */
typedef void journal_file_answer_f(void *arg,
                                   uint64_t ticket,
                                   const char *fault);

/* The file is made if it is not there. */
int journal_file_open(struct event_base *base,
                      const char *path,
                      journal_file_answer_f *answer,
                      void *arg,
                      struct journal_file **journal,
                      struct error *err);

/* What was asked is done, but not answered.  NULL is a no-op. */
void journal_file_close(struct journal_file *j);

const char *journal_file_path(const struct journal_file *j);

/* All of it, to be freed.  Waits for the disk: for the start. */
int journal_file_read(const struct journal_file *j,
                      uint8_t **bytes,
                      size_t *size,
                      struct error *err);

void journal_file_append(struct journal_file *j,
                         uint64_t ticket,
                         const uint8_t *bytes,
                         size_t size,
                         bool is_synced);

/* The file is either as it was or holds `bytes`, also after a power cut. */
void journal_file_rewrite(struct journal_file *j,
                          uint64_t ticket,
                          const uint8_t *bytes,
                          size_t size);

#endif
