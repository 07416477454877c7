#include "audit/append.h"

#include "base/text.h"
#include "query/stmt.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { VERSIONS_TEXT_BYTES = DOSSIERS_MAX * 21 + 3 };

static void
ask_number_or_null(struct ask *ask, int64_t number, bool is_known)
{
    if (is_known)
        ask_number(ask, number);
    else
        ask_null(ask);
}

static void
ask_subject(struct request *r, struct pseudonym_keys *keys, struct ask *ask)
{
    struct access_record *record = &r->record;

    if (!record->has_subject) {
        ask_null(ask);
        return;
    }
    pseudonym_make(keys, r->today, record->person_id, record->subject);
    ask_bytes(ask, span_make((const char *)record->subject, SUBJECT_BYTES));
}

/* An array literal, since a set cannot hold arrays of different lengths. */
static void
ask_versions(struct request *r, struct ask *ask)
{
    const struct access_record *record = &r->record;
    char                       *place = NULL;

    if (record->dossier_count > 0)
        place = arena_take(&r->arena, VERSIONS_TEXT_BYTES);
    if (place == NULL) {
        ask_null(ask);
        return;
    }
    struct text text = text_in(place, VERSIONS_TEXT_BYTES);
    for (size_t i = 0; i < record->dossier_count; i++) {
        text_add_byte(&text, i == 0 ? '{' : ',');
        text_add_number(&text, record->dossier_versions[i]);
    }
    text_add_byte(&text, '}');
    ask_bytes(ask, text_span(&text));
}

void
audit_ask(struct request *r, int route, struct pseudonym_keys *keys, day_t day, day_t previous_day,
          struct ask *ret_ask)
{
    const struct access_record *record = &r->record;

    ask_start(ret_ask, STMT_ACCESS_APPEND);
    ask_number(ret_ask, day);
    ask_number_or_null(ret_ask, previous_day, previous_day != DAY_UNKNOWN);
    ask_number(ret_ask, actor_id(&r->actor));
    ask_number_or_null(ret_ask, r->actor.facility_id, r->actor.facility_id != 0);
    ask_number_or_null(ret_ask, r->actor.certificate_id, r->actor.certificate_id != 0);
    ask_number(ret_ask, r->actor.holder);
    ask_text_or_null(ret_ask, r->heads.user_id);
    ask_bytes(ret_ask, span_make((const char *)r->request_id, UUID_BYTES));
    ask_number(ret_ask, r->item_no);
    ask_number(ret_ask, route);
    ask_number(ret_ask, record->way);
    ask_number(ret_ask, record->purpose);
    ask_subject(r, keys, ret_ask);
    ask_versions(r, ret_ask);
    ask_number_or_null(ret_ask, record->asked_on, record->has_asked_on);
    ask_number(ret_ask, record->consent);
    ask_number(ret_ask, record->items);
    ask_number_or_null(ret_ask, record->validity, record->validity != 0);
    ask_number_or_null(ret_ask, record->reason, record->reason != 0);
    ask_text_or_null(ret_ask, record->detail);
    ask_number_or_null(ret_ask, r->fault, r->fault != FAULT_NONE);
    ask_bytes(ret_ask, span_make((const char *)r->body_digest, sizeof r->body_digest));
    ask_number_or_null(ret_ask, record->as_of, record->as_of != 0);
}

void
audit_ask_prior(const struct request *r, day_t day, day_t previous_day, struct ask *ret_ask)
{
    ask_start(ret_ask, STMT_ACCESS_PRIOR);
    ask_number(ret_ask, actor_id(&r->actor));
    ask_bytes(ret_ask, span_make((const char *)r->request_id, UUID_BYTES));
    ask_number(ret_ask, r->item_no);
    ask_number(ret_ask, day);
    ask_number_or_null(ret_ask, previous_day, previous_day != DAY_UNKNOWN);
}

static size_t
read_versions(struct span text, int64_t *versions)
{
    size_t  count = 0;
    int64_t number = 0;
    bool    has_digit = false;

    for (size_t i = 0; i < text.length; i++) {
        char byte = text.bytes[i];
        if (byte >= '0' && byte <= '9') {
            number = number * 10 + (byte - '0');
            has_digit = true;
        } else if (has_digit && count < DOSSIERS_MAX) {
            versions[count++] = number;
            number = 0;
            has_digit = false;
        }
    }
    return count;
}

static int64_t
number_or_zero(const struct rows *rows, int row, int column)
{
    return rows_is_null(rows, row, column) ? 0 : rows_number(rows, row, column);
}

/* Columns: 0 ord, 1 record_id, 2 recorded_at, 3 body_digest, 4 route, 5 dossier_versions,
 * 6 validity, 7 reason, 8 detail, 9 asked_day, 10 consent, 11 items, 12 as_of, 13 fault. */
enum fault
audit_read_prior(const struct request *r, int route, const struct rows *rows, int row,
                 struct prior *ret_prior, struct access_record *ret_record)
{
    struct span digest = rows_bytes(rows, row, 3);

    if (!span_equal(digest, span_make((const char *)r->body_digest, sizeof r->body_digest))
        || rows_number(rows, row, 4) != route)
        return FAULT_REQUEST_ID_REUSED;
    enum fault was =
        rows_is_null(rows, row, 13) ? FAULT_NONE : (enum fault)rows_number(rows, row, 13);
    if (was < FAULT_COUNT && !fault_info(was)->retry_helps && was != FAULT_NONE)
        return was; /* refused then, refused now, even if it would be answered by now */
    *ret_prior = (struct prior){ 0 };
    ret_prior->validity = (int16_t)number_or_zero(rows, row, 6);
    ret_prior->reason = (int16_t)number_or_zero(rows, row, 7);
    if (!rows_is_null(rows, row, 8))
        ret_prior->detail = rows_bytes(rows, row, 8);
    ret_prior->has_asked_on = !rows_is_null(rows, row, 9);
    ret_prior->asked_on = ret_prior->has_asked_on ? rows_day(rows, row, 9) : DAY_UNKNOWN;
    ret_prior->consent = (int16_t)number_or_zero(rows, row, 10);
    ret_prior->as_of = rows_is_null(rows, row, 12) ? 0 : rows_instant(rows, row, 12);
    if (!rows_is_null(rows, row, 5))
        ret_prior->version_count = read_versions(rows_bytes(rows, row, 5), ret_prior->versions);
    ret_record->record_id = rows_number(rows, row, 1);
    ret_record->recorded_at = rows_instant(rows, row, 2);
    ret_record->items = (int32_t)number_or_zero(rows, row, 11);
    return FAULT_NONE;
}
