#include "auth/poll.h"

#include "query/stmt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A first round may bring hundreds of thousands of rows; a connection comes soon or not at all. */
enum { ROUND_DEADLINE_MS = 10000, CONNECT_DEADLINE_MS = 2000, PARTITION_DAYS_AHEAD = 7 };

static day_t
day_or(const struct rows *rows, int row, int column, day_t otherwise)
{
    return rows_is_null(rows, row, column) ? otherwise : rows_day(rows, row, column);
}

static instant_t
instant_or_zero(const struct rows *rows, int row, int column)
{
    return rows_is_null(rows, row, column) ? 0 : rows_instant(rows, row, column);
}

static void
copy_text(char *place, size_t size_bytes, const struct rows *rows, int row, int column)
{
    struct span text = rows_bytes(rows, row, column);
    size_t      length = text.length < size_bytes ? text.length : size_bytes - 1;
    /* Never cut inside a character. */
    while (length > 0 && length < text.length && ((unsigned char)text.bytes[length] & 0xc0) == 0x80)
        length--;
    if (length > 0)
        memcpy(place, text.bytes, length);
    place[length] = '\0';
}

/* Columns: facility_id, facility_code, kind, prefecture, status, rights_profile, valid_from,
 * valid_to. */
static bool
take_facility(struct directory *directory, const struct rows *rows, int row)
{
    struct directory_facility facility = {
        .facility_id = (int32_t)rows_number(rows, row, 0),
        .kind = (int16_t)rows_number(rows, row, 2),
        .prefecture = (int16_t)rows_number(rows, row, 3),
        .status = (int16_t)rows_number(rows, row, 4),
        .rights = (int16_t)rows_number(rows, row, 5),
        .valid_from = day_or(rows, row, 6, INT32_MIN),
        .valid_to = day_or(rows, row, 7, DAY_FOREVER),
    };
    copy_text(facility.code, sizeof facility.code, rows, row, 1);
    return directory_put_facility(directory, &facility);
}

/* Eight digits as a number; -1 when they are not. */
static int32_t
insurer_id(struct span number)
{
    int32_t id = 0;

    if (number.length != 8 || !span_is_digits(number))
        return -1;
    for (size_t i = 0; i < number.length; i++)
        id = id * 10 + (number.bytes[i] - '0');
    return id;
}

static int32_t
holder_id(const struct rows *rows, int row)
{
    if (!rows_is_null(rows, row, 2))
        return (int32_t)rows_number(rows, row, 2);
    if (!rows_is_null(rows, row, 8))
        return (int32_t)rows_number(rows, row, 8);
    return rows_is_null(rows, row, 7) ? 0 : insurer_id(rows_bytes(rows, row, 7));
}

/* Columns: certificate_id, holder_kind, facility_id, fingerprint, not_before, not_after,
 * revoked_at, insurer_number, operator_id. */
static bool
take_certificate(struct directory *directory, const struct rows *rows, int row)
{
    struct directory_certificate certificate = {
        .certificate_id = rows_number(rows, row, 0),
        .holder = (enum holder_kind)rows_number(rows, row, 1),
        .holder_id = holder_id(rows, row),
        .not_before = rows_instant(rows, row, 4),
        .not_after = rows_instant(rows, row, 5),
        .revoked_at = instant_or_zero(rows, row, 6),
    };
    struct span fingerprint = rows_bytes(rows, row, 3);
    if (fingerprint.length != FINGERPRINT_BYTES || certificate.holder_id < 0)
        return true; /* a row that no certificate can match */
    return directory_put_certificate(directory, fingerprint.bytes, &certificate);
}

/* Columns: insurer_number, name, contact_phone, contact_text, successor_number, valid_from,
 * valid_to, last_heard_at, usual_lag_days. */
static bool
take_insurer(struct directory *directory, const struct rows *rows, int row)
{
    struct directory_insurer insurer = {
        .valid_from = day_or(rows, row, 5, INT32_MIN),
        .valid_to = day_or(rows, row, 6, DAY_FOREVER),
        .last_heard_at = instant_or_zero(rows, row, 7),
        .usual_lag_days = rows_is_null(rows, row, 8) ? 0 : (int16_t)rows_number(rows, row, 8),
    };
    copy_text(insurer.number, sizeof insurer.number, rows, row, 0);
    copy_text(insurer.name, sizeof insurer.name, rows, row, 1);
    copy_text(insurer.contact, sizeof insurer.contact, rows, row, 2);
    return directory_put_insurer(directory, &insurer);
}

/* Columns: name, valid_from, value. All of them come in every round. */
static bool
take_parameter(struct directory *directory, const struct rows *rows, int row)
{
    if (row == 0)
        directory->parameter_count = 0;
    struct directory_parameter parameter = { .valid_from = rows_day(rows, row, 1) };
    copy_text(parameter.name, sizeof parameter.name, rows, row, 0);
    copy_text(parameter.value, sizeof parameter.value, rows, row, 2);
    return directory_put_parameter(directory, &parameter);
}

static void
take_rows(struct directory_poll *poll, const struct rows *rows)
{
    bool (*take)(struct directory *, const struct rows *, int) = NULL;

    switch (rows->stmt) {
    case STMT_DIRECTORY_WATERMARK:
        poll->watermark_xid = rows_number(rows, 0, 0);
        return;
    case STMT_DIRECTORY_FACILITIES:
        take = take_facility;
        break;
    case STMT_DIRECTORY_CERTIFICATES:
        take = take_certificate;
        break;
    case STMT_DIRECTORY_INSURERS:
        take = take_insurer;
        break;
    case STMT_DIRECTORY_PARAMETERS:
        take = take_parameter;
        break;
    default:
        return;
    }
    for (int row = 0; row < rows_count(rows); row++)
        if (!take(poll->directory, rows, row))
            poll->has_run_out = true;
}

static void
hear(void *owner, struct lane *lane, enum lane_news news, const struct rows *rows)
{
    struct directory_poll *poll = owner;
    (void)lane;

    switch (news) {
    case LANE_READY:
        poll->asked_ms = 0;
        break;
    case LANE_ROWS:
        take_rows(poll, rows);
        break;
    case LANE_COMMITTED:
        if (!poll->has_run_out) {
            poll->since_xid = poll->watermark_xid;
            poll->directory->refreshed_ms = poll->asked_ms;
            poll->wants_partitions = false;
        }
        poll->asked_ms = 0;
        break;
    case LANE_FAILED:
    case LANE_LOST:
        poll->asked_ms = 0;
        break;
    }
}

bool
poll_open(struct directory_poll *poll, const char *url, struct directory *directory)
{
    *poll = (struct directory_poll){ .directory = directory };
    poll->lane = lane_new(url, hear, poll);
    return poll->lane != NULL;
}

void
poll_close(struct directory_poll *poll)
{
    lane_free(poll->lane);
    *poll = (struct directory_poll){ 0 };
}

static enum fault
ask_round(struct directory_poll *poll)
{
    static const int  changes[] = { STMT_DIRECTORY_FACILITIES, STMT_DIRECTORY_CERTIFICATES,
                                    STMT_DIRECTORY_INSURERS };
    struct ask        ask;
    const struct ask *asks[] = { &ask };
    enum fault        fault;

    ask_start(&ask, STMT_DIRECTORY_WATERMARK);
    fault = lane_ask(poll->lane, ask.stmt, asks, 1);
    for (size_t i = 0; fault == FAULT_NONE && i < ARRAY_LEN(changes); i++) {
        ask_start(&ask, changes[i]);
        ask_number(&ask, poll->since_xid);
        fault = lane_ask(poll->lane, ask.stmt, asks, 1);
    }
    ask_start(&ask, STMT_DIRECTORY_PARAMETERS);
    if (fault == FAULT_NONE)
        fault = lane_ask(poll->lane, ask.stmt, asks, 1);
    if (fault == FAULT_NONE && poll->wants_partitions) {
        ask_start(&ask, STMT_ACCESS_PARTITIONS_ENSURE);
        ask_number(&ask, poll->partitions_from);
        ask_number(&ask, PARTITION_DAYS_AHEAD);
        fault = lane_ask(poll->lane, ask.stmt, asks, 1);
    }
    return fault == FAULT_NONE ? lane_sync(poll->lane) : fault;
}

void
poll_tick(struct directory_poll *poll, int64_t now_ms)
{
    if (lane_socket(poll->lane) < 0) {
        if (lane_open(poll->lane) != FAULT_NONE)
            return;              /* tried again at the next tick */
        poll->asked_ms = now_ms; /* the deadline holds for connecting too */
        return;
    }
    if (poll->asked_ms != 0) {
        int64_t patience_ms = lane_is_open(poll->lane) ? ROUND_DEADLINE_MS : CONNECT_DEADLINE_MS;
        if (now_ms - poll->asked_ms >= patience_ms) {
            lane_shut(poll->lane);
            poll->asked_ms = 0;
        }
        return;
    }
    if (!lane_is_open(poll->lane))
        return;
    poll->asked_ms = now_ms;
    poll->has_run_out = false;
    if (ask_round(poll) != FAULT_NONE) {
        lane_shut(poll->lane);
        poll->asked_ms = 0;
    }
}

void
poll_ensure_partitions(struct directory_poll *poll, day_t today)
{
    poll->partitions_from = today;
    poll->wants_partitions = true;
}
