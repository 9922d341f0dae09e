/* links_test.c - two ends of a link, and a network moved by hand: it carries
 * one frame at a time, when and if a test says so. */

#include "base/links.h"

#include <string.h>

#include "proto/wire.pb-c.h"
#include "tests/test.h"

enum {
    CHECK_MS = 1000,
    HEARTBEAT_MS = 2500,
    SILENCE_MS = 9000,
};

/* One side, and the name by which it knows the other. */
struct end {
    struct links *links;
    const char *peer;
};

static struct arena *arena;
static struct end master = {NULL, "a"}, agent = {NULL, "master"};
static msec_t now;

static struct links *make(uint64_t leader_epoch)
{
    return links_new(&(struct links_options){.leader_epoch = leader_epoch,
                                             .live_max = 2,
                                             .refused_max = 2,
                                             .check_ms = CHECK_MS,
                                             .heartbeat_ms = HEARTBEAT_MS,
                                             .silence_ms = SILENCE_MS});
}

/* A new connection of the agent's. */
static void dial(uint64_t epoch_min)
{
    links_free(agent.links);
    agent.links = make(0);
    links_open(agent.links, agent.peer, 7, epoch_min, now);
}

static void set_up(void)
{
    links_free(master.links);
    master.links = make(1);
    now = 100000;
    dial(0);
}

static const uint8_t *pack(struct end *from, size_t *size)
{
    static Mezzo__AgentCalls calls = MEZZO__AGENT_CALLS__INIT;
    static Mezzo__AgentEvents events = MEZZO__AGENT_EVENTS__INIT;

    return links_pack(from->links, from->peer,
                      from == &agent ? &calls.base : &events.base, now, arena,
                      size);
}

/* Send a frame; did it become an input of the other side? */
static bool carry(struct end *from, struct end *to)
{
    struct input input;
    size_t size;
    const uint8_t *bytes = pack(from, &size);

    return bytes != NULL &&
           links_receive(to->links, to->peer, bytes, size, now, arena, &input);
}

static void lose(struct end *from)
{
    size_t size;

    pack(from, &size);
}

/* Send the heartbeat that is due; false if none is. */
static bool beat(struct end *from, struct end *to, bool arrives)
{
    struct input input;
    const uint8_t *bytes;
    size_t size;

    if (links_heartbeat(from->links, now, arena, &bytes, &size) == NULL)
        return false;
    if (arrives)
        CHECK(!links_receive(to->links, to->peer, bytes, size, now, arena,
                             &input));
    return true;
}

/* The next link that has ended at `side`, and its last frame. */
static bool take_ended(struct end *side,
                       const char *reason,
                       const uint8_t **farewell,
                       size_t *size)
{
    struct input input;

    if (!links_take_ended(side->links, arena, &input, farewell, size))
        return false;
    CHECK(input.kind == INPUT_LINK_ENDED);
    if (strstr(input.reason, reason) == NULL)
        printf("# %s: %s\n", input.peer, input.reason);
    return strcmp(input.peer, side->peer) == 0 &&
           strstr(input.reason, reason) != NULL;
}

static bool has_ended(struct end *side, const char *reason)
{
    const uint8_t *farewell;
    size_t size;

    return take_ended(side, reason, &farewell, &size);
}

/* A frame with these numbers and no content, out of the blue. */
static bool forge(struct end *to, const struct frame_header *h)
{
    uint8_t bytes[FRAME_HEADER_SIZE];
    struct input input;

    frame_encode(h, bytes);
    return links_receive(to->links, to->peer, bytes, sizeof bytes, now, arena,
                         &input);
}

static void frames_become_inputs_in_order(void)
{
    struct input input;
    size_t size;
    const uint8_t *bytes;

    set_up();
    bytes = pack(&agent, &size);
    CHECK(links_receive(master.links, "a", bytes, size, now, arena, &input));
    CHECK(input.kind == INPUT_RECEIVED && input.type == FRAME_AGENT_CALLS);
    CHECK(strcmp(input.peer, "a") == 0 && input.leader_epoch == 0);
    CHECK(input.message->descriptor == &mezzo__agent_calls__descriptor);
    CHECK(carry(&agent, &master) && carry(&master, &agent));
    CHECK(links_live_count(master.links) == 1);
    CHECK(!has_ended(&master, "") && !has_ended(&agent, ""));
}

static void a_gap_ends_the_link_once(void)
{
    set_up();
    CHECK(carry(&agent, &master) && carry(&agent, &master));
    lose(&agent);
    CHECK(!carry(&agent, &master));
    CHECK(has_ended(&master, "gap: frame 4 came, not 3"));
    CHECK(!carry(&agent, &master) && !has_ended(&master, ""));
    CHECK(links_live_count(master.links) == 0);
}

static void a_frame_that_comes_twice_ends_the_link(void)
{
    struct input input;
    size_t size;
    const uint8_t *bytes;

    set_up();
    bytes = pack(&agent, &size);
    CHECK(links_receive(master.links, "a", bytes, size, now, arena, &input));
    CHECK(!links_receive(master.links, "a", bytes, size, now, arena, &input));
    CHECK(has_ended(&master, "gap: frame 1 came, not 2"));
}

static void only_frame_one_begins_a_link(void)
{
    set_up();
    lose(&agent);
    CHECK(!carry(&agent, &master));
    CHECK(has_ended(&master, "gap: frame 2 came, not 1"));
}

static void a_lost_last_frame_is_noticed_by_the_next_heartbeat(void)
{
    set_up();
    CHECK(carry(&agent, &master) && carry(&master, &agent));
    lose(&master);
    now += HEARTBEAT_MS + CHECK_MS;
    CHECK(beat(&master, &agent, true));
    CHECK(has_ended(&agent, "gap: frame 3 came, not 2"));
}

static void heartbeats_keep_an_idle_link(void)
{
    int beats = 0;

    set_up();
    CHECK(carry(&agent, &master) && carry(&master, &agent));
    for (int i = 0; i < 60; i++) {
        now += CHECK_MS;
        beats += beat(&agent, &master, true);
        beats += beat(&master, &agent, true);
    }
    CHECK(beats == 2 * 60 / 3); /* looked at every second, due after 2.5 */
    CHECK(!has_ended(&agent, "") && !has_ended(&master, ""));
}

static void a_heartbeat_is_not_sent_while_others_are(void)
{
    set_up();
    for (int i = 0; i < 10; i++) {
        now += CHECK_MS;
        CHECK(carry(&agent, &master) && carry(&master, &agent));
        CHECK(!beat(&agent, &master, true));
    }
    CHECK(links_deadline(agent.links) > now);
}

static void a_silent_peer_is_ended(void)
{
    set_up();
    CHECK(carry(&agent, &master));
    for (int i = 0; i < SILENCE_MS / CHECK_MS; i++) {
        CHECK(!has_ended(&master, ""));
        now += CHECK_MS;
        beat(&master, &agent, false);
    }
    CHECK(has_ended(&master, "silent for 9000 ms"));
    CHECK(links_deadline(master.links) == MSEC_NEVER);
}

/* One way only: the agent hears its master, whom nothing reaches. */
static void a_peer_that_confirms_nothing_is_ended(void)
{
    bool is_ended = false;
    msec_t began_at;

    set_up();
    CHECK(carry(&agent, &master) && carry(&master, &agent));
    began_at = now;
    while (!is_ended && now < began_at + 2 * SILENCE_MS) {
        now += CHECK_MS;
        beat(&agent, &master, false);
        CHECK(carry(&master, &agent) || links_refuses(agent.links, "master"));
        is_ended = has_ended(&agent, "confirmed nothing for");
    }
    CHECK(is_ended && now - began_at <= SILENCE_MS + HEARTBEAT_MS + CHECK_MS);
}

static void when_it_was_last_confirmed_is_told_at_the_end(void)
{
    struct input input;
    const uint8_t *farewell;
    size_t size;
    msec_t sent_at;

    set_up();
    now += 10;
    sent_at = now;
    CHECK(carry(&agent, &master));
    now += 500;
    CHECK(carry(&master, &agent));
    now += 500;
    lose(&agent);
    links_end(agent.links, "master", "over");
    CHECK(links_take_ended(agent.links, arena, &input, &farewell, &size));
    CHECK(input.confirmed_at == sent_at);
}

static void what_was_never_sent_cannot_be_confirmed(void)
{
    set_up();
    CHECK(!forge(&master, &(struct frame_header){.type = FRAME_HEARTBEAT,
                                                 .leader_epoch = 1,
                                                 .sequence = 1,
                                                 .received = 1}));
    CHECK(has_ended(&master, "confirms 1, sent 0"));
}

static void a_confirmation_is_not_taken_back(void)
{
    set_up();
    CHECK(carry(&agent, &master) && carry(&master, &agent));
    CHECK(carry(&agent, &master));
    CHECK(!forge(&master, &(struct frame_header){.type = FRAME_HEARTBEAT,
                                                 .link_epoch = 7,
                                                 .sequence = 3}));
    CHECK(has_ended(&master, "confirms 0, sent 1"));
}

static void a_farewell_says_why_to_the_other_side(void)
{
    struct input input;
    const uint8_t *farewell;
    size_t size;

    set_up();
    CHECK(carry(&agent, &master));
    links_end(master.links, "a", "tired of %s", "it");
    CHECK(take_ended(&master, "tired of it", &farewell, &size));
    CHECK(farewell != NULL && !links_receive(agent.links, "master", farewell,
                                             size, now, arena, &input));
    CHECK(take_ended(&agent, "told: tired of it", &farewell, &size));
    CHECK(farewell == NULL); /* it knows already */
}

static void all_can_be_ended_at_once(void)
{
    set_up();
    CHECK(carry(&agent, &master));
    links_end_all(master.links, "no leader any more");
    CHECK(links_live_count(master.links) == 0);
    CHECK(has_ended(&master, "no leader") && !has_ended(&master, ""));
}

static void a_refused_id_is_not_read_and_a_new_one_is_a_new_link(void)
{
    struct input input;

    set_up();
    links_end(master.links, "a", "tired of it");
    CHECK(links_refuses(master.links, "a"));
    CHECK(has_ended(&master, "tired") && !carry(&agent, &master));
    CHECK(!links_receive(master.links, "a", NULL, FRAME_HEADER_SIZE, now, arena,
                         &input));
    dial(0);
    master.peer = "b";
    CHECK(!links_refuses(master.links, "b") && carry(&agent, &master));
    master.peer = "a";
}

static void what_comes_from_another_leader_ends_the_link(void)
{
    const struct frame_header h = {
        .type = FRAME_HEARTBEAT, .leader_epoch = 2, .sequence = 1};

    set_up();
    CHECK(!forge(&master, &h));
    CHECK(has_ended(&master, "leader epoch 2, not 1"));
}

static void a_deposed_leader_is_not_listened_to(void)
{
    set_up();
    dial(2);
    CHECK(carry(&agent, &master));
    CHECK(!carry(&master, &agent));
    CHECK(has_ended(&agent, "leader epoch 1 is over, it is 2"));
    set_up();
    dial(2);
    links_set_leader_epoch(master.links, 2);
    CHECK(carry(&agent, &master) && carry(&master, &agent));
}

static void an_older_connection_cannot_speak_on_a_newer_link(void)
{
    set_up();
    CHECK(carry(&agent, &master));
    CHECK(!forge(&master, &(struct frame_header){.type = FRAME_HEARTBEAT,
                                                 .link_epoch = 6,
                                                 .sequence = 2}));
    CHECK(has_ended(&master, "link epoch 6, not 7"));
}

static void what_is_no_frame_ends_the_link(void)
{
    struct input input;
    const uint8_t *farewell;
    size_t size;
    uint8_t bytes[] = "GET / HTTP/1.1 and enough for a whole header, too";

    set_up();
    CHECK(!links_receive(master.links, "a", bytes, sizeof bytes, now, arena,
                         &input));
    CHECK(take_ended(&master, "not our protocol", &farewell, &size));
    CHECK(farewell == NULL); /* a stranger is told nothing */
}

static void a_malformed_body_ends_the_link(void)
{
    set_up();
    CHECK(!forge(&master, &(struct frame_header){.type = FRAME_STREAM_CALL,
                                                 .link_epoch = 7,
                                                 .sequence = 1}));
    CHECK(has_ended(&master, "malformed"));
}

static void nothing_is_sent_without_a_link(void)
{
    size_t size;

    set_up();
    CHECK(pack(&master, &size) == NULL);
    CHECK(carry(&agent, &master));
    CHECK(pack(&master, &size) != NULL);
    links_end(master.links, "a", "over");
    CHECK(pack(&master, &size) == NULL);
}

static void links_and_refused_ids_are_bounded(void)
{
    char peer[] = "a";

    set_up();
    master.peer = peer;
    for (; peer[0] <= 'e'; peer[0]++) {
        dial(0);
        CHECK(carry(&agent, &master) == (peer[0] <= 'b'));
        CHECK(has_ended(&master, "too many") == (peer[0] > 'b'));
    }
    CHECK(!links_refuses(master.links, "c")); /* the oldest is forgotten */
    CHECK(links_refuses(master.links, "d") && links_refuses(master.links, "e"));
    master.peer = "c";
    CHECK(!carry(&agent, &master)); /* and cannot go on where it was */
    master.peer = "a";
}

int main(void)
{
    arena = arena_new();
    frames_become_inputs_in_order();
    a_gap_ends_the_link_once();
    a_frame_that_comes_twice_ends_the_link();
    only_frame_one_begins_a_link();
    a_lost_last_frame_is_noticed_by_the_next_heartbeat();
    heartbeats_keep_an_idle_link();
    a_heartbeat_is_not_sent_while_others_are();
    a_silent_peer_is_ended();
    a_peer_that_confirms_nothing_is_ended();
    when_it_was_last_confirmed_is_told_at_the_end();
    what_was_never_sent_cannot_be_confirmed();
    a_confirmation_is_not_taken_back();
    a_farewell_says_why_to_the_other_side();
    all_can_be_ended_at_once();
    a_refused_id_is_not_read_and_a_new_one_is_a_new_link();
    what_comes_from_another_leader_ends_the_link();
    a_deposed_leader_is_not_listened_to();
    an_older_connection_cannot_speak_on_a_newer_link();
    what_is_no_frame_ends_the_link();
    a_malformed_body_ends_the_link();
    nothing_is_sent_without_a_link();
    links_and_refused_ids_are_bounded();
    links_free(master.links);
    links_free(agent.links);
    arena_free(arena);
    return test_done();
}
