#include "batch/tell.h"

#include "model/day.h"
#include "query/stmt.h"

#include <stdlib.h>

enum { YEARS_MAX = 10, ASKS_MAX = TELL_AT_ONCE * YEARS_MAX };

struct untold {
    int64_t correction_id;
    int64_t person_id;
    day_t   from;
    day_t   until;
};

struct telling {
    struct untold     corrections[TELL_AT_ONCE];
    int               count;
    struct ask        asks[ASKS_MAX];
    const struct ask *pointers[ASKS_MAX];
    unsigned char     subjects[ASKS_MAX][PSEUDONYM_BYTES];
    int               ask_count;
};

/* Columns: 0 correction_id, 1 person_id, 2 from_day, 3 until_day. */
static void
hear_untold(void *owner, const struct rows *rows)
{
    struct telling *telling = owner;

    for (int row = 0; row < rows_count(rows) && telling->count < TELL_AT_ONCE; row++)
        telling->corrections[telling->count++] =
            (struct untold){ .correction_id = rows_number(rows, row, 0),
                             .person_id = rows_number(rows, row, 1),
                             .from = rows_day(rows, row, 2),
                             .until = rows_day(rows, row, 3) };
}

static day_t
first_day_of(int32_t year)
{
    return day_from_civil((struct civil){ year, 1, 1 });
}

static void
add_ask(struct telling *telling, struct pseudonym_keys *keys, const struct untold *untold,
        day_t from, day_t until)
{
    int            at = telling->ask_count++;
    unsigned char *subject = telling->subjects[at];

    pseudonym_make(keys, from, untold->person_id, subject);
    ask_start(&telling->asks[at], STMT_CHANGE_TELL);
    ask_number(&telling->asks[at], untold->correction_id);
    ask_bytes(&telling->asks[at], span_make((const char *)subject, PSEUDONYM_BYTES));
    ask_number(&telling->asks[at], from);
    ask_number(&telling->asks[at], until);
    telling->pointers[at] = &telling->asks[at];
}

/* One for each year, from the last one back: all of a correction go in one call, which ends it. */
static void
add_years(struct telling *telling, struct pseudonym_keys *keys, const struct untold *untold)
{
    int32_t last = day_to_civil(untold->until).year;
    int32_t first = day_to_civil(untold->from).year;

    if (first <= last - YEARS_MAX)
        first = last - YEARS_MAX + 1;
    for (int32_t year = last; year >= first; year--) {
        day_t from = first_day_of(year);
        day_t until = first_day_of(year + 1) - 1;
        add_ask(telling, keys, untold, from < untold->from ? untold->from : from,
                until > untold->until ? untold->until : until);
    }
    if (first > last) /* it is all ahead: nobody can have asked yet */
        add_ask(telling, keys, untold, untold->from, untold->until);
}

enum fault
tell_changes(struct session *session, struct pseudonym_keys *keys, int64_t *ret_taken)
{
    struct telling *telling = calloc(1, sizeof *telling);
    struct ask      ask;

    *ret_taken = 0;
    if (telling == NULL)
        return FAULT_STORE_BUSY;
    ask_start(&ask, STMT_CHANGE_TAKE);
    ask_number(&ask, clock_day(clock_now()));
    ask_number(&ask, TELL_AT_ONCE);
    enum fault fault = session_ask(session, &ask, hear_untold, telling);
    for (int i = 0; fault == FAULT_NONE && i < telling->count; i++)
        add_years(telling, keys, &telling->corrections[i]);
    if (fault == FAULT_NONE && telling->ask_count > 0)
        fault = session_ask_set(session, STMT_CHANGE_TELL, telling->pointers, telling->ask_count,
                                NULL, NULL);
    if (fault == FAULT_NONE)
        *ret_taken = telling->count;
    free(telling);
    return fault;
}
