/* question.c - each kind of question is a call of the master's. */

#include "libframework/question.h"

#include <assert.h>
#include <errno.h>

#include "base/message.h"
#include "base/resources.h"
#include "libframework/checks.h"
#include "libframework/reservation.h"
#include "libframework/task.h"
#include "libframework/whatif.h"

typedef Mesos__V1__Master__Call master_call;

#define CALL(name) MESOS__V1__MASTER__CALL__TYPE__##name
#define SUBJECT(name) MESOS__V1__MASTER__CALL__EXPLAIN__SUBJECT__##name

static int check_amounts(const char *what, const char *text, struct error *err)
{
    struct resources r = {0};
    struct error why;
    int rc = text == NULL ? 0 : resources_parse(&r, text, &why);

    if (rc < 0)
        error_set(err, -EINVAL, "%s: %s", what, why.text);
    for (size_t i = 0; rc == 0 && i < r.count; i++)
        if (r.items[i].kind != RESOURCE_SCALAR ||
            r.items[i].reserved_role != NULL)
            rc = error_set(err, -EINVAL, "%s: %s must be an amount", what,
                           r.items[i].name);
    resources_release(&r);
    return rc < 0 ? -EINVAL : 0;
}

int question_check(const struct mezzo_question *question, struct error *err)
{
    if ((unsigned)question->kind > MEZZO_WHATIF)
        return error_set(err, -EINVAL, "not a kind of question");
    if (question->kind == MEZZO_WHATIF)
        return whatif_check(question, err);
    if (question->kind >= MEZZO_EXPLAIN_TASK &&
        checks_text("what is named", question->subject, MEZZO_NAME_MAX * 2,
                    err) < 0)
        return -EINVAL;
    if (question->kind == MEZZO_GET_TICKET &&
        checks_text("key", question->holder_key, 40, err) < 0)
        return -EINVAL;
    if (question->grace_ms < -1 || question->grace_ms > INT32_MAX)
        return error_set(err, -EINVAL, "grace_ms cannot be");
    if (question->kind == MEZZO_SET_WEIGHT && question->weight_milli <= 0)
        return error_set(err, -EINVAL, "a weight is a number above 0");
    if (question->kind == MEZZO_RESERVE || question->kind == MEZZO_UNRESERVE)
        return reservation_check(question, err);
    if (question->kind == MEZZO_SET_QUOTA &&
        (check_amounts("guarantee", question->guarantee, err) < 0 ||
         check_amounts("limit", question->limit, err) < 0))
        return -EINVAL;
    return 0;
}

static Mesos__V1__AgentID *write_agent_id(struct arena *arena, const char *id)
{
    Mesos__V1__AgentID *agent_id =
        message_new(arena, &mesos__v1__agent_id__descriptor);

    agent_id->value = arena_strdup(arena, id);
    return agent_id;
}

static Mesos__V1__Master__Call__OnAgent *write_on_agent(struct arena *arena,
                                                        const char *id)
{
    Mesos__V1__Master__Call__OnAgent *on =
        message_new(arena, &mesos__v1__master__call__on_agent__descriptor);

    on->agent_id = write_agent_id(arena, id);
    return on;
}

static void write_kill(master_call *call,
                       const struct mezzo_question *question,
                       struct arena *arena)
{
    call->type = CALL(KILL_TASK);
    call->kill_task =
        message_new(arena, &mesos__v1__master__call__kill_task__descriptor);
    call->kill_task->task = arena_strdup(arena, question->subject);
    if (question->grace_ms < 0)
        return;
    call->kill_task->kill_policy =
        message_new(arena, &mesos__v1__kill_policy__descriptor);
    call->kill_task->kill_policy->grace_period =
        task_write_duration(question->grace_ms, arena);
}

static void write_drain(master_call *call,
                        const struct mezzo_question *question,
                        struct arena *arena)
{
    call->type = CALL(DRAIN_AGENT);
    call->drain_agent =
        message_new(arena, &mesos__v1__master__call__drain_agent__descriptor);
    call->drain_agent->agent_id = write_agent_id(arena, question->subject);
    call->drain_agent->has_mark_gone = true;
    call->drain_agent->mark_gone = question->marks_gone;
    if (question->grace_ms >= 0)
        call->drain_agent->max_grace_period =
            task_write_duration(question->grace_ms, arena);
}

static void write_teardown(master_call *call,
                           const char *subject,
                           struct arena *arena)
{
    call->type = CALL(TEARDOWN);
    call->teardown =
        message_new(arena, &mesos__v1__master__call__teardown__descriptor);
    call->teardown->framework_id =
        message_new(arena, &mesos__v1__framework_id__descriptor);
    call->teardown->framework_id->value = arena_strdup(arena, subject);
}

static void write_gone(master_call *call,
                       const char *subject,
                       struct arena *arena)
{
    call->type = CALL(MARK_AGENT_GONE);
    call->mark_agent_gone = message_new(
        arena, &mesos__v1__master__call__mark_agent_gone__descriptor);
    call->mark_agent_gone->agent_id = write_agent_id(arena, subject);
}

static void write_explain(master_call *call,
                          const struct mezzo_question *question,
                          struct arena *arena)
{
    static const Mesos__V1__Master__Call__Explain__Subject subjects[] = {
        [MEZZO_EXPLAIN_TASK] = SUBJECT(TASK),
        [MEZZO_EXPLAIN_FRAMEWORK] = SUBJECT(FRAMEWORK),
        [MEZZO_EXPLAIN_ASK] = SUBJECT(ASK),
        [MEZZO_EXPLAIN_ROLE] = SUBJECT(ROLE),
    };

    call->type = CALL(EXPLAIN);
    call->explain =
        message_new(arena, &mesos__v1__master__call__explain__descriptor);
    call->explain->subject = subjects[question->kind];
    call->explain->id = arena_strdup(arena, question->subject);
}

static Mesos__V1__Master__QuotaConfig__Entry **write_amounts(
    const char *text, size_t *count, struct arena *arena)
{
    struct resources r = {0};
    Mesos__V1__Master__QuotaConfig__Entry **entries;

    if (text != NULL)
        resources_parse(&r, text, NULL); /* it was checked */
    entries = arena_alloc(
        arena, (r.count + 1) * sizeof(Mesos__V1__Master__QuotaConfig__Entry *));
    for (size_t i = 0; i < r.count; i++) {
        entries[i] = message_new(
            arena, &mesos__v1__master__quota_config__entry__descriptor);
        entries[i]->key = arena_strdup(arena, r.items[i].name);
        entries[i]->value =
            message_new(arena, &mesos__v1__value__scalar__descriptor);
        entries[i]->value->value = milli_to_double(r.items[i].milli);
    }
    *count = r.count;
    resources_release(&r);
    return entries;
}

static void write_quota(master_call *call,
                        const struct mezzo_question *question,
                        struct arena *arena)
{
    Mesos__V1__Master__QuotaConfig *q =
        message_new(arena, &mesos__v1__master__quota_config__descriptor);

    q->role = arena_strdup(arena, question->subject);
    q->guarantees = write_amounts(question->guarantee, &q->n_guarantees, arena);
    q->limits = write_amounts(question->limit, &q->n_limits, arena);
    call->type = CALL(UPDATE_QUOTA);
    call->update_quota =
        message_new(arena, &mesos__v1__master__call__update_quota__descriptor);
    call->update_quota->has_force = true;
    call->update_quota->force = question->is_forced;
    call->update_quota->quota_configs = arena_alloc(arena, sizeof q);
    call->update_quota->quota_configs[0] = q;
    call->update_quota->n_quota_configs = 1;
}

static void write_weight(master_call *call,
                         const struct mezzo_question *question,
                         struct arena *arena)
{
    Mesos__V1__Master__WeightInfo *w =
        message_new(arena, &mesos__v1__master__weight_info__descriptor);

    w->role = arena_strdup(arena, question->subject);
    w->weight = milli_to_double(question->weight_milli);
    call->type = CALL(UPDATE_WEIGHTS);
    call->update_weights = message_new(
        arena, &mesos__v1__master__call__update_weights__descriptor);
    call->update_weights->weight_infos = arena_alloc(arena, sizeof w);
    call->update_weights->weight_infos[0] = w;
    call->update_weights->n_weight_infos = 1;
}

static void write_ticket(master_call *call,
                         const struct mezzo_question *question,
                         struct arena *arena)
{
    call->type = CALL(GET_TICKET);
    call->get_ticket =
        message_new(arena, &mesos__v1__master__call__get_ticket__descriptor);
    call->get_ticket->task = arena_strdup(arena, question->subject);
    call->get_ticket->verb = (Mesos__V1__TicketVerb)question->verb;
    call->get_ticket->holder_key = arena_strdup(arena, question->holder_key);
}

static void write_history(master_call *call,
                          const struct mezzo_question *question,
                          struct arena *arena)
{
    call->type = CALL(GET_HISTORY);
    call->get_history =
        message_new(arena, &mesos__v1__master__call__get_history__descriptor);
    call->get_history->has_since_ms = true;
    call->get_history->since_ms = question->since_wall_ms;
    if (question->user != NULL)
        call->get_history->user = arena_strdup(arena, question->user);
}

static const Mesos__V1__Master__Call__Type listings[] = {
    [MEZZO_ASK_MASTERS] = CALL(GET_MASTER),
    [MEZZO_ASK_AGENTS] = CALL(GET_AGENTS),
    [MEZZO_ASK_FRAMEWORKS] = CALL(GET_FRAMEWORKS),
    [MEZZO_ASK_TASKS] = CALL(GET_TASKS),
    [MEZZO_ASK_OFFERS] = CALL(GET_OFFERS),
    [MEZZO_ASK_ROLES] = CALL(GET_ROLES),
    [MEZZO_ASK_VERSION] = CALL(GET_VERSION),
};

bool question_write(master_call *call,
                    const struct mezzo_question *question,
                    struct arena *arena)
{
    const char *subject = question->subject;

    call->has_type = true;
    switch (question->kind) {
    case MEZZO_ASK_MASTERS:
    case MEZZO_ASK_AGENTS:
    case MEZZO_ASK_FRAMEWORKS:
    case MEZZO_ASK_TASKS:
    case MEZZO_ASK_OFFERS:
    case MEZZO_ASK_ROLES:
    case MEZZO_ASK_VERSION:
        call->type = listings[question->kind];
        return true;
    case MEZZO_ASK_HISTORY:
        write_history(call, question, arena);
        return true;
    case MEZZO_EXPLAIN_TASK:
    case MEZZO_EXPLAIN_FRAMEWORK:
    case MEZZO_EXPLAIN_ASK:
    case MEZZO_EXPLAIN_ROLE:
        write_explain(call, question, arena);
        return true;
    case MEZZO_KILL_TASK:
        write_kill(call, question, arena);
        return false;
    case MEZZO_TEARDOWN_FRAMEWORK:
        write_teardown(call, subject, arena);
        return false;
    case MEZZO_DRAIN_AGENT:
        write_drain(call, question, arena);
        return false;
    case MEZZO_DEACTIVATE_AGENT:
        call->type = CALL(DEACTIVATE_AGENT);
        call->deactivate_agent = write_on_agent(arena, subject);
        return false;
    case MEZZO_REACTIVATE_AGENT:
        call->type = CALL(REACTIVATE_AGENT);
        call->reactivate_agent = write_on_agent(arena, subject);
        return false;
    case MEZZO_GET_TICKET:
        write_ticket(call, question, arena);
        return true;
    case MEZZO_MARK_AGENT_GONE:
        write_gone(call, subject, arena);
        return false;
    case MEZZO_SET_QUOTA:
        write_quota(call, question, arena);
        return false;
    case MEZZO_RESERVE:
    case MEZZO_UNRESERVE:
        reservation_write(call, question, arena);
        return false;
    case MEZZO_WHATIF:
        whatif_write(call, question, arena);
        return true;
    case MEZZO_SET_WEIGHT:
        write_weight(call, question, arena);
        return false;
    }
    assert(!"a kind of question");
    return false;
}

bool question_is_paged(const master_call *call)
{
    return call->type == CALL(GET_AGENTS) ||
           call->type == CALL(GET_FRAMEWORKS) ||
           call->type == CALL(GET_TASKS) || call->type == CALL(GET_OFFERS) ||
           call->type == CALL(GET_HISTORY);
}
