/* quantity.h - times, amounts of memory and numbers, as batch users write
 * them. */

#ifndef MPI_QUANTITY_H
#define MPI_QUANTITY_H

#include <stdint.h>

/* Minutes, "min:s", "h:m:s", "d-h", "d-h:m", "d-h:m:s"; "UNLIMITED" is 0.
 * -EINVAL if it is not that, or more than ten years. */
int quantity_read_walltime(const char *text, int64_t *ms);

/* The same backwards: "1-02:03:04", "02:03:04", "UNLIMITED". */
enum {
    QUANTITY_TEXT_SIZE = 32
};
void quantity_write_walltime(int64_t ms, char text[QUANTITY_TEXT_SIZE]);

/* "4G", "512" (MiB), K M G T; in MiB, rounded up.  -EINVAL if it is not that,
 * 0, or more than a million GiB. */
int quantity_read_memory(const char *text, int64_t *mb);

/* A whole number from `min` to `max`; -EINVAL if it is none. */
int quantity_read_number(const char *text,
                         int64_t min,
                         int64_t max,
                         int64_t *number);

/* "USR1", "SIGUSR1", "10"; -EINVAL if it is none. */
int quantity_read_signal(const char *text, int *signal_number);

/* "SIGUSR1", or "signal 77". */
void quantity_write_signal(int signal_number, char text[QUANTITY_TEXT_SIZE]);

#endif
