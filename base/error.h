/* error.h - why something of the world failed, in words for a person.
 *
 * A function that can fail takes `struct error *err` last, which may be NULL,
 * and returns 0 or a negative errno.  On failure nothing has changed. */

#ifndef BASE_ERROR_H
#define BASE_ERROR_H

struct error {
    char text[256];
};

/* Write `err` and return `code`, which is a negative errno. */
__attribute__((format(printf, 3, 4))) int error_set(struct error *err,
                                                    int code,
                                                    const char *format,
                                                    ...);

/* The same with ": " and what errno means behind; returns -errno. */
__attribute__((format(printf, 2, 3))) int error_errno(struct error *err,
                                                      const char *format,
                                                      ...);

#endif
