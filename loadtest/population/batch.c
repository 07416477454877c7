#include "batch.h"

#include "register.h"

#include "base/text.h"
#include "model/day.h"
#include "model/ratio.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    ROW_SIZE = 1024,
    ROWS_BYTES_STEP = 64 << 20,
    FAMILIES_PER_SYMBOL = 9000,
    FIRST_SYMBOL = 10001,
    FIRST_NUMBER = 1000,
    EVENT_DAYS_MOST = 3
};

static const char header[] =
    "operation,row_key,symbol,number,branch_number,personal_number,personal_number_source,name,"
    "name_kana,sex1,birth_date,address,relation,event_on,notice_received_on,acquired_on,"
    "burden_ratio\n";

/* The file while it is made. */
struct sheet {
    const struct batch_wish *wish;
    const struct plan       *plan;
    char                    *bytes;
    size_t                   length;
    size_t                   room;
    size_t                  *starts; /* of rows, and behind the last one; by person - 1 */
    int64_t                 *owners; /* whose personal number each person's row has */
    int64_t                  people;
};

/* ---- chance --------------------------------------------------------------------------- */

static int64_t *
shuffled(uint64_t seed, uint64_t stream, int64_t count)
{
    struct dice dice = dice_make(seed, DICE_SHUFFLE, stream);
    int64_t    *order = calloc((size_t)count, sizeof *order);

    for (int64_t i = 0; order != NULL && i < count; i++) {
        int64_t at = dice_below(&dice, (uint32_t)i + 1);
        order[i] = order[at];
        order[at] = i + 1;
    }
    return order;
}

/* The wrong ones pass their numbers on in a ring, so that no number comes twice. */
static bool
link_wrongly(struct sheet *sheet)
{
    int64_t *order = shuffled(sheet->plan->seed, 1, sheet->people);
    int64_t  wrong = sheet->wish->wrong_links;

    if (order == NULL)
        return false;
    for (int64_t i = 0; i < sheet->people; i++)
        sheet->owners[i] = i + 1;
    for (int64_t i = 0; i < wrong; i++)
        sheet->owners[order[i] - 1] = order[(i + 1) % wrong];
    free(order);
    return true;
}

/* ---- one row -------------------------------------------------------------------------- */

static const char *
kind_of(const struct sheet *sheet, const struct person *person)
{
    struct registered registered;

    if (sheet->owners[person->person_id - 1] != person->person_id)
        return "wrong";
    registered_make(sheet->plan, person, &registered);
    bool is_same = strcmp(registered.name, person->name.name) == 0
                   && strcmp(registered.kana, person->name.kana) == 0;
    return is_same ? "plain" : "spelt";
}

static int
ratio_of(const struct sheet *sheet, const struct person *person, day_t acquired_on)
{
    static const int percents[] = { 30, 20, 10, 0 };
    size_t           i = 0;

    while (i + 1 < ARRAY_LEN(percents)
           && !ratio_is_possible(percents[i], person->birth_date, acquired_on,
                                 insurer_number_kind(&sheet->wish->insurer)))
        i++;
    return percents[i];
}

static void
row_write(const struct sheet *sheet, const struct family *family, size_t at, struct text *text)
{
    const struct person *person = &family->people[at];
    char                 digits[PERSONAL_NUMBER_SIZE], birth[DAY_ISO_SIZE], event[DAY_ISO_SIZE];
    char                 received[DAY_ISO_SIZE];
    day_t                received_on = sheet->plan->today - (day_t)(family->number % 2);
    day_t                event_on = received_on - (day_t)(family->number / 2 % EVENT_DAYS_MOST);

    if (event_on < person->birth_date)
        event_on = person->birth_date;
    personal_number_make(sheet->plan->seed, sheet->owners[person->person_id - 1], digits);
    day_format_iso(person->birth_date, birth);
    day_format_iso(event_on, event);
    day_format_iso(received_on, received);
    text_add_format(text,
                    "acquire,%s-%" PRId64 ",%" PRIu64 ",%" PRIu64
                    ",%02zu,%s,submitted,%s,%s,%d,%s,%s,%d,%s,%s,%s,%d\n",
                    kind_of(sheet, person), person->person_id,
                    FIRST_SYMBOL + family->number / FAMILIES_PER_SYMBOL,
                    FIRST_NUMBER + family->number % FAMILIES_PER_SYMBOL, at, digits,
                    person->name.name, person->name.kana, (int)person->sex, birth, person->address,
                    at == 0 ? 1 : 2, event, received, event, ratio_of(sheet, person, event_on));
}

/* ---- all rows ------------------------------------------------------------------------- */

static bool
has_room(struct sheet *sheet)
{
    if (sheet->room - sheet->length >= ROW_SIZE)
        return true;
    char *grown = realloc(sheet->bytes, sheet->room + ROWS_BYTES_STEP);
    if (grown == NULL)
        return false;
    sheet->bytes = grown;
    sheet->room += ROWS_BYTES_STEP;
    return true;
}

static bool
add_family(struct sheet *sheet, const struct family *family)
{
    for (size_t i = 0; i < family->count; i++) {
        if (!has_room(sheet))
            return false;
        struct text text = text_in(sheet->bytes + sheet->length, ROW_SIZE);
        row_write(sheet, family, i, &text);
        if (text.is_full)
            return false;
        sheet->starts[family->people[i].person_id - 1] = sheet->length;
        sheet->length += text.length;
    }
    return true;
}

static bool
add_people(struct sheet *sheet, const struct roster *roster)
{
    struct family *family = malloc(sizeof *family);
    bool           is_done = family != NULL && family_open(family);

    for (size_t f = 0; is_done && f < roster->family_count; f++)
        is_done = roster_family(roster, sheet->plan, f, family) && add_family(sheet, family);
    sheet->starts[sheet->people] = sheet->length;
    if (family != NULL)
        family_close(family);
    free(family);
    return is_done;
}

static bool
write_shuffled(const struct sheet *sheet)
{
    int64_t *order = shuffled(sheet->plan->seed, 2, sheet->people);
    FILE    *file = fopen(sheet->wish->path, "w");
    bool     is_done = order != NULL && file != NULL && fputs(header, file) >= 0;

    for (int64_t i = 0; is_done && i < sheet->people; i++) {
        size_t from = sheet->starts[order[i] - 1], until = sheet->starts[order[i]];
        is_done = fwrite(sheet->bytes + from, 1, until - from, file) == until - from;
    }
    if (file != NULL && fclose(file) != 0)
        is_done = false;
    free(order);
    return is_done;
}

bool
batch_write(const struct batch_wish *wish, const struct plan *plan, const struct roster *roster)
{
    size_t       people = (size_t)roster->people;
    struct sheet sheet = { .wish = wish, .plan = plan, .people = roster->people };

    if (wish->wrong_links > roster->people || wish->wrong_links == 1) {
        fputs("population: a wrong link takes two people\n", stderr);
        return false;
    }
    sheet.starts = calloc(people + 1, sizeof *sheet.starts);
    sheet.owners = calloc(people, sizeof *sheet.owners);
    bool is_done = sheet.starts != NULL && sheet.owners != NULL && link_wrongly(&sheet)
                   && add_people(&sheet, roster) && write_shuffled(&sheet);
    if (!is_done)
        fprintf(stderr, "population: %s: %s\n", wish->path, strerror(errno));
    free(sheet.starts);
    free(sheet.owners);
    free(sheet.bytes);
    return is_done;
}
