#include "auth/budget.h"

#include "base/attr.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { US_PER_MINUTE = 60000000, MINUTES_PER_HOUR = 60, WALK_STEP_MOST = 3, REGISTER_BITS = 8 };

static const char *const kind_names[BUDGET_KINDS] = {
    NULL,       "hospital",     "medical_clinic",   "dental_clinic",
    "pharmacy", "home_nursing", "judo_acupuncture",
};

void
budget_open(struct budget *budget, bool is_on)
{
    *budget = (struct budget){ .is_on = is_on };
    map_open(&budget->rows_by_facility, sizeof(int32_t));
}

void
budget_close(struct budget *budget)
{
    map_close(&budget->rows_by_facility);
    free(budget->rows);
    *budget = (struct budget){ 0 };
}

static int32_t
limit_of_kind(const struct directory *directory, const char *name, const char *kind, day_t today)
{
    char place[64];

    snprintf(place, sizeof place, "budget_%s_%s", name, kind);
    return directory_number_on(directory, place, today, 0);
}

void
budget_learn(struct budget *budget, const struct directory *directory, day_t today)
{
    for (int kind = 1; budget->is_on && kind < BUDGET_KINDS; kind++)
        budget->terms[kind] = (struct budget_terms){
            .minute = limit_of_kind(directory, "minute", kind_names[kind], today),
            .persons_day = limit_of_kind(directory, "persons", kind_names[kind], today),
            .same_minute = directory_number_on(directory, "budget_same_minute", today, 0),
            .misses_hour = directory_number_on(directory, "budget_misses_hour", today, 0),
            .walk_steps = directory_number_on(directory, "budget_walk_steps", today, 0),
        };
}

static struct budget_row *
row_of(struct budget *budget, int32_t facility_id)
{
    uint32_t at;

    if (map_get(&budget->rows_by_facility, &facility_id, &at))
        return &budget->rows[at];
    if (budget->row_count == budget->row_room) {
        size_t             room = budget->row_room == 0 ? 64 : budget->row_room * 2;
        struct budget_row *rows = realloc(budget->rows, room * sizeof *rows);
        if (rows == NULL)
            return NULL;
        budget->rows = rows;
        budget->row_room = room;
    }
    at = (uint32_t)budget->row_count;
    if (!map_put(&budget->rows_by_facility, &facility_id, at))
        return NULL;
    budget->rows[at] = (struct budget_row){ 0 };
    budget->row_count++;
    return &budget->rows[at];
}

static void
turn_windows(struct budget_row *row, const struct budget_question *question)
{
    int64_t minute = question->now / US_PER_MINUTE;

    if (row->minute != minute) {
        row->minute = minute;
        row->asked = 0;
        row->refused = 0;
        memset(row->same, 0, sizeof row->same);
    }
    if (row->hour != minute / MINUTES_PER_HOUR) {
        row->hour = minute / MINUTES_PER_HOUR;
        row->missed = 0;
    }
    if (row->day != question->today) {
        row->day = question->today;
        row->locked = BUDGET_KEPT;
        row->steps = 0;
        row->persons = 0;
        memset(row->sketch, 0, sizeof row->sketch);
    }
}

/* The most frequent ones stay: a newcomer takes one from the rarest, and its place when that is
 * used up (Misra and Gries). */
static int32_t
count_same(struct budget_row *row, const unsigned char *digest)
{
    struct budget_same *rarest = &row->same[0];
    uint64_t            what;

    memcpy(&what, digest, sizeof what);
    for (int i = 0; i < BUDGET_SAME_SLOTS; i++) {
        if (row->same[i].count > 0 && row->same[i].what == what)
            return ++row->same[i].count;
        if (row->same[i].count < rarest->count)
            rarest = &row->same[i];
    }
    if (rarest->count > 0)
        rarest->count--;
    else
        *rarest = (struct budget_same){ .what = what, .count = 1 };
    return 1;
}

/* Steps of one to three, up or down. A family's cards are a few of them, a sweep is many. */
static void
count_steps(struct budget_row *row, int64_t number)
{
    int64_t step = number - row->number;

    if (number <= 0 || step == 0)
        return;
    bool is_step = row->number > 0 && step >= -WALK_STEP_MOST && step <= WALK_STEP_MOST;
    row->steps = is_step ? row->steps + 1 : 0;
    row->number = number;
}

static bool
is_over(int32_t count, int32_t limit)
{
    return limit > 0 && count > limit;
}

static struct budget_finding
refuse(struct budget_row *row, enum budget_verdict verdict, int32_t count, bool locks)
{
    bool is_new = locks && row->locked == BUDGET_KEPT;

    if (locks)
        row->locked = verdict;
    return (struct budget_finding){
        .verdict = verdict, .count = count, .is_first = ++row->refused == 1, .locks = is_new
    };
}

struct budget_finding
budget_ask(struct budget *budget, const struct budget_question *question)
{
    struct budget_row *row = budget->is_on ? row_of(budget, question->facility_id) : NULL;

    if (row == NULL || question->kind <= 0 || question->kind >= BUDGET_KINDS)
        return (struct budget_finding){ 0 };
    const struct budget_terms *terms = &budget->terms[question->kind];
    turn_windows(row, question);
    count_steps(row, question->number);
    int32_t same = question->is_item ? 0 : count_same(row, question->body_digest);
    int32_t asked = question->is_item ? 0 : ++row->asked;
    const struct {
        enum budget_verdict verdict;
        int32_t             count;
        int32_t             limit;
        bool                locks;
    } rules[] = {
        { BUDGET_WALK, row->steps, terms->walk_steps, true },
        { BUDGET_MISSES, row->missed, terms->misses_hour, true },
        { BUDGET_SAME, same, terms->same_minute, false },
        { BUDGET_MINUTE, asked, terms->minute, false },
        { BUDGET_PERSONS, row->persons, terms->persons_day, false },
    };
    for (size_t i = 0; i < ARRAY_LEN(rules); i++)
        if (row->locked == rules[i].verdict || is_over(rules[i].count, rules[i].limit))
            return refuse(row, rules[i].verdict, rules[i].count, rules[i].locks);
    return (struct budget_finding){ 0 };
}

/* splitmix64: numbers one after the other must not fall side by side. */
static uint64_t
scatter(uint64_t x)
{
    x += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

void
budget_note(struct budget *budget, const struct budget_question *question, bool is_miss,
            int64_t person_id)
{
    struct budget_row *row = budget->is_on ? row_of(budget, question->facility_id) : NULL;

    if (row == NULL)
        return;
    turn_windows(row, question);
    row->missed += is_miss;
    if (person_id == 0)
        return;
    uint64_t      hash = scatter((uint64_t)person_id);
    size_t        at = hash >> (64 - REGISTER_BITS);
    uint64_t      rest = (hash << REGISTER_BITS) | 1;
    unsigned char rank = (unsigned char)(__builtin_clzll(rest) + 1);
    if (row->sketch[at] < rank) {
        row->sketch[at] = rank;
        row->persons = budget_persons(row->sketch);
    }
}

int32_t
budget_persons(const unsigned char *sketch)
{
    const double registers = BUDGET_SKETCH_BYTES, alpha = 0.7213 / (1 + 1.079 / registers);
    double       sum = 0;
    int          empty = 0;

    for (int i = 0; i < BUDGET_SKETCH_BYTES; i++) {
        sum += 1.0 / (double)(UINT64_C(1) << sketch[i]);
        empty += sketch[i] == 0;
    }
    double raw = alpha * registers * registers / sum;
    if (raw <= 2.5 * registers && empty > 0)
        raw = registers * log(registers / empty);
    return (int32_t)raw;
}
