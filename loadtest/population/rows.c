#include "rows.h"

#include <assert.h>

enum { KIND_STATED = 1, KIND_DERIVED = 2, NOTICE_OPEN = 1, NOTICE_OVERDUE = 4, ACQUISITION = 1 };

/* clang-format off */
static const char *const statements[] = {
    [ROWS_PERSON] =
        "COPY registry.person (person_id, created_at) FROM STDIN (FORMAT binary)",
    [ROWS_PERSON_VERSION] =
        "COPY registry.person_version (person_id, name, name_kana, name_other, name_other_kana, sex1,"
        " birth_date, address, post_number, valid, recorded_at, superseded_at)"
        " FROM STDIN (FORMAT binary)",
    [ROWS_PERSON_FLAG] =
        "COPY registry.person_flag (person_id, kind, valid, recorded_at) FROM STDIN (FORMAT binary)",
    [ROWS_PERSON_HOLD] =
        "COPY registry.person_hold (person_id, scope, reason, opened_at) FROM STDIN (FORMAT binary)",
    [ROWS_COVERAGE] =
        "COPY registry.coverage (coverage_id, person_id, insurer_number, card_class, symbol, number,"
        " branch, symbol_key, number_key, symbol_loose, number_loose, relation, insured_name, valid,"
        " loss_reason, issued_on, card_valid_from, card_expires_on, state, scheme, preschool_until,"
        " recorded_at) FROM STDIN (FORMAT binary)",
    [ROWS_BURDEN_RATIO] =
        "COPY registry.burden_ratio (coverage_id, kind, ratio_percent, valid, recorded_at)"
        " FROM STDIN (FORMAT binary)",
    [ROWS_ELDERLY_CERTIFICATE] =
        "COPY registry.elderly_certificate (coverage_id, issued_on, ratio_percent, valid, recorded_at)"
        " FROM STDIN (FORMAT binary)",
    [ROWS_CEILING] =
        "COPY registry.ceiling (coverage_id, classification, class, code_version, issued_on, valid,"
        " recorded_at) FROM STDIN (FORMAT binary)",
    [ROWS_SPECIFIC_DISEASE] =
        "COPY registry.specific_disease (coverage_id, category, issued_on, self_pay, valid,"
        " recorded_at) FROM STDIN (FORMAT binary)",
    [ROWS_PUBLIC_BENEFIT] =
        "COPY registry.public_benefit (person_id, payer_number, recipient_number, programme, self_pay,"
        " valid, recorded_at) FROM STDIN (FORMAT binary)",
    [ROWS_NOTICE] =
        "COPY registry.notice (notice_id, insurer_number, change_kind, event_on, received_on, due_on,"
        " card_key, symbol, number, branch, birth_date, state, recorded_at)"
        " FROM STDIN (FORMAT binary)",
    [ROWS_INSURER] =
        "COPY registry.insurer (insurer_number, name, kind, contact_phone, contact_text,"
        " successor_number, valid_from, valid_to, last_heard_at, usual_lag_days)"
        " FROM STDIN (FORMAT binary)",
    [ROWS_FACILITY] =
        "COPY registry.facility (facility_id, facility_code, kind, prefecture, name, status,"
        " rights_profile, valid_from, predecessor_code) FROM STDIN (FORMAT binary)",
};
_Static_assert(ARRAY_LEN(statements) == ROWS_COUNT, "every table has its statement");
/* clang-format on */

const char *
rows_statement(enum rows_table table)
{
    assert(table < ROWS_COUNT);
    return statements[table];
}

static day_t
sooner(day_t day, day_t today)
{
    return day < today ? day : today;
}

static void
add_person(struct copy copies[ROWS_OF_FAMILY], const struct person *person)
{
    copy_row(&copies[ROWS_PERSON], 2);
    copy_int8(&copies[ROWS_PERSON], person->person_id);
    copy_instant(&copies[ROWS_PERSON], person->known_from, 0);
    if (person->flag_kind != 0) {
        copy_row(&copies[ROWS_PERSON_FLAG], 4);
        copy_int8(&copies[ROWS_PERSON_FLAG], person->person_id);
        copy_int2(&copies[ROWS_PERSON_FLAG], person->flag_kind);
        copy_days(&copies[ROWS_PERSON_FLAG], person->known_from, DAY_FOREVER);
        copy_instant(&copies[ROWS_PERSON_FLAG], person->known_from, 0);
    }
    if (person->hold_scope != 0) {
        copy_row(&copies[ROWS_PERSON_HOLD], 4);
        copy_int8(&copies[ROWS_PERSON_HOLD], person->person_id);
        copy_int2(&copies[ROWS_PERSON_HOLD], person->hold_scope);
        copy_text(&copies[ROWS_PERSON_HOLD], span_of("identity doubt"));
        copy_instant(&copies[ROWS_PERSON_HOLD], person->known_from, 0);
    }
}

struct version {
    const char *address;
    day_t       valid_from;
    day_t       valid_until;
    day_t       recorded_on;
    day_t       superseded_on;
};

static void
add_version(struct copy *copy, const struct person *person, const struct version *version)
{
    copy_row(copy, 12);
    copy_int8(copy, person->person_id);
    copy_text(copy, span_of(person->name.name));
    copy_text(copy, span_of(person->name.kana));
    copy_text_or_null(copy, person->name.other);
    copy_text_or_null(copy, person->name.other_kana);
    copy_int2(copy, (int16_t)person->sex);
    copy_day(copy, person->birth_date);
    copy_text(copy, span_of(version->address));
    copy_text(copy, span_of(person->post_number));
    copy_days(copy, version->valid_from, version->valid_until);
    copy_instant(copy, version->recorded_on, 0);
    copy_instant(copy, version->superseded_on, 0);
}

static void
add_versions(struct copy *copy, const struct person *person)
{
    struct version now = { person->address, DAY_UNKNOWN, DAY_FOREVER, person->known_from,
                           DAY_FOREVER };

    if (person->moved_on != DAY_UNKNOWN && person->moved_on > person->known_from) {
        struct version past = { person->old_address, DAY_UNKNOWN, person->moved_on,
                                person->known_from, person->moved_on };
        add_version(copy, person, &past);
        now.valid_from = person->moved_on;
        now.recorded_on = person->moved_on;
    }
    add_version(copy, person, &now);
}

static void
add_coverage(struct copy *copy, const struct person *person, const struct coverage *coverage,
             const struct card *card, const struct insurer *insurer)
{
    copy_row(copy, 22);
    copy_int8(copy, coverage->coverage_id);
    copy_int8(copy, person->person_id);
    copy_text(copy, insurer_number_span(&insurer->number));
    copy_text(copy, span_of(coverage->card_class));
    copy_text_or_null(copy, card->symbol);
    copy_text(copy, span_of(card->number));
    copy_text_or_null(copy, coverage->branch);
    copy_text(copy, card->key.symbol_key);
    copy_text(copy, card->key.number_key);
    copy_text(copy, card->key.symbol_loose);
    copy_text(copy, card->key.number_loose);
    if (coverage->relation == RELATION_NONE)
        copy_null(copy);
    else
        copy_int2(copy, coverage->relation);
    copy_text_or_null(copy, coverage->insured_name);
    copy_days(copy, coverage->from_on, coverage->until_on);
    copy_text_or_null(copy, coverage->loss_reason);
    copy_day(copy, coverage->issued_on);
    copy_day(copy, coverage->from_on);
    copy_day(copy, coverage->card_expires_on);
    copy_int2(copy, coverage->state);
    copy_int2(copy, coverage->scheme);
    copy_day(copy, coverage->preschool_until);
    copy_instant(copy, coverage->recorded_on, 0);
}

static void
add_ceiling(struct copy *copy, const struct coverage *coverage, day_t recorded_on)
{
    bool is_elderly = coverage->ceiling_class[0] == 'B';
    const char *class = coverage->ceiling_class;
    bool is_low = strcmp(class, "A05") == 0 || strcmp(class, "A06") == 0
                  || (strcmp(class, "B05") >= 0 && strcmp(class, "B09") < 0);

    copy_row(copy, 7);
    copy_int8(copy, coverage->coverage_id);
    copy_text(copy, span_of(is_low ? "02" : "01"));
    copy_text(copy, span_of(class));
    copy_text(copy, span_of(is_elderly ? "2018-08" : "2015-01"));
    copy_day(copy, coverage->ceiling.from_on);
    copy_days(copy, coverage->ceiling.from_on, coverage->ceiling.until_on);
    copy_instant(copy, recorded_on, 0);
}

static void
add_terms(struct copy copies[ROWS_OF_FAMILY], const struct coverage *coverage, day_t today)
{
    struct copy *ratios = &copies[ROWS_BURDEN_RATIO];
    bool         is_stated = coverage->relation == RELATION_NONE;

    for (size_t i = 0; i < coverage->ratio_count; i++) {
        copy_row(ratios, 5);
        copy_int8(ratios, coverage->coverage_id);
        copy_int2(ratios, is_stated ? KIND_STATED : KIND_DERIVED);
        copy_int2(ratios, coverage->ratios[i].percent);
        copy_days(ratios, coverage->ratios[i].from_on, coverage->ratios[i].until_on);
        copy_instant(ratios, coverage->recorded_on, 0);
    }
    if (coverage->elderly.percent > 0) {
        struct copy *elderly = &copies[ROWS_ELDERLY_CERTIFICATE];
        copy_row(elderly, 5);
        copy_int8(elderly, coverage->coverage_id);
        copy_day(elderly, sooner(coverage->elderly.from_on, today));
        copy_int2(elderly, coverage->elderly.percent);
        copy_days(elderly, coverage->elderly.from_on, coverage->elderly.until_on);
        copy_instant(elderly, sooner(coverage->elderly.from_on, today), 0);
    }
    if (coverage->ceiling_class[0] != '\0')
        add_ceiling(&copies[ROWS_CEILING], coverage, sooner(coverage->ceiling.from_on, today));
    if (coverage->disease_self_pay > 0) {
        struct copy *disease = &copies[ROWS_SPECIFIC_DISEASE];
        copy_row(disease, 6);
        copy_int8(disease, coverage->coverage_id);
        copy_int2(disease, 1);
        copy_day(disease, coverage->disease_from_on);
        copy_int4(disease, coverage->disease_self_pay);
        copy_days(disease, coverage->disease_from_on, coverage->until_on);
        copy_instant(disease, sooner(coverage->disease_from_on, today), 0);
    }
}

static void
add_benefit(struct copy *copy, const struct person *person, const struct benefit *benefit)
{
    copy_row(copy, 7);
    copy_int8(copy, person->person_id);
    copy_text(copy, span_of(benefit->payer.digits));
    copy_text(copy, span_of(benefit->recipient.digits));
    copy_text(copy, span_of(benefit->programme));
    copy_int4(copy, benefit->self_pay);
    copy_days(copy, benefit->from_on, benefit->until_on);
    copy_instant(copy, benefit->from_on, 0);
}

static void
add_notice(struct copy *copy, const struct family *family, const struct plan *plan)
{
    const struct announced *notice = &family->notice;
    const struct card      *card = &family->cards[CARD_UNREGISTERED];

    copy_row(copy, 13);
    copy_int8(copy, (int64_t)family->number + 1);
    copy_text(copy, insurer_number_span(&card_insurer(plan, card)->number));
    copy_int2(copy, ACQUISITION);
    copy_day(copy, notice->event_on);
    copy_day(copy, notice->received_on);
    copy_day(copy, notice->due_on);
    copy_text(copy, card->key.text);
    copy_text_or_null(copy, card->symbol);
    copy_text(copy, span_of(card->number));
    copy_text_or_null(copy, notice->branch);
    copy_day(copy, notice->birth_date);
    copy_int2(copy, notice->is_overdue ? NOTICE_OVERDUE : NOTICE_OPEN);
    copy_instant(copy, notice->received_on, 0);
}

void
rows_add_family(struct copy copies[ROWS_OF_FAMILY], const struct family *family,
                const struct plan *plan)
{
    for (size_t i = 0; i < family->count; i++) {
        const struct person *person = &family->people[i];
        add_person(copies, person);
        add_versions(&copies[ROWS_PERSON_VERSION], person);
        for (size_t c = 0; c < person->coverage_count; c++) {
            const struct coverage *coverage = &person->coverages[c];
            const struct card     *card = &family->cards[coverage->card];
            add_coverage(&copies[ROWS_COVERAGE], person, coverage, card, card_insurer(plan, card));
            add_terms(copies, coverage, plan->today);
        }
        for (size_t b = 0; b < person->benefit_count; b++)
            add_benefit(&copies[ROWS_PUBLIC_BENEFIT], person, &person->benefits[b]);
    }
    if (family->notice.is_set)
        add_notice(&copies[ROWS_NOTICE], family, plan);
}

void
rows_add_insurers(struct copy *copy, const struct world *world)
{
    for (uint32_t i = 0; i < world->insurer_count; i++) {
        const struct insurer *insurer = &world->insurers[i];
        copy_row(copy, 10);
        copy_text(copy, insurer_number_span(&insurer->number));
        copy_text(copy, span_of(insurer->name));
        copy_int2(copy, (int16_t)insurer->kind);
        copy_text(copy, span_of(insurer->phone));
        copy_text(copy, span_of("資格担当 平日8:30〜17:15"));
        if (insurer->successor == i)
            copy_null(copy);
        else
            copy_text(copy, insurer_number_span(&world->insurers[insurer->successor].number));
        copy_day(copy, insurer->valid_from);
        copy_day(copy, insurer->valid_to == DAY_FOREVER ? DAY_UNKNOWN : insurer->valid_to);
        copy_instant(copy, insurer->heard_on, insurer->heard_after_s);
        copy_int2(copy, insurer->usual_lag_days);
    }
}

void
rows_add_facilities(struct copy *copy, const struct world *world)
{
    for (size_t i = 0; i < world->facility_count; i++) {
        const struct facility *facility = &world->facilities[i];
        copy_row(copy, 9);
        copy_int4(copy, facility->facility_id);
        copy_text(copy, facility_code_span(&facility->code));
        copy_int2(copy, (int16_t)facility->kind);
        copy_int2(copy, (int16_t)facility->prefecture);
        copy_text(copy, span_of(facility->name));
        copy_int2(copy, facility->status);
        copy_int2(copy, facility->rights_profile);
        copy_day(copy, facility->valid_from);
        copy_text_or_null(copy, facility->predecessor.digits);
    }
}
