#include "job.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBER_MAX = 64, JOBS_PER_CONNECTION_MAX = 64 };

/* How long between two looks. */
#define PAUSE_NS UINT64_C(200000000)

struct job {
    struct job            *next;
    const struct question *question;
    size_t                 share;
    uint64_t               intended_ns;
    uint64_t               due_ns;
    char                   number[NUMBER_MAX + 1];
};

static struct job *
job_make(const struct connection *connection, uint64_t now_ns)
{
    struct text number;
    struct job *job = calloc(1, sizeof *job);

    if (job == NULL)
        return NULL;
    *job = (struct job){ .question = connection->question,
                         .share = connection->share,
                         .intended_ns = connection->intended_ns,
                         .due_ns = now_ns + PAUSE_NS };
    if (!answer_member(connection_body(connection), "reception_number", &number)
        || number.length == 0 || number.length > NUMBER_MAX) {
        free(job);
        return NULL;
    }
    memcpy(job->number, number.bytes, number.length);
    return job;
}

uint64_t
job_open(struct connection *connection, uint64_t now_ns, struct tally *tally)
{
    const struct question *question = connection->question;
    struct job           **last = &connection->jobs;
    size_t                 count = 0;

    if (question == NULL || question->reasons.length == 0 || connection->answer.status != 202)
        return 0;
    tally->jobs_opened++;
    for (; *last != NULL; last = &(*last)->next)
        count++;
    *last = count < JOBS_PER_CONNECTION_MAX ? job_make(connection, now_ns) : NULL;
    if (*last == NULL)
        tally->wrong++; /* nobody will compare it, and what is not compared is not right */
    return *last != NULL;
}

bool
job_is_due(const struct connection *connection, uint64_t now_ns)
{
    return connection->jobs != NULL && connection->jobs->due_ns <= now_ns;
}

void
job_look(struct asker *asker, struct connection *connection, uint64_t now_ns)
{
    const struct job *job = connection->jobs;
    struct text base = job->question->path.length > 0 ? job->question->path : asker->mold.path;
    char        path[QUESTIONS_LOOK_PATH_MAX];

    int length = snprintf(path, sizeof path, "%.*s/%s/results?limit=500", (int)base.length,
                          base.bytes, job->number);
    if (length < 0 || (size_t)length >= sizeof path)
        length = (int)sizeof path - 1; /* the server will not know it: a wrong job */
    connection->is_looking = true;
    connection->intended_ns = now_ns;
    size_t bytes = mold_render_look(&asker->mold, (struct text){ path, (size_t)length },
                                    &asker->uuids, connection->out);
    connection_send(connection, bytes, now_ns);
}

uint64_t
job_looked(struct connection *connection, uint64_t now_ns, struct tally *tally)
{
    struct job *job = connection->jobs;
    int         status = connection->answer.status;
    uint64_t    items = 0;

    if (status == 409 || status == 429 || status >= 500) { /* still running, or busy: later */
        job->due_ns = now_ns + PAUSE_NS;
        return 0;
    }
    bool is_right =
        status == 200
        && answer_reasons_are(connection_body(connection), job->question->reasons, &items);
    tally->checked += items;
    tally->wrong += !is_right;
    tally->shares[job->share].wrong += !is_right;
    tally->jobs_done++;
    tally->jobs_items += items;
    histogram_add(tally->jobs, now_ns - job->intended_ns);
    connection->jobs = job->next;
    free(job);
    return 1;
}

void
jobs_forget(struct connection *connection)
{
    while (connection->jobs != NULL) {
        struct job *job = connection->jobs;

        connection->jobs = job->next;
        free(job);
    }
}
