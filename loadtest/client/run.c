#include "run.h"

#include <stdio.h>
#include <string.h>

static bool
asker_open(struct asker *asker, const struct run_setup *setup, struct complaint *reterr_complaint)
{
    struct questions *questions = setup->questions;

    *asker = (struct asker){ .mix = setup->mix, .chance = { .state = setup->options->seed } };
    if (setup->mix->count == 0 && questions->way_count > 0)
        asker->only = &questions->ways[0];
    for (size_t i = 0; i < setup->mix->count; i++) {
        asker->ways[i] = questions_way(questions, setup->mix->shares[i].way);
        if (asker->ways[i] == NULL) {
            complain(reterr_complaint, "%s: no --ask for this way", setup->mix->shares[i].way);
            return false;
        }
    }
    return mold_make(&asker->mold, setup->options, reterr_complaint)
           && uuid_maker_open(&asker->uuids, reterr_complaint);
}

/* Connections are of kinds as the weights are, and go through the certificates of their kind. */
static bool
seats_give(struct fleet *fleet, const struct run_setup *setup, struct complaint *reterr_complaint)
{
    uint64_t taken[LOAD_SHARES_MAX] = { 0 };
    size_t   last[LOAD_SHARES_MAX] = { 0 };

    for (size_t i = 0; setup->mix->count > 0 && i < fleet->count; i++) {
        struct connection *connection = &fleet->connections[i];
        size_t             first = 0;

        connection->kind = mix_kind_next(setup->mix, taken);
        while (strcmp(setup->mix->shares[first].kind, connection->kind) != 0)
            first++;
        last[first] = identity_pair_next(setup->identity, last[first], connection->kind);
        connection->pair = last[first];
        if (connection->pair == setup->identity->pair_count) {
            complain(reterr_complaint, "no certificate %s-*.pem for the mix", connection->kind);
            return false;
        }
    }
    return true;
}

bool
run_prepare(struct asker *asker, struct fleet *fleet, uv_loop_t *loop,
            const struct run_setup *setup, const struct fleet_events *events, void *run,
            struct complaint *reterr_complaint)
{
    if (!asker_open(asker, setup, reterr_complaint))
        return false;
    size_t room = mold_bytes_max(&asker->mold, setup->questions);
    if (!fleet_open(fleet, loop, setup->options, setup->identity, room, events, run,
                    reterr_complaint))
        return false;
    if (seats_give(fleet, setup, reterr_complaint))
        return true;
    fleet_end(fleet); /* it has a timer in the loop already */
    return false;
}

static double
chance_next(struct random *random)
{
    return (double)(random_next(random) >> 11) * 0x1p-53;
}

void
asker_ask(struct asker *asker, struct connection *connection, uint64_t intended_ns, uint64_t now_ns)
{
    const struct question *question = NULL;

    connection->share = 0;
    if (asker->mix->count > 0) {
        connection->share = mix_draw(asker->mix, connection->kind, chance_next(&asker->chance));
        question = way_next(asker->ways[connection->share]);
    } else if (asker->only != NULL) {
        question = way_next(asker->only);
    }
    connection->question = question;
    connection->is_looking = false;
    connection->intended_ns = intended_ns;
    size_t length = mold_render(&asker->mold, question, &asker->uuids, connection->out);
    connection_send(connection, length, now_ns);
}

static bool
member_is(struct text body, const char *name, struct text expected)
{
    struct text value;

    if (expected.length == 0)
        return true;
    return answer_member(body, name, &value) && value.length == expected.length
           && memcmp(value.bytes, expected.bytes, expected.length) == 0;
}

bool
asker_expected(const struct connection *connection)
{
    int expected = connection->question == NULL ? 0 : connection->question->status;
    int status = connection->answer.status;

    return expected != 0 ? status == expected : status / 100 == 2;
}

/* A server that sheds load gives no answer at all; any other status is one. */
static bool
is_no_answer(int status)
{
    return status == 429 || status >= 500;
}

/* Those of a list come later: see job.h. */
static bool
reasons_are(const struct connection *connection, struct text body)
{
    uint64_t count;

    return connection->question->reasons.length == 0 || connection->answer.status == 202
           || answer_reasons_are(body, connection->question->reasons, &count);
}

static bool
answer_is_right(const struct connection *connection)
{
    const struct question *question = connection->question;
    struct text            body = connection_body(connection);

    return asker_expected(connection)
           && (connection->answer.status / 100 != 2
               || (reasons_are(connection, body) && member_is(body, "validity", question->validity)
                   && member_is(body, "reason", question->reason)));
}

void
asker_judge(const struct connection *connection, const struct options *options, struct tally *tally)
{
    int                    status = connection->answer.status;
    const struct question *question = connection->question;

    tally->statuses[status < TALLY_STATUS_MAX ? status : 0]++;
    tally->body_bytes = connection->answer.body_bytes;
    tally->shares[connection->share].answered += asker_expected(connection);
    tally->expected_odd += status / 100 != 2 && asker_expected(connection);
    if (!options->check || question == NULL || is_no_answer(status))
        return;
    bool is_known =
        question->status != 0
        || (status / 100 == 2 && question->validity.length + question->reason.length > 0);
    if (!is_known)
        return;
    tally->checked++;
    if (!answer_is_right(connection)) {
        tally->wrong++;
        tally->shares[connection->share].wrong++;
    }
}

bool
run_conclude(const struct fleet *fleet, struct tally *tally, struct complaint *reterr_complaint)
{
    tally->handshakes = fleet->target.handshakes;
    tally->handshakes_resumed = fleet->target.handshakes_resumed;
    tally->bytes_read = fleet->target.bytes_read;
    tally->first_trouble = fleet->target.first_trouble;
    if (!fleet->has_given_up)
        return true;
    complain(reterr_complaint, "%zu of %zu connections came up, then: %.300s", fleet->up_count,
             fleet->count, fleet->target.first_trouble.text);
    return false;
}

void
run_loop_close(uv_loop_t *loop)
{
    uv_run(loop, UV_RUN_DEFAULT);
    uv_loop_close(loop);
}

uint64_t
run_seconds_ns(double seconds)
{
    return (uint64_t)(seconds * (double)LOAD_NS_PER_SECOND);
}
