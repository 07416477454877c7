/*
 * due: by which day something must have been done.
 *
 * Shape   start day + a number of days → due day. The start day does not count; an end on a
 *         closed day moves to the next day that is open. Public holidays are data: a sorted array
 *         of days.
 * Units   calendar days.
 * Owner   borrows the holidays.
 * Source  民法 140条, 141条, 142条 (健康保険法 194条, 国民健康保険法 111条 refer to them);
 *         行政機関の休日に関する法律 1条 and 2条 for Saturdays and 29 December to 3 January.
 */
#ifndef MODEL_DUE_H
#define MODEL_DUE_H

#include "base/clock.h"

#include <stdbool.h>
#include <stddef.h>

struct holidays {
    const day_t *days; /* ascending */
    size_t       count;
};

/* Saturday, Sunday, a public holiday, or the turn of the year. */
bool day_is_closed(day_t day, const struct holidays *holidays);

day_t due_day(day_t start, int days, const struct holidays *holidays);

/* start + days, without moving: shown beside the legal one. */
day_t due_day_plain(day_t start, int days);

#endif
