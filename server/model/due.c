#include "model/due.h"

#include "model/day.h"

static bool
is_holiday(day_t day, const struct holidays *holidays)
{
    size_t low = 0;
    size_t high = holidays->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (holidays->days[middle] == day)
            return true;
        if (holidays->days[middle] < day)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

static bool
is_turn_of_year(day_t day)
{
    struct civil civil = day_to_civil(day);
    return (civil.month == 12 && civil.day >= 29) || (civil.month == 1 && civil.day <= 3);
}

bool
day_is_closed(day_t day, const struct holidays *holidays)
{
    enum weekday weekday = day_of_week(day);

    return weekday == SATURDAY || weekday == SUNDAY || is_turn_of_year(day)
           || is_holiday(day, holidays);
}

day_t
due_day_plain(day_t start, int days)
{
    return start + days;
}

day_t
due_day(day_t start, int days, const struct holidays *holidays)
{
    day_t due = due_day_plain(start, days);

    while (day_is_closed(due, holidays))
        due++;
    return due;
}
