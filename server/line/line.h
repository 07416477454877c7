/*
 * line: the path of every request, as a table of stages and one short loop.
 *
 * Shape   name → authenticate → route → decode → budget → inquire → flight → encode → respond. A
 *         fault does not jump: stages that need a sound request step aside, so that a refusal goes
 *         on record, under the id of its request, and is answered like any answer.
 * Units   milliseconds of clock_ticks_ms().
 * Errors  every request that was started is responded to exactly once.
 * Owner   one worker. respond() and note() are the only calls upward; they are given at open.
 */
#ifndef LINE_LINE_H
#define LINE_LINE_H

#include "auth/budget.h"
#include "base/duty.h"
#include "crypto/pseudonym.h"
#include "line/flight.h"
#include "request/place.h"

enum stage {
    STAGE_NAME, /* of a request that is still arriving, too */
    STAGE_AUTHENTICATE,
    STAGE_ROUTE,
    STAGE_DECODE,
    STAGE_BUDGET,
    STAGE_INQUIRE, /* of a card that was proven: what its authority's responder says */
    STAGE_FLIGHT,
    STAGE_STREAM, /* and back to the flight, as often as a body needs */
    STAGE_ENCODE,
    STAGE_RESPOND,
    STAGE_COUNT
};

struct line_counts {
    uint64_t flights;
    uint64_t flown;  /* requests that boarded */
    uint64_t failed; /* flights that the database refused */
    uint64_t lost;   /* flights whose end is unknown */
    uint64_t replays;
    uint64_t late;
    uint32_t waiting;
    uint32_t waiting_most;
};

struct line {
    enum duty               duty;
    const struct directory *directory;
    struct pseudonym_keys  *keys;
    const struct card_desk *cards;   /* NULL where none are taken */
    struct factor_key      *factors; /* NULL but at the office */
    const struct press     *press;
    struct place_table      places;
    struct flight           flights[LANES_MAX];
    size_t                  flight_count;
    struct request         *waiting_first;
    struct request         *waiting_last;
    bool                    has_inquiries; /* somebody may wait at STAGE_INQUIRE */
    uint32_t                landed_count;  /* on the flight that landed last; 0 once one is off */
    int64_t                 landed_ms;
    uint32_t                directory_stale_ms;
    struct budget           budget;
    int64_t                 learned_ms; /* the directory's refreshed_ms that the budget is of */
    struct limits           limits;
    struct line_counts      counts;
    void (*respond)(void *owner, struct request *r);
    void (*stream)(void *owner, struct request *r); /* NULL: no path here streams */
    void *owner;
};

struct line_settings {
    enum duty   duty;
    const char *database_url;
    size_t      lanes;
    uint32_t    places;
    uint32_t    large_places;
    size_t      arena_block_bytes;
    size_t      arena_bytes_max;
    uint32_t    directory_stale_ms;
    bool        has_budgets;

    struct limits limits;
};

MUST_USE bool line_open(struct line *line, const struct line_settings *settings,
                        const struct directory *directory, struct pseudonym_keys *keys,
                        void (*respond)(void *owner, struct request *r), void    *owner);
void          line_close(struct line *line); /* accepts half-open */

/* Takes the request from where it stands as far as it goes without waiting. */
void line_run(struct line *line, struct request *r);

/* The flight of this request is over, with r->fault as it ended. */
void line_resume(struct line *line, struct request *r);

/* The listener says that the upload of this request has come to another phase. */
void line_streamed(struct line *line, struct request *r);

/* The file cannot be taken, and nothing of it was; for requests that wait for their stream. */
void line_stream_failed(struct line *line, struct request *r, enum fault fault);

/* Whether those who wait had better wait for more: who was answered just now may ask again at
 * once, and so few have so far. Holds for a millisecond at most; then ask again. */
bool line_expects_more(const struct line *line, int64_t now_ms);

/* Puts waiting requests on free lanes. Call last before the loop blocks: whatever can make
 * requests wait must have run. */
void line_depart(struct line *line, int64_t now_ms);

/* Reopens lanes that were lost; ends requests and flights whose time is up. */
void line_tick(struct line *line, int64_t now_ms);

/* Whoever still waits or flies is told that the server goes down. */
void line_end_all(struct line *line);

/* Appends to, or prepends to, those who wait. */
void line_wait(struct line *line, struct request *r, bool goes_first);

#endif
