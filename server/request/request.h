/*
 * request: one question from the moment its head has been read until its answer has left.
 *
 * Shape   lives in a place of its worker's table (place.h) and goes through the stages of
 *         line/line.h. Each stage fills its own part and reads only the parts above it.
 * Units   ticks are clock_ticks_ms(); bytes.
 * Owner   the place owns the arena; everything a request points to lives in it, but for what the
 *         connection owns (method, path, certificate fingerprint).
 */
#ifndef REQUEST_REQUEST_H
#define REQUEST_REQUEST_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/duty.h"
#include "base/fault.h"
#include "query/rows.h"
#include "query/value.h"
#include "request/record.h"
#include "request/upload.h"

enum {
    UUID_BYTES = 16,
    FINGERPRINT_BYTES = 32,
    BLAMES_MAX = 16,        /* faults of one request that are told; more are counted only */
    ETAG_BYTES = 20,        /* "\"", 16 hex digits, "\"", NUL */
    QUERY_ARGUMENTS_MAX = 4 /* of a query string; more are counted only */
};

enum permission {
    PERMISSION_UNSET = 0,
    PERMISSION_ELIGIBILITY,
    PERMISSION_REFERENCE_NUMBERS,
    PERMISSION_ENROLMENT, /* insurers: registering their own people */
    PERMISSION_PERSON,    /* the portal: what concerns the person whose card was proven there */
    PERMISSION_OFFICE,    /* operators: what the role allows is for the database to say */
    PERMISSION_PAGES,     /* whoever the program is there for: files that are about nobody */
    PERMISSION_COUNT
};

/* As certificate.holder_kind; stored in access records. */
enum holder_kind {
    HOLDER_UNKNOWN = 0,
    HOLDER_FACILITY = 1,
    HOLDER_INSURER = 2,
    HOLDER_OPERATOR = 3,
    HOLDER_PORTAL = 4
};

/* Of an insurer: operating while its number is in use, else suspended. */
enum facility_status {
    FACILITY_APPLIED = 1,
    FACILITY_READY = 2,
    FACILITY_OPERATING = 3,
    FACILITY_SUSPENDED = 4
};

enum rights_profile { RIGHTS_FULL = 1, RIGHTS_ELIGIBILITY_ONLY = 2 };

/* Who asks, as the directory knows it at this moment. */
struct actor {
    enum holder_kind     holder;
    int64_t              certificate_id;
    int32_t              facility_id; /* 0: no facility */
    char                 facility_code[11];
    char                 insurer_number[9]; /* "": no insurer */
    int32_t              operator_id;       /* 0: no operator */
    int16_t              kind;
    int16_t              prefecture;
    enum facility_status status;
    enum rights_profile  rights;
};

struct told_blame {
    enum fault  fault;
    const char *field;
    const char *reason;
};

/* The headers that this program reads; any other is ignored. */
struct heads {
    struct span request_id;
    struct span user_id;
    struct span accept;
    struct span accept_language;
    struct span content_type;
    struct span if_none_match;
    struct span if_match;
    struct span authorization;
};

/* Those of paths that take a file; looked for there only. */
struct upload_heads {
    struct span idempotency_key;
    struct span repr_digest;
    struct span content_digest;
    struct span content_encoding;
    struct span content_length;
    struct span complete; /* Upload-Complete */
    struct span offset;   /* Upload-Offset */
    struct span length;   /* Upload-Length */
    bool        has_body; /* some bytes, or nobody knows how many */
};

struct query_argument {
    struct span name;
    struct span value;
};

/* What an operator sets and an endpoint needs. */
struct limits {
    int32_t bulk_keep_s; /* how long a job and its results are kept */
    int32_t bulk_jobs;   /* unfinished jobs that a facility may have */
    int64_t upload_bytes_max;
    int32_t upload_age_s;       /* how old an unfinished upload may become */
    int32_t uploads_unfinished; /* that an insurer may have */
    bool    release_needs_other_certificate;
};

/* What an endpoint that serves several paths, or takes lists of questions, does at this one;
 * constant, of the route. */
struct list_terms {
    int16_t route;
    int16_t item_route; /* how each question is asked */
    int32_t items_max;
    int16_t act; /* at the office: which of its acts */
};

/* Of a request that nobody sends just now: the facility asked it earlier, within a list. */
struct job_item {
    int32_t     facility_id;
    day_t       asked_on; /* for a question that names no day; DAY_UNKNOWN: the day of reception */
    struct span id;       /* the facility's own, filled by decode; often empty */
};

struct route;
struct request;
struct pseudonym_keys;
struct card_desk;
struct card_inquiry;
struct factor_key;
struct press;
struct stream;

struct endpoint {
    /* body -> question */
    enum fault (*decode)(struct request *r);
    /* question -> r->ask, the first statement; NULL when nothing is to be read */
    void (*ask)(struct request *r);
    /* rows first..first+count-1 of the answer to r->ask -> answer; sets r->asks_again after filling
     * r->ask for one more step */
    enum fault (*read)(struct request *r, const struct rows *rows, int first, int count);
    /* the earlier record -> the same answer; may ask again. NULL: a replay is simply asked anew */
    enum fault (*replay)(struct request *r, const struct prior *prior);
    /* answer -> reply */
    enum fault (*encode)(struct request *r);
};

struct request {
    uint32_t     place;
    uint32_t     turn;
    struct arena arena;

    /* listen */
    void        *connection; /* the HTTP library's; opaque here */
    struct span  method;
    struct span  path;
    struct heads heads;
    char        *body;
    size_t       body_length;
    size_t       body_room;
    instant_t    received_at;
    day_t        today;
    int64_t      started_us;
    int64_t      seated_ms;   /* later than it was started when it waited for its place */
    int64_t      deadline_ms; /* ticks */
    bool         is_large;    /* it has one of the few large shares of memory */

    struct query_argument arguments[QUERY_ARGUMENTS_MAX];
    size_t                argument_count;
    const struct route   *sought; /* by method and path alone, NULL for none: what may be sent */
    struct job_item      *item;   /* instead of a connection, an item of a job; or NULL */
    struct upload_heads  *upload_heads;   /* NULL on other paths */
    struct stream        *stream;         /* the listener's; its body on its way to a file */
    bool                  is_past_head;   /* of a streamed body: it may come */
    bool                  has_body_ended; /* of a streamed body: all of it has come */

    /* authenticate, route */
    const unsigned char *fingerprint; /* NULL when the peer showed none */
    struct actor         actor;
    bool                 is_known_actor;
    enum duty            duty; /* of this program */
    const struct route  *route;
    struct span          path_rest; /* the variable part of the path */

    /* decode */
    unsigned char request_id[UUID_BYTES];
    bool          has_request_id;
    bool          is_turned_away; /* it may not be asked: nothing of it was read */
    bool          is_off_record;  /* refused as many before it in this minute: one is on record */
    bool          locks_facility; /* what was seen of its facility is for suspending it */
    int64_t       card_number;    /* its digits, 0 for none: only to see who walks through them */
    unsigned char body_digest[16];
    int32_t       item_no;
    void         *question;
    const void   *surroundings; /* the worker's directory, for endpoints that need insurers */

    struct pseudonym_keys
        *pseudonyms; /* the worker's, for endpoints that look people up in records */

    const struct card_desk *cards;   /* the worker's, for endpoints that take a card's word */
    struct card_inquiry    *inquiry; /* about the card that was proven; NULL: nobody is asked */
    struct factor_key      *factors; /* the worker's, for the endpoint that takes a second factor */
    const struct press     *press;   /* the worker's, for endpoints that issue documents */

    const struct limits     *limits;
    const struct list_terms *list; /* of the route */
    struct upload            upload;

    /* flight */
    int                  stage;
    bool                 is_waiting;
    bool                 flies_alone;
    bool                 asks_again;
    bool                 is_replay;
    bool                 is_settled; /* its record is written, or needs none */
    struct ask           ask;
    struct access_record record;
    struct request      *next; /* in the queue of those who wait for a flight */

    /* encode */
    void             *answer;
    enum fault        fault;
    struct told_blame blames[BLAMES_MAX];
    size_t            blame_count;
    struct span       reply;
    char              etag[ETAG_BYTES];
    const char       *allow;        /* for 405 */
    const char       *location;     /* for 201 and 202 */
    const char       *content_type; /* of the reply, where it is not JSON */
    const char       *link;         /* where the next page is */
    bool              tells_upload; /* the reply's head says where upload stands */
    uint16_t          http_status;
    bool              is_answered;
    int64_t           leaves_by_ms; /* ticks, once its reply is on its way; 0 before */
};

/* Whose request ids these are, over all kinds of holders: a facility's is its facility_id, another
 * one's is its kind times 2^32 plus its number; an insurer's number is its eight digits, a portal's
 * that of its certificate. */
int64_t actor_id(const struct actor *actor);

/* Notes a fault. The first one decides the status; all are told. */
void request_blame(struct request *r, enum fault fault, const char *field, const char *reason);

/* The day before, when the same request may stand on record there; else DAY_UNKNOWN. */
day_t request_previous_day(const struct request *r);

#endif
