/* takeover.c - load the key, set it, and look at it again when in doubt. */

#include "libframework/takeover.h"

#define TERM_KEY "/term"

static void refuse(struct mezzo_scheduler *s, struct effects *fx)
{
    scheduler_refused(s, fx, "another process of the framework has taken over");
}

void takeover_stand_by(struct mezzo_scheduler *s)
{
    s->state = SCHEDULER_STANDING_BY;
    storage_hold(s->storage);
}

void takeover_told(struct mezzo_scheduler *s,
                   const struct core_election *election,
                   struct effects *fx)
{
    switch (election->kind) {
    case CORE_ELECTED:
        if (s->state != SCHEDULER_STANDING_BY)
            return;
        scheduler_log(s, fx, MEZZO_LOG_NOTICE, "elected");
        s->state = SCHEDULER_CLAIMING;
        s->term_request = storage_load_own(s->storage, TERM_KEY);
        break;
    case CORE_STANDING_BY:
        scheduler_log(s, fx, MEZZO_LOG_NOTICE, "standing by; %s works",
                      election->text);
        if (s->callbacks->standing_by != NULL)
            s->callbacks->standing_by(s, election->text, s->arg);
        break;
    case CORE_DEPOSED:
        scheduler_refused(s, fx, election->text);
        break;
    }
}

static uint64_t version_in(const struct store_answer *answer)
{
    return answer->entries_count > 0 ? answer->entries[0].version : 0;
}

/* The version is known: make the next, ours. */
static void claim(struct mezzo_scheduler *s, const struct store_answer *answer)
{
    s->term = version_in(answer) + 1;
    s->term_request =
        storage_claim_own(s->storage, TERM_KEY, version_in(answer));
}

static void claimed(struct mezzo_scheduler *s)
{
    storage_release(s->storage, TERM_KEY, s->term);
    scheduler_begin(s);
}

bool takeover_stored(struct mezzo_scheduler *s,
                     const struct input *input,
                     struct effects *fx)
{
    const struct store_answer *answer = input->answer;

    if (s->term_request == 0 || input->request != s->term_request)
        return false;
    s->term_request = 0;
    if (answer->outcome == STORE_FAILED)
        scheduler_refused(s, fx, "its store cannot be used");
    else if (answer->outcome == STORE_CONFLICT)
        refuse(s, fx);
    else if (s->state != SCHEDULER_CLAIMING && version_in(answer) != s->term)
        refuse(s, fx);
    else if (s->state == SCHEDULER_CLAIMING && s->term == 0)
        claim(s, answer);
    else if (s->state == SCHEDULER_CLAIMING)
        claimed(s);
    return true;
}

void takeover_doubt(struct mezzo_scheduler *s)
{
    if (s->term > 0 && s->term_request == 0)
        s->term_request = storage_load_own(s->storage, TERM_KEY);
}
