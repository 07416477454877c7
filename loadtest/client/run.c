#include "run.h"

#include <stdio.h>
#include <string.h>

bool
asker_open(struct asker *asker, const struct run_setup *setup, struct complaint *reterr_complaint)
{
    struct random start = { .state = setup->options->seed };

    *asker = (struct asker){ .questions = setup->questions };
    if (setup->questions->count > 0)
        asker->next = (size_t)(random_next(&start) % setup->questions->count);
    return mold_make(&asker->mold, setup->options, reterr_complaint)
           && uuid_maker_open(&asker->uuids, reterr_complaint);
}

void
asker_ask(struct asker *asker, struct connection *connection, uint64_t intended_ns, uint64_t now_ns)
{
    const struct question *question = NULL;

    if (asker->mold.has_body) {
        question = &asker->questions->rows[asker->next];
        asker->next = asker->next + 1 == asker->questions->count ? 0 : asker->next + 1;
    }
    connection->question = question;
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

void
asker_judge(const struct connection *connection, const struct options *options, struct tally *tally)
{
    int                    status = connection->answer.status;
    const struct question *question = connection->question;

    tally->statuses[status < TALLY_STATUS_MAX ? status : 0]++;
    tally->body_bytes = connection->answer.body_bytes;
    if (!options->check || status / 100 != 2 || question == NULL
        || question->validity.length + question->reason.length == 0)
        return;
    struct text body = connection_body(connection);
    tally->checked++;
    if (!member_is(body, "validity", question->validity)
        || !member_is(body, "reason", question->reason))
        tally->wrong++;
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
