#include "model/day.h"

#include <assert.h>

enum { DAYS_PER_ERA = 146097, YEARS_PER_ERA = 400, DAYS_TO_EPOCH = 719468 };
enum { YEAR_LEAST_WRITTEN = 1, YEAR_MOST_WRITTEN = 9999 };

static bool
is_leap_year(int32_t year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

int32_t
month_length(int32_t year, int32_t month)
{
    static const int32_t lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

    assert(month >= 1 && month <= 12);
    return month == 2 && is_leap_year(year) ? 29 : lengths[month - 1];
}

bool
civil_is_real(struct civil civil)
{
    return civil.year >= YEAR_LEAST_WRITTEN && civil.year <= YEAR_MOST_WRITTEN && civil.month >= 1
           && civil.month <= 12 && civil.day >= 1
           && civil.day <= month_length(civil.year, civil.month);
}

static int64_t
floor_div(int64_t number, int64_t by)
{
    return number / by - (number % by < 0);
}

/* Counts years from March, so that the leap day is the last of its year, and in whole eras of 400
 * years, which all have the same length. */
static int64_t
days_of(int64_t year, int32_t month, int32_t day)
{
    int64_t march_year = year - (month <= 2);
    int64_t era = floor_div(march_year, YEARS_PER_ERA);
    int64_t year_of_era = march_year - era * YEARS_PER_ERA;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * DAYS_PER_ERA + day_of_era - DAYS_TO_EPOCH;
}

day_t
day_from_civil(struct civil civil)
{
    assert(civil_is_real(civil));
    return (day_t)days_of(civil.year, civil.month, civil.day);
}

struct civil
day_to_civil(day_t day)
{
    int64_t shifted = (int64_t)day + DAYS_TO_EPOCH;
    int64_t era = floor_div(shifted, DAYS_PER_ERA);
    int64_t day_of_era = shifted - era * DAYS_PER_ERA;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t march_month = (5 * day_of_year + 2) / 153;
    int32_t month = (int32_t)(march_month < 10 ? march_month + 3 : march_month - 9);

    return (struct civil){ .year =
                               (int32_t)(year_of_era + era * YEARS_PER_ERA + (month <= 2 ? 1 : 0)),
                           .month = month,
                           .day = (int32_t)(day_of_year - (153 * march_month + 2) / 5 + 1) };
}

enum weekday
day_of_week(day_t day)
{
    int64_t from_sunday = (int64_t)day + THURSDAY; /* 1970-01-01 was a Thursday */
    return (enum weekday)(from_sunday - floor_div(from_sunday, 7) * 7);
}

static int32_t
number_at(const char *digits, size_t length)
{
    int32_t number = 0;
    for (size_t i = 0; i < length; i++)
        number = number * 10 + (digits[i] - '0');
    return number;
}

static bool
copy_digits(struct span text, char digits[DAY_COMPACT_SIZE - 1])
{
    bool is_iso = text.length == DAY_ISO_SIZE - 1;
    if (!is_iso && text.length != DAY_COMPACT_SIZE - 1)
        return false;

    size_t count = 0;
    for (size_t i = 0; i < text.length; i++) {
        bool is_dash_place = is_iso && (i == 4 || i == 7);
        if (is_dash_place != (text.bytes[i] == '-'))
            return false;
        if (is_dash_place)
            continue;
        if (text.bytes[i] < '0' || text.bytes[i] > '9')
            return false;
        digits[count++] = text.bytes[i];
    }
    return true;
}

enum fault
day_parse(struct span text, day_t *ret_day, struct blame *reterr_blame)
{
    char digits[DAY_COMPACT_SIZE - 1];
    if (!copy_digits(text, digits)) {
        reterr_blame->reason = "not YYYY-MM-DD or YYYYMMDD";
        return FAULT_FIELD_MALFORMED;
    }
    struct civil civil = { .year = number_at(digits, 4),
                           .month = number_at(digits + 4, 2),
                           .day = number_at(digits + 6, 2) };
    if (!civil_is_real(civil)) {
        reterr_blame->reason = "not a calendar day";
        return FAULT_FIELD_MALFORMED;
    }
    day_t day = day_from_civil(civil);
    if (day < DAY_FIRST || day > DAY_LAST) {
        reterr_blame->reason = "not between 1868-01-01 and 2199-12-31";
        return FAULT_FIELD_MALFORMED;
    }
    *ret_day = day;
    return FAULT_NONE;
}

static void
write_number(char *place, int32_t number, int digits)
{
    for (int i = digits - 1; i >= 0; i--) {
        place[i] = (char)('0' + number % 10);
        number /= 10;
    }
}

void
day_format_compact(day_t day, char ret_text[DAY_COMPACT_SIZE])
{
    struct civil civil = day_to_civil(day);

    ret_text[0] = '\0';
    if (!civil_is_real(civil))
        return;
    write_number(ret_text, civil.year, 4);
    write_number(ret_text + 4, civil.month, 2);
    write_number(ret_text + 6, civil.day, 2);
    ret_text[8] = '\0';
}

void
day_format_iso(day_t day, char ret_text[DAY_ISO_SIZE])
{
    struct civil civil = day_to_civil(day);

    ret_text[0] = '\0';
    if (!civil_is_real(civil))
        return;
    write_number(ret_text, civil.year, 4);
    ret_text[4] = '-';
    write_number(ret_text + 5, civil.month, 2);
    ret_text[7] = '-';
    write_number(ret_text + 8, civil.day, 2);
    ret_text[10] = '\0';
}

day_t
day_add_months(day_t day, int32_t months)
{
    struct civil civil = day_to_civil(day);
    int64_t      count = (int64_t)civil.year * 12 + civil.month - 1 + months;
    int32_t      year = (int32_t)floor_div(count, 12);
    int32_t      month = (int32_t)(count - (int64_t)year * 12) + 1;
    int32_t      length = month_length(year, month);

    return (day_t)days_of(year, month, civil.day < length ? civil.day : length);
}

day_t
day_month_start(day_t day)
{
    return day - day_to_civil(day).day + 1;
}

int32_t
day_to_pg(day_t day)
{
    if (day == DAY_FOREVER)
        return INT32_MAX;
    return day < INT32_MIN + DAY_PG_EPOCH ? INT32_MIN : day - DAY_PG_EPOCH;
}

day_t
day_from_pg(int32_t pg_days)
{
    if (pg_days == INT32_MIN)
        return DAY_UNKNOWN;
    return pg_days > INT32_MAX - DAY_PG_EPOCH ? DAY_FOREVER : pg_days + DAY_PG_EPOCH;
}

enum { MONTH_LENGTH = 7 };

struct span
day_month_text(day_t day, char place[DAY_ISO_SIZE])
{
    day_format_iso(day, place);
    return span_make(place, MONTH_LENGTH);
}
