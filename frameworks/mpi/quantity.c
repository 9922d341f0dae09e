/* quantity.c - times, amounts of memory and numbers, as batch users write
 * them. */

#include "frameworks/mpi/quantity.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    FIELDS_MAX = 3,
    DIGITS_MAX = 9,
    DAYS_MAX = 3660,
};

/* A number of at most nine digits, and where it ends; NULL if there is none. */
static const char *digits(const char *text, int64_t *number)
{
    int count = 0;

    *number = 0;
    while (text[count] >= '0' && text[count] <= '9' && count < DIGITS_MAX)
        *number = *number * 10 + (text[count++] - '0');
    if (count == 0 || (text[count] >= '0' && text[count] <= '9'))
        return NULL;
    return text + count;
}

int quantity_read_walltime(const char *text, int64_t *ms)
{
    int64_t fields[FIELDS_MAX] = {0}, days = 0, seconds;
    int count = 0;
    const char *dash = strchr(text, '-');

    if (strcasecmp(text, "UNLIMITED") == 0 ||
        strcasecmp(text, "INFINITE") == 0) {
        *ms = 0;
        return 0;
    }
    if (dash != NULL) {
        if (digits(text, &days) != dash)
            return -EINVAL;
        text = dash + 1;
    }
    do {
        if (count > 0)
            text++; /* the ':' */
        text = digits(text, &fields[count++]);
    } while (text != NULL && *text == ':' && count < FIELDS_MAX);
    if (text == NULL || *text != '\0')
        return -EINVAL;
    if (dash != NULL || count == 3) /* hours first */
        seconds = fields[0] * 3600 + fields[1] * 60 + fields[2];
    else
        seconds = fields[0] * 60 + fields[1];
    seconds += days * 86400;
    if (seconds < 1 || seconds > DAYS_MAX * INT64_C(86400))
        return -EINVAL;
    *ms = seconds * 1000;
    return 0;
}

void quantity_write_walltime(int64_t ms, char text[QUANTITY_TEXT_SIZE])
{
    int64_t s = ms / 1000;

    if (ms <= 0)
        snprintf(text, QUANTITY_TEXT_SIZE, "UNLIMITED");
    else if (s >= 86400)
        snprintf(text, QUANTITY_TEXT_SIZE, "%" PRId64 "-%02d:%02d:%02d",
                 s / 86400, (int)(s / 3600 % 24), (int)(s / 60 % 60),
                 (int)(s % 60));
    else
        snprintf(text, QUANTITY_TEXT_SIZE, "%02d:%02d:%02d", (int)(s / 3600),
                 (int)(s / 60 % 60), (int)(s % 60));
}

int quantity_read_memory(const char *text, int64_t *mb)
{
    static const struct {
        const char *letters;
        int64_t kib;
    } units[] = {{"kK", 1}, {"mM", 1 << 10}, {"gG", 1 << 20}, {"tT", 1 << 30}};
    int64_t number, kib = 1 << 10;
    const char *end = digits(text, &number);

    if (end == NULL)
        return -EINVAL;
    for (size_t i = 0; *end != '\0' && i < 4; i++)
        if (strchr(units[i].letters, *end) != NULL) {
            kib = units[i].kib;
            end++;
            if (*end == 'B' || *end == 'b')
                end++;
            break;
        }
    if (*end != '\0' || number == 0 || number > (INT64_C(1) << 50) / kib)
        return -EINVAL;
    *mb = (number * kib + 1023) / 1024;
    return *mb > INT64_C(1000000) * 1024 ? -EINVAL : 0;
}

int quantity_read_number(const char *text,
                         int64_t min,
                         int64_t max,
                         int64_t *number)
{
    int64_t value;
    const char *end = digits(text, &value);

    if (end == NULL || *end != '\0' || value < min || value > max)
        return -EINVAL;
    *number = value;
    return 0;
}

int quantity_read_signal(const char *text, int *signal_number)
{
    int64_t number;

    if (quantity_read_number(text, 1, SIGRTMAX, &number) == 0) {
        *signal_number = (int)number;
        return 0;
    }
    if (strncasecmp(text, "SIG", 3) == 0)
        text += 3;
    for (int i = 1; i < NSIG; i++)
        if (sigabbrev_np(i) != NULL && strcasecmp(text, sigabbrev_np(i)) == 0) {
            *signal_number = i;
            return 0;
        }
    return -EINVAL;
}

void quantity_write_signal(int signal_number, char text[QUANTITY_TEXT_SIZE])
{
    const char *name = sigabbrev_np(signal_number);

    if (name != NULL)
        snprintf(text, QUANTITY_TEXT_SIZE, "SIG%s", name);
    else
        snprintf(text, QUANTITY_TEXT_SIZE, "signal %d", signal_number);
}
