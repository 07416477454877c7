#include "world.h"

#include "base/text.h"
#include "model/check_digit.h"
#include "model/day.h"

#include <assert.h>
#include <stdlib.h>

enum { CELL_INSURERS_MAX = 90, TOKYO = 13, OSAKA = 27, KYOTO = 26, HOKKAIDO = 1 };

/* clang-format off */
static const uint16_t prefecture_weights[PREFECTURE_COUNT] = {
    414,  98,  96, 182,  76,  85, 145, 227, 153, 154, 582, 498, 1114, 732, 175, 82, 90, 61, 64, 162,
    157, 288, 598, 140, 112, 204, 701, 433, 105,  73,  44,  53,  150, 222, 106, 57, 75, 106, 55, 407,
     64, 104, 138,  89,  85, 126, 116,
};

struct kind_row {
    enum insurer_kind kind;
    const char       *laws[4];
    bool              is_everywhere; /* one in each prefecture; else in Tokyo only */
    const char       *name_format;   /* prefecture, number */
    int16_t           valid_from_year;
};

static const struct kind_row kinds[] = {
    { INSURER_KIND_ASSOCIATION,    { "01" },                   true,  "合成健康保険協会 %s第%d支部",          2008 },
    { INSURER_KIND_SOCIETY,        { "06" },                   true,  "合成%s第%d健康保険組合",               1961 },
    { INSURER_KIND_MUTUAL_AID,     { "31", "32", "33", "34" }, true,  "合成%s第%d共済組合",                   1962 },
    { INSURER_KIND_NATIONAL,       { "00" },                   true,  "合成%s第%d市国民健康保険",             1961 },
    { INSURER_KIND_NATIONAL_UNION, { "00" },                   true,  "合成%s第%d国民健康保険組合",           1961 },
    { INSURER_KIND_OLD_AGE,        { "39" },                   true,  "合成%s第%d後期高齢者医療広域連合",     2008 },
    { INSURER_KIND_SEAMEN,         { "02" },                   false, "合成%s第%d船員保険",                   2010 },
    { INSURER_KIND_ASSISTANCE,     { "12" },                   true,  "合成%s第%d福祉事務所",                 1961 },
    { INSURER_KIND_OTHER,          { "07" },                   false, "合成%s第%d自衛隊診療",                 1961 },
};
/* clang-format on */

static int
is_growing(enum insurer_kind kind)
{
    return kind == INSURER_KIND_SOCIETY || kind == INSURER_KIND_NATIONAL;
}

const char *
prefecture_suffix(int prefecture)
{
    switch (prefecture) {
    case HOKKAIDO:
        return "";
    case TOKYO:
        return "都";
    case KYOTO:
    case OSAKA:
        return "府";
    default:
        return "県";
    }
}

int
prefecture_pick(struct dice *dice)
{
    return (int)dice_pick(dice, prefecture_weights, PREFECTURE_COUNT) + 1;
}

void
digits_seal(char *digits, size_t body_length)
{
    digits[body_length] = check_digit_of(span_make(digits, body_length));
    digits[body_length + 1] = '\0';
}

static void
number_make(struct insurer *insurer, const struct kind_row *row, uint32_t at)
{
    size_t      law_count = row->laws[1] == NULL ? 1 : ARRAY_LEN(row->laws);
    const char *law = row->laws[(at + (uint32_t)insurer->prefecture - 1) % law_count];
    uint32_t    body = row->kind == INSURER_KIND_NATIONAL_UNION ? 399 - at : 999 - at;
    struct text text = text_in(insurer->number.digits, INSURER_NUMBER_LENGTH);

    text_add_format(&text, "%s%02d%03u", law, insurer->prefecture, body);
    digits_seal(insurer->number.digits, INSURER_NUMBER_LENGTH - 1);
    assert(insurer_number_kind(&insurer->number) == row->kind);
}

static void
insurer_make(struct insurer *insurer, const struct kind_row *row, int prefecture, uint32_t at,
             day_t today, struct dice *dice)
{
    insurer->kind = row->kind;
    insurer->prefecture = prefecture;
    number_make(insurer, row, at);
    struct text name = text_in(insurer->name, sizeof insurer->name);
    text_add_format(&name, row->name_format, prefecture_info(prefecture)->name_ja, (int)at + 1);
    struct text phone = text_in(insurer->phone, sizeof insurer->phone);
    text_add_format(&phone, "00-0000-%04u", dice_below(dice, 10000)); /* no such area */
    insurer->valid_from =
        day_from_civil((struct civil){ .year = row->valid_from_year, .month = 4, .day = 1 });
    insurer->valid_to = DAY_FOREVER;
    insurer->usual_lag_days = (int16_t)dice_between(dice, 0, 9);
    insurer->heard_on = today - dice_between(dice, 1, 4);
    insurer->heard_after_s = dice_below(dice, 32400); /* until 18:00 in Japan */
}

/* How many insurers each kind has in each prefecture. */
static void
cells_fill(struct world *world, const struct world_wish *wish, struct dice *dice)
{
    size_t total = 0;

    for (size_t k = 0; k < ARRAY_LEN(kinds); k++)
        for (int p = 1; p <= PREFECTURE_COUNT; p++)
            if (kinds[k].is_everywhere || p == TOKYO) {
                world->count[kinds[k].kind][p] = 1;
                total++;
            }
    while (total < wish->insurers) {
        enum insurer_kind kind =
            dice_hits(dice, 550000) ? INSURER_KIND_NATIONAL : INSURER_KIND_SOCIETY;
        int prefecture = prefecture_pick(dice);
        if (world->count[kind][prefecture] == CELL_INSURERS_MAX)
            prefecture = dice_between(dice, 1, PREFECTURE_COUNT);
        if (world->count[kind][prefecture] == CELL_INSURERS_MAX)
            continue;
        world->count[kind][prefecture]++;
        total++;
    }
    world->insurer_count = total;
}

/* A few insurers have merged into the first one of their cell. */
static void
merge_some(struct world *world, struct dice *dice)
{
    for (uint32_t i = 0; i < world->insurer_count; i++) {
        struct insurer *insurer = &world->insurers[i];
        uint32_t        first = world->first[insurer->kind][insurer->prefecture];
        insurer->successor = i;
        if (i == first || !is_growing(insurer->kind) || !dice_hits(dice, 20000))
            continue;
        insurer->successor = first;
        insurer->valid_to = day_from_civil((struct civil){ .year = 2021, .month = 4, .day = 1 });
    }
}

static bool
insurers_make(struct world *world, const struct world_wish *wish)
{
    struct dice dice = dice_make(wish->seed, DICE_WORLD, 1);
    uint32_t    at = 0;

    cells_fill(world, wish, &dice);
    world->insurers = calloc(world->insurer_count, sizeof *world->insurers);
    if (world->insurers == NULL)
        return false;
    for (size_t k = 0; k < ARRAY_LEN(kinds); k++)
        for (int p = 1; p <= PREFECTURE_COUNT; p++) {
            world->first[kinds[k].kind][p] = at;
            for (uint32_t i = 0; i < world->count[kinds[k].kind][p]; i++)
                insurer_make(&world->insurers[at++], &kinds[k], p, i, wish->today, &dice);
        }
    merge_some(world, &dice);
    return true;
}

uint32_t
world_insurer_pick(const struct world *world, enum insurer_kind kind, int prefecture,
                   struct dice *dice)
{
    if (world->count[kind][prefecture] == 0)
        prefecture = TOKYO;
    uint32_t at = world->first[kind][prefecture] + dice_below(dice, world->count[kind][prefecture]);
    return world->insurers[at].successor;
}

/* clang-format off */
struct facility_row {
    enum facility_kind kind;
    uint16_t           weight;
    char               points_table;
    int                district_from; /* judo therapists have no table of points: districts of their own */
    int                district_count;
    const char        *name_format;
};

static const struct facility_row facility_rows[] = {
    { FACILITY_KIND_HOSPITAL,        32,  '1', 1,  10, "合成%s第%u病院" },
    { FACILITY_KIND_MEDICAL_CLINIC,  352, '1', 11, 70, "合成%s第%uクリニック" },
    { FACILITY_KIND_DENTAL_CLINIC,   276, '3', 1,  80, "合成%s第%u歯科" },
    { FACILITY_KIND_PHARMACY,        241, '4', 1,  80, "合成%s第%u薬局" },
    { FACILITY_KIND_HOME_NURSING,    50,  '6', 1,  80, "合成%s第%u訪問看護" },
    { FACILITY_KIND_JUDO_ACUPUNCTURE, 49, '1', 81, 19, "合成%s第%u整骨院" },
};
static const uint16_t facility_weights[] = { 32, 352, 276, 241, 50, 49 };

/* applied, ready, operating, suspended */
static const uint16_t status_weights[] = { 15, 15, 960, 10 };
/* clang-format on */

enum { STATUS_OPERATING = 3, FIRST_NUMBER = 1000 };

static void
facility_make(struct facility *facility, uint32_t at, uint32_t *serial, struct dice *dice)
{
    size_t pick = at == 0 ? 0 : dice_pick(dice, facility_weights, ARRAY_LEN(facility_weights));
    const struct facility_row *row = &facility_rows[pick];

    facility->facility_id = (int32_t)at + 1;
    facility->kind = row->kind;
    facility->prefecture = at == 0 ? TOKYO : prefecture_pick(dice);
    uint32_t    place = serial[pick * (PREFECTURE_COUNT + 1) + (size_t)facility->prefecture]++;
    uint32_t    districts = (uint32_t)row->district_count;
    struct text code = text_in(facility->code.digits, FACILITY_CODE_LENGTH);
    text_add_format(&code, "%02d%c%02u%04u", facility->prefecture, row->points_table,
                    (uint32_t)row->district_from + place % districts,
                    (FIRST_NUMBER + place / districts) % 10000);
    digits_seal(facility->code.digits, FACILITY_CODE_LENGTH - 1);
    struct text name = text_in(facility->name, sizeof facility->name);
    text_add_format(&name, row->name_format, prefecture_info(facility->prefecture)->name_ja,
                    place + 1);
    facility->status = (int16_t)(dice_pick(dice, status_weights, ARRAY_LEN(status_weights)) + 1);
    if (at == 0)
        facility->status = STATUS_OPERATING;
    facility->rights_profile = row->kind == FACILITY_KIND_JUDO_ACUPUNCTURE ? 2 : 1;
    facility->valid_from = day_from_civil((struct civil){
        .year = dice_between(dice, 1990, 2021), .month = dice_between(dice, 1, 12), .day = 1 });
    if (dice_hits(dice, 10000)) {
        struct text old = text_in(facility->predecessor.digits, FACILITY_CODE_LENGTH);
        text_add_format(&old, "%02d%c%02d%04u", facility->prefecture, row->points_table,
                        row->district_from, place % FIRST_NUMBER);
        digits_seal(facility->predecessor.digits, FACILITY_CODE_LENGTH - 1);
    }
}

static bool
facilities_make(struct world *world, const struct world_wish *wish)
{
    struct dice dice = dice_make(wish->seed, DICE_WORLD, 2);
    uint32_t   *serial = calloc(ARRAY_LEN(facility_rows) * (PREFECTURE_COUNT + 1), sizeof *serial);

    world->facilities = calloc(wish->facilities, sizeof *world->facilities);
    world->facility_count = wish->facilities;
    if (serial != NULL && world->facilities != NULL)
        for (uint32_t i = 0; i < wish->facilities; i++)
            facility_make(&world->facilities[i], i, serial, &dice);
    bool is_done = serial != NULL && world->facilities != NULL;
    free(serial);
    return is_done;
}

bool
world_open(struct world *world, const struct world_wish *wish)
{
    *world = (struct world){ 0 };
    return insurers_make(world, wish) && facilities_make(world, wish);
}

void
world_close(struct world *world)
{
    free(world->insurers);
    free(world->facilities);
    *world = (struct world){ 0 };
}
