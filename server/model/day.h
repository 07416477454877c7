/*
 * day: civil days as text, as year-month-day, and as PostgreSQL counts them.
 *
 * Shape   day_t (base/clock.h) counts days since 1970-01-01 in the civil calendar of Japan. Text
 *         is "YYYY-MM-DD" or "YYYYMMDD", nothing else.
 * Units   days. The calendar is Gregorian throughout; Japan counted otherwise before 1873, but
 *         registers write those days as Gregorian ones too.
 * Errors  FAULT_FIELD_MALFORMED  not one of the two forms, not a day of the calendar, or outside
 *                                DAY_FIRST to DAY_LAST. On failure the output is untouched.
 * Owner   plain values; text goes to a place of the caller.
 * Source  text forms: interface facts, part 4.1; PostgreSQL's epoch: 2000-01-01.
 */
#ifndef MODEL_DAY_H
#define MODEL_DAY_H

#include "base/attr.h"
#include "base/clock.h"
#include "base/fault.h"
#include "base/span.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    DAY_ISO_SIZE = 11,    /* "YYYY-MM-DD" and NUL */
    DAY_COMPACT_SIZE = 9, /* "YYYYMMDD" and NUL */
    DAY_FIRST = -37255,   /* 1868-01-01, the first day of the Meiji era's first year */
    DAY_LAST = 84005,     /* 2199-12-31 */
    DAY_PG_EPOCH = 10957  /* 2000-01-01 */
};

struct civil {
    int32_t year;
    int32_t month; /* 1 to 12 */
    int32_t day;   /* 1 to 31 */
};

enum weekday { SUNDAY, MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY };

/* Sets only the reason of the blame; the caller knows the field. */
MUST_USE enum fault day_parse(struct span text, day_t *ret_day, struct blame *reterr_blame);

/* "" for a day outside the years 1 to 9999, as DAY_FOREVER and unknown days are. */
void day_format_iso(day_t day, char ret_text[DAY_ISO_SIZE]);
void day_format_compact(day_t day, char ret_text[DAY_COMPACT_SIZE]);

/* "2026-11", kept in the place; the day has a year from 1 to 9999. */
struct span day_month_text(day_t day, char place[DAY_ISO_SIZE]);

bool         civil_is_real(struct civil civil);
day_t        day_from_civil(struct civil civil); /* asserts that it is real */
struct civil day_to_civil(day_t day);
enum weekday day_of_week(day_t day);
int32_t      month_length(int32_t year, int32_t month);

/* The same day of another month; the last day of that month when it has no such day. */
day_t day_add_months(day_t day, int32_t months);

/* The first day of the month that the day is in. */
day_t day_month_start(day_t day);

/* PostgreSQL's date on the wire: days since 2000-01-01; its infinities are ours. */
int32_t day_to_pg(day_t day);
day_t   day_from_pg(int32_t pg_days);

#endif
