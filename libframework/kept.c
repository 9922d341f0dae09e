/* kept.c - one key, and whether it is being read or written. */

#include "libframework/kept.h"

#include <errno.h>
#include <string.h>

#include "libframework/takeover.h"

#define KEPT_KEY "/kept"

void kept_load(struct mezzo_scheduler *s)
{
    if (s->options.state_size > 0 && s->options.store != NULL)
        s->kept_request = storage_load_own(s->storage, KEPT_KEY);
}

static void loaded(struct mezzo_scheduler *s, const struct store_answer *answer)
{
    const struct store_entry *e = answer->entries;
    size_t size = s->options.state_size;

    if (answer->entries_count > 0)
        memcpy(s->options.state, e->value, e->size < size ? e->size : size);
    s->is_kept_loaded = true;
    scheduler_loaded(s);
}

bool kept_stored(struct mezzo_scheduler *s,
                 const struct input *input,
                 struct effects *fx)
{
    if (s->kept_request == 0 || input->request != s->kept_request)
        return false;
    s->kept_request = 0;
    if (input->answer->outcome == STORE_CONFLICT)
        takeover_doubt(s);
    else if (input->answer->outcome == STORE_FAILED)
        scheduler_refused(s, fx, "its state cannot be kept");
    else if (!s->is_kept_loaded)
        loaded(s, input->answer);
    return true;
}

void kept_flush(struct mezzo_scheduler *s, bool is_last)
{
    if (!s->is_kept_dirty || (s->kept_request != 0 && !is_last))
        return;
    s->is_kept_dirty = false;
    s->kept_request = storage_put_own(s->storage, KEPT_KEY, s->options.state,
                                      s->options.state_size);
}

int mezzo_scheduler_save(struct mezzo_scheduler *s)
{
    if (s->options.state_size == 0 || s->options.store == NULL)
        return 0; /* there is nothing to keep, or it dies with us */
    if (scheduler_check_open(s) < 0)
        return -ESHUTDOWN;
    s->is_kept_dirty = true;
    scheduler_called(s);
    return 0;
}
