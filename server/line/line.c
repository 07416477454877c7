#include "line/line.h"

#include "base/uuid.h"
#include "crypto/digest.h"
#include "endpoint/problem.h"
#include "line/inquiring.h"
#include "line/keeping.h"
#include "model/utf8.h"
#include "request/accept.h"
#include "route/route.h"

#include <assert.h>
#include <string.h>

enum { USER_ID_BYTES_MAX = 64, AWAIT_MS = 50 };

enum step { STEP_ON, STEP_WAIT };

struct stage_row {
    const char *name;
    enum step (*run)(struct line *line, struct request *r);
};

/* Who may not ask, or asks for nothing that is here, is told that and nothing else. */
static void
turn_away(struct request *r, enum fault fault)
{
    r->fault = FAULT_NONE;
    r->blame_count = 0;
    r->is_turned_away = true;
    request_blame(r, fault, NULL, NULL);
}

/* The digest says whether the same id comes with the same request. */
static void
digest_request(struct request *r)
{
    struct digest digest;
    digest_start(&digest);
    digest_add(&digest, r->method.bytes, r->method.length);
    digest_add(&digest, " ", 1);
    digest_add(&digest, r->path.bytes, r->path.length);
    for (size_t i = 0; i < r->argument_count && i < QUERY_ARGUMENTS_MAX; i++) {
        digest_add(&digest, i == 0 ? "?" : "&", 1);
        digest_add(&digest, r->arguments[i].name.bytes, r->arguments[i].name.length);
        digest_add(&digest, "=", 1);
        digest_add(&digest, r->arguments[i].value.bytes, r->arguments[i].value.length);
    }
    digest_add(&digest, "\n", 1);
    digest_add(&digest, r->body, r->body_length);
    digest_end_short(&digest, r->body_digest);
}

/* First of all, so that a refusal too goes on record under the id of its request. */
static enum step
name(struct line *line, struct request *r)
{
    (void)line;
    if (r->item != NULL)
        return STEP_ON; /* it comes with its job's id and a digest of its own */
    r->has_request_id = uuid_parse(r->heads.request_id, r->request_id);
    digest_request(r);
    return STEP_ON;
}

static enum step
authenticate(struct line *line, struct request *r)
{
    const struct directory *directory = line->directory;
    bool                    is_fresh = directory->refreshed_ms != 0
                    && clock_ticks_ms() - directory->refreshed_ms <= line->directory_stale_ms;

    enum fault fault = FAULT_DIRECTORY_STALE;
    if (is_fresh && r->item != NULL)
        fault = directory_facility_actor(directory, r->item->facility_id, r->today, &r->actor);
    else if (is_fresh)
        fault = directory_recognise(directory, r->fingerprint, r->received_at, r->today, &r->actor);
    r->is_known_actor = fault == FAULT_NONE;
    r->duty = line->duty;
    r->surroundings = directory;
    r->limits = &line->limits;
    r->pseudonyms = line->keys;
    r->cards = line->cards;
    r->factors = line->factors;
    r->press = line->press;
    if (fault != FAULT_NONE)
        turn_away(r, fault);
    return STEP_ON;
}

static enum fault
permit_insurer(const struct actor *actor, enum permission permission)
{
    if (actor->status != FACILITY_OPERATING)
        return FAULT_INSURER_CLOSED;
    return permission == PERMISSION_ENROLMENT ? FAULT_NONE : FAULT_NOT_PERMITTED;
}

static enum fault
permit_portal(enum permission permission)
{
    return permission == PERMISSION_PERSON ? FAULT_NONE : FAULT_NOT_PERMITTED;
}

static enum fault
permit_operator(enum permission permission)
{
    return permission == PERMISSION_OFFICE || permission == PERMISSION_PAGES ? FAULT_NONE
                                                                             : FAULT_NOT_PERMITTED;
}

static enum fault
permit_facility(const struct actor *actor, enum permission permission)
{
    switch (actor->status) {
    case FACILITY_READY:
    case FACILITY_OPERATING:
        break;
    case FACILITY_APPLIED:
        return FAULT_FACILITY_NOT_ADMITTED;
    case FACILITY_SUSPENDED:
    default:
        return FAULT_FACILITY_SUSPENDED;
    }
    if (permission == PERMISSION_ELIGIBILITY || permission == PERMISSION_PAGES)
        return FAULT_NONE;
    return permission == PERMISSION_REFERENCE_NUMBERS && actor->rights == RIGHTS_FULL
               ? FAULT_NONE
               : FAULT_NOT_PERMITTED;
}

/* Each program is there for one kind of holder; another one is refused, on record, whatever else is
 * wrong with it. */
static enum fault
permit(enum duty duty, const struct actor *actor, enum permission permission)
{
    switch (duty) {
    case DUTY_SERVE:
        return actor->holder == HOLDER_FACILITY ? permit_facility(actor, permission)
                                                : FAULT_CERTIFICATE_PURPOSE;
    case DUTY_REGISTRAR:
        return actor->holder == HOLDER_INSURER ? permit_insurer(actor, permission)
                                               : FAULT_CERTIFICATE_PURPOSE;
    case DUTY_PORTAL:
        return actor->holder == HOLDER_PORTAL ? permit_portal(permission)
                                              : FAULT_CERTIFICATE_PURPOSE;
    case DUTY_OFFICE:
        return actor->holder == HOLDER_OPERATOR ? permit_operator(permission)
                                                : FAULT_CERTIFICATE_PURPOSE;
    case DUTY_EVERY:
    default:
        return FAULT_INTERNAL;
    }
}

static enum step
route(struct line *line, struct request *r)
{
    enum fault fault = FAULT_NONE;

    if (!r->is_known_actor)
        return STEP_ON;
    if (r->route == NULL)
        fault = route_find(line->duty, r->method, r->path, &r->route, &r->path_rest, &r->allow);
    enum permission permission = r->route == NULL ? PERMISSION_UNSET : r->route->permission;
    enum fault      refusal = permit(line->duty, &r->actor, permission);
    if (refusal == FAULT_CERTIFICATE_PURPOSE || fault == FAULT_NONE)
        fault = refusal;
    if (r->route != NULL)
        r->list = &r->route->list;
    if (fault != FAULT_NONE)
        turn_away(r, fault);
    return STEP_ON;
}

static void
check_heads(struct request *r)
{
    if (r->item != NULL || r->route->is_page)
        return;
    if (span_is_empty(r->heads.request_id))
        request_blame(r, FAULT_HEADER_MISSING, "X-Request-Id", "a UUID names each request");
    else if (!r->has_request_id)
        request_blame(r, FAULT_HEADER_MALFORMED, "X-Request-Id", "not a UUID");
    if (!r->route->replies_text && !accept_allows_json(r->heads.accept))
        request_blame(r, FAULT_NOT_ACCEPTABLE, "Accept", "leaves out application/json");
}

static enum step
decode(struct line *line, struct request *r)
{
    bool is_readable = r->fault == FAULT_NONE; /* nothing was wrong with it at the door */
    (void)line;

    if (r->is_turned_away)
        return STEP_ON;
    check_heads(r);
    if (!is_readable)
        return STEP_ON;
    if (r->argument_count > (r->route->takes_query ? QUERY_ARGUMENTS_MAX : 0))
        request_blame(r, FAULT_QUERY_STRING, NULL, NULL);
    if (r->body_length
        > r->route->body_bytes_max) { /* of an item; others were stopped at the door */
        request_blame(r, FAULT_BODY_TOO_LARGE, NULL, NULL);
        return STEP_ON;
    }
    if (r->route->body_bytes_max > 0 && r->body_length == 0) {
        request_blame(r, FAULT_BODY_MISSING, NULL, NULL);
        return STEP_ON;
    }
    enum fault fault = r->route->endpoint->decode(r);
    if (fault != FAULT_NONE && r->fault == FAULT_NONE)
        request_blame(r, fault, NULL, NULL);
    return STEP_ON;
}

/* It goes on record as it is, so what cannot be stored is refused here and not by the database;
 * of a refused request too. */
static void
check_user_id(struct request *r)
{
    struct span id = r->heads.user_id;

    if (id.length <= USER_ID_BYTES_MAX && utf8_count(id) != SIZE_MAX)
        return;
    r->heads.user_id = (struct span){ 0 };
    request_blame(r, FAULT_HEADER_MALFORMED, "X-User-Id", "not UTF-8, or longer than 64 bytes");
}

static enum step
keep_budget(struct line *line, struct request *r)
{
    keeping_check(line, r);
    return STEP_ON;
}

static enum step
inquire(struct line *line, struct request *r)
{
    return inquiring_check(line, r) ? STEP_WAIT : STEP_ON;
}

/* Refusals go on record too, as soon as it is known who was refused what. */
static enum step
fly(struct line *line, struct request *r)
{
    if (!r->is_known_actor || r->route == NULL || r->is_off_record)
        return STEP_ON;
    check_user_id(r);
    if (r->route->audit == AUDIT_NOTHING && r->fault == FAULT_NONE) {
        if (r->route->endpoint->ask == NULL)
            return STEP_ON;
        r->is_settled = true; /* it asks, and leaves no record */
    }
    if (!r->has_request_id)
        uuid_make(r->request_id);
    line_wait(line, r, false);
    return STEP_WAIT;
}

/* A body that is streamed goes between the listener and the flight: see request/upload.h. */
static enum step
stream(struct line *line, struct request *r)
{
    struct upload *upload = &r->upload;

    if (upload->next != UPLOAD_NONE)
        upload->phase = upload->next;
    upload->next = UPLOAD_NONE;
    if (r->fault == FAULT_NONE && upload->phase == UPLOAD_AWAITED) {
        int64_t now_ms = clock_ticks_ms();
        upload->wait_ms = now_ms + AWAIT_MS;
        line->stream(line->owner, r);
        return upload->wait_ms < upload->patience_ms ? STEP_WAIT : STEP_ON;
    }
    if (r->fault == FAULT_NONE && upload->phase != UPLOAD_NONE && upload->phase != UPLOAD_ENDED) {
        line->stream(line->owner, r);
        return STEP_WAIT;
    }
    if (r->fault == FAULT_NONE && upload->fault != FAULT_NONE)
        request_blame(r, upload->fault, NULL, NULL);
    return STEP_ON;
}

static enum step
encode(struct line *line, struct request *r)
{
    keeping_note(line, r);
    if (r->fault == FAULT_NONE) {
        enum fault fault = r->route->endpoint->encode(r);
        if (fault != FAULT_NONE)
            request_blame(r, fault, NULL, NULL);
    }
    if (r->fault != FAULT_NONE)
        problem_encode(r);
    return STEP_ON;
}

static enum step
respond(struct line *line, struct request *r)
{
    assert(!r->is_answered);
    r->is_answered = true;
    line->respond(line->owner, r);
    return STEP_ON;
}

/* clang-format off */
static const struct stage_row stage_table[] = {
    [STAGE_NAME]         = { "name",         name },
    [STAGE_AUTHENTICATE] = { "authenticate", authenticate },
    [STAGE_ROUTE]        = { "route",        route },
    [STAGE_DECODE]       = { "decode",       decode },
    [STAGE_BUDGET]       = { "budget",       keep_budget },
    [STAGE_INQUIRE]      = { "inquire",      inquire },
    [STAGE_FLIGHT]       = { "flight",       fly },
    [STAGE_STREAM]       = { "stream",       stream },
    [STAGE_ENCODE]       = { "encode",       encode },
    [STAGE_RESPOND]      = { "respond",      respond },
};
/* clang-format on */
_Static_assert(ARRAY_LEN(stage_table) == STAGE_COUNT, "every stage has a row");

void
line_run(struct line *line, struct request *r)
{
    while (r->stage < STAGE_COUNT) {
        bool is_last = r->stage == STAGE_RESPOND;
        if (stage_table[r->stage].run(line, r) == STEP_WAIT)
            return; /* line_resume() takes the next step */
        if (is_last)
            return; /* the place may be somebody else's by now */
        r->stage++;
    }
}

void
line_resume(struct line *line, struct request *r)
{
    assert(r->stage == STAGE_FLIGHT && !r->is_waiting);
    r->stage++;
    line_run(line, r);
}

void
line_streamed(struct line *line, struct request *r)
{
    assert(r->stage == STAGE_STREAM);
    r->stage = STAGE_FLIGHT;
    r->deadline_ms = clock_ticks_ms() + r->route->deadline_ms;
    line_wait(line, r, false);
}

void
line_stream_failed(struct line *line, struct request *r, enum fault fault)
{
    assert(r->stage == STAGE_STREAM);
    request_blame(r, fault, NULL, NULL);
    r->stage++;
    line_run(line, r);
}

void
line_wait(struct line *line, struct request *r, bool goes_first)
{
    assert(!r->is_waiting);
    r->is_waiting = true;
    r->next = goes_first ? line->waiting_first : NULL;
    if (line->waiting_first == NULL)
        line->waiting_last = r;
    if (line->waiting_first == NULL || goes_first)
        line->waiting_first = r;
    else {
        line->waiting_last->next = r;
        line->waiting_last = r;
    }
    line->counts.waiting++;
    if (line->counts.waiting > line->counts.waiting_most)
        line->counts.waiting_most = line->counts.waiting;
}

static void
leave_queue(struct line *line, struct request *r)
{
    struct request **link = &line->waiting_first;
    struct request  *before = NULL;

    while (*link != r) {
        assert(*link != NULL);
        before = *link;
        link = &(*link)->next;
    }
    *link = r->next;
    if (line->waiting_last == r)
        line->waiting_last = before;
    r->next = NULL;
    r->is_waiting = false;
    line->counts.waiting--;
}

bool
line_expects_more(const struct line *line, int64_t now_ms)
{
    return line->counts.waiting > 0 && line->counts.waiting < line->landed_count
           && line->landed_ms == now_ms;
}

void
line_depart(struct line *line, int64_t now_ms)
{
    for (size_t i = 0; i < line->flight_count && line->waiting_first != NULL; i++)
        flight_depart(&line->flights[i], now_ms);
}

static void
end_early(struct line *line, struct request *r, enum fault fault)
{
    if (r->is_waiting)
        leave_queue(line, r);
    r->fault = FAULT_NONE;
    r->blame_count = 0;
    request_blame(r, fault, NULL, NULL);
    line_resume(line, r);
}

static bool
is_awaited(const struct request *r)
{
    return r->stage == STAGE_STREAM && r->upload.phase == UPLOAD_AWAITED;
}

void
line_tick(struct line *line, int64_t now_ms)
{
    keeping_learn(line);
    for (size_t i = 0; i < line->flight_count; i++)
        flight_tick(&line->flights[i], now_ms);
    if (places_taken(&line->places) == 0)
        return;
    inquiring_look_again(line);
    for (uint32_t i = 0; i < line->places.count; i++) {
        struct request *r = &line->places.requests[i];
        if (is_awaited(r) && now_ms >= r->upload.wait_ms)
            line_streamed(line, r);
        if (r->stage != STAGE_FLIGHT || now_ms < r->deadline_ms)
            continue;
        line->counts.late++;
        end_early(line, r, FAULT_STORE_LATE);
    }
}

void
line_end_all(struct line *line)
{
    inquiring_end(line);
    for (uint32_t i = 0; i < line->places.count; i++) {
        struct request *r = &line->places.requests[i];
        if (r->stage == STAGE_FLIGHT) {
            end_early(line, r, FAULT_DRAINING);
        } else if (is_awaited(r)) { /* it is told how far it is by now */
            r->stage++;
            line_run(line, r);
        }
    }
}

bool
line_open(struct line *line, const struct line_settings *settings,
          const struct directory *directory, struct pseudonym_keys *keys,
          void (*respond_to)(void *owner, struct request *r), void *owner)
{
    assert(settings->duty != DUTY_EVERY);
    assert(settings->lanes > 0 && settings->lanes <= LANES_MAX);
    *line = (struct line){ .duty = settings->duty,
                           .directory = directory,
                           .keys = keys,
                           .respond = respond_to,
                           .owner = owner,
                           .limits = settings->limits,
                           .directory_stale_ms = settings->directory_stale_ms };
    if (!places_open(&line->places, settings->places, settings->arena_block_bytes,
                     settings->arena_bytes_max))
        return false;
    line->places.large_max = settings->large_places;
    budget_open(&line->budget, settings->has_budgets);
    for (; line->flight_count < settings->lanes; line->flight_count++)
        if (!flight_open(&line->flights[line->flight_count], line, settings->database_url))
            return false;
    return true;
}

void
line_close(struct line *line)
{
    for (size_t i = 0; i < line->flight_count; i++)
        flight_close(&line->flights[i]);
    places_close(&line->places);
    budget_close(&line->budget);
    *line = (struct line){ 0 };
}
