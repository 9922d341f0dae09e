/* log.h - what a program says to its operator: lines on stderr.
 *
 * Each has the time in front, or, where systemd reads it, the priority.  Any
 * thread may log. */

#ifndef IO_LOG_H
#define IO_LOG_H

#include <stdbool.h>

#include "base/effect.h"

/* `who` begins each line; nothing less urgent than `max` is shown.  Without
 * this call a line begins with nothing and LOG_LEVEL_NOTICE is `max`. */
void log_open(const char *who, enum log_level max);

__attribute__((format(printf, 2, 3))) void log_text(enum log_level level,
                                                    const char *format,
                                                    ...);

/* The same, as a driver wants it; `arg` is not used. */
void log_effect(void *arg, enum log_level level, const char *text);

/* "error", "notice", "debug": true and `*level`. */
bool log_level_parse(const char *text, enum log_level *level);

#endif
