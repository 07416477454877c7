/*
 * coverage_view: what a facility sees of one coverage, and the names under which it sees it.
 *
 * Shape   a flat struct of values that may be shown, and the table that ties each to its JSON
 *         name and to the field's element. What may not be shown is never copied into it.
 * Owner   borrows from the dossier; lists live in the arena.
 * Source  element names: interface facts, 4.4. Who may see which item by which way: domain
 *         facts, 5.4.
 */
#ifndef ENDPOINT_COVERAGE_VIEW_H
#define ENDPOINT_COVERAGE_VIEW_H

#include "base/arena.h"
#include "model/judge.h"
#include "request/record.h"
#include "wire/out.h"

extern const struct out_row coverage_view_rows[];

struct certificate_view {
    struct span classification;
    struct span class;
    day_t   issued_on;
    day_t   valid_from;
    day_t   valid_until;
    day_t   long_term_on;
    int16_t ratio_percent;
};

struct benefit_view {
    struct span payer_number;
    struct span recipient_number;
    struct span programme;
    day_t       valid_from;
    day_t       valid_until;
    int32_t     self_pay;
};

struct disease_view {
    int16_t category;
    day_t   issued_on;
    day_t   valid_from;
    day_t   valid_until;
    int32_t self_pay;
};

struct coverage_view {
    struct span insurer_number;
    struct span insurer_name;
    struct span card_class;
    struct span symbol;
    struct span number;
    struct span branch;
    int16_t     relation;
    struct span insured_name;
    struct span name;
    struct span name_kana;
    struct span name_other;
    struct span name_other_kana;
    int16_t     sex1;
    int16_t     sex2;
    day_t       birth_date;
    struct span address;
    struct span post_number;
    day_t       acquired_on;
    day_t       lost_on;
    struct span loss_reason;
    day_t       issued_on;
    day_t       card_valid_from;
    day_t       card_expires_on;
    int16_t     ratio_percent;
    int16_t     preschool;

    const struct certificate_view *elderly;
    const struct certificate_view *ceiling;
    struct out_list                diseases;
    struct out_list                benefits;
};

/* What the asking way and the consent open. */
struct view_terms {
    enum access_way way;
    bool            has_ceiling_consent;
    bool            has_disease_consent;
    day_t           day;
    struct span     insurer_name;
};

/* NULL when the arena is full. *ret_items gets the bits of what is in the view. */
const struct coverage_view *coverage_view_make(const struct dossier          *person,
                                               const struct dossier_coverage *coverage,
                                               const struct view_terms *terms, struct arena *arena,
                                               int32_t *ret_items);

#endif
