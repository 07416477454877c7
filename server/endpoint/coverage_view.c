#include "endpoint/coverage_view.h"

#include "base/attr.h"

#include <stddef.h>

#define PAPER(field)   offsetof(struct certificate_view, field)
#define DISEASE(field) offsetof(struct disease_view, field)
#define BENEFIT(field) offsetof(struct benefit_view, field)
#define VIEW(field)    offsetof(struct coverage_view, field)

/* clang-format off */
static const struct out_row elderly_rows[] = {
    { "issued_on",    "ElderlyRecipientCertificateDate",      OUT_DAY, PAPER(issued_on), NULL },
    { "valid_from",   "ElderlyRecipientValidStartDate",       OUT_DAY, PAPER(valid_from), NULL },
    { "valid_until",  "ElderlyRecipientValidEndDate",         OUT_DAY, PAPER(valid_until), NULL },
    { "burden_ratio", "ElderlyRecipientContributionRatio",    OUT_RATIO, PAPER(ratio_percent), NULL },
    { 0 },
};

static const struct out_row ceiling_rows[] = {
    { "classification", "LimitApplicationCertificateClassification",     OUT_TEXT, PAPER(classification), NULL },
    { "ceiling_class",  "LimitApplicationCertificateClassificationFlag", OUT_TEXT, PAPER(class), NULL },
    { "issued_on",      "LimitApplicationCertificateDate",               OUT_DAY, PAPER(issued_on), NULL },
    { "valid_from",     "LimitApplicationCertificateValidStartDate",     OUT_DAY, PAPER(valid_from), NULL },
    { "valid_until",    "LimitApplicationCertificateValidEndDate",       OUT_DAY, PAPER(valid_until), NULL },
    { "long_term_on",   "LimitApplicationCertificateLongTermDate",       OUT_DAY, PAPER(long_term_on), NULL },
    { 0 },
};

static const struct out_row disease_rows[] = {
    { "category",    "SpecificDiseasesDiseaseCategory",  OUT_CODE, DISEASE(category), NULL },
    { "issued_on",   "SpecificDiseasesCertificateDate",  OUT_DAY, DISEASE(issued_on), NULL },
    { "valid_from",  "SpecificDiseasesValidStartDate",   OUT_DAY, DISEASE(valid_from), NULL },
    { "valid_until", "SpecificDiseasesValidEndDate",     OUT_DAY, DISEASE(valid_until), NULL },
    { "self_pay",    "SpecificDiseasesSelfPay",          OUT_WHOLE, DISEASE(self_pay), NULL },
    { 0 },
};

static const struct out_row benefit_rows[] = {
    { "payer_number",     "InsurerNumber",               OUT_TEXT, BENEFIT(payer_number), NULL },
    { "recipient_number", "InsuredIdentificationNumber", OUT_TEXT, BENEFIT(recipient_number), NULL },
    { "programme",        NULL,                          OUT_TEXT, BENEFIT(programme), NULL },
    { "valid_from",       "MedicalTicketValidDate",      OUT_DAY, BENEFIT(valid_from), NULL },
    { "valid_until",      "MedicalTicketExpirationDate", OUT_DAY, BENEFIT(valid_until), NULL },
    { "self_pay",         "SelfPayAmount",               OUT_WHOLE, BENEFIT(self_pay), NULL },
    { 0 },
};

const struct out_row coverage_view_rows[] = {
    { "insurer_number",      "InsurerNumber",                   OUT_TEXT, VIEW(insurer_number), NULL },
    { "insurer_name",        "InsurerName",                     OUT_TEXT, VIEW(insurer_name), NULL },
    { "card_class",          "InsuredCardClassification",       OUT_TEXT, VIEW(card_class), NULL },
    { "symbol",              "InsuredCardSymbol",               OUT_TEXT, VIEW(symbol), NULL },
    { "number",              "InsuredIdentificationNumber",     OUT_TEXT, VIEW(number), NULL },
    { "branch_number",       "InsuredBranchNumber",             OUT_TEXT, VIEW(branch), NULL },
    { "relation",            "PersonalFamilyClassification",    OUT_CODE, VIEW(relation), NULL },
    { "insured_name",        "InsuredName",                     OUT_TEXT, VIEW(insured_name), NULL },
    { "name",                "Name",                            OUT_TEXT, VIEW(name), NULL },
    { "name_kana",           "NameKana",                        OUT_TEXT, VIEW(name_kana), NULL },
    { "name_other",          "NameOfOther",                     OUT_TEXT, VIEW(name_other), NULL },
    { "name_other_kana",     "NameOfOtherKana",                 OUT_TEXT, VIEW(name_other_kana), NULL },
    { "sex1",                "Sex1",                            OUT_CODE, VIEW(sex1), NULL },
    { "sex2",                "Sex2",                            OUT_CODE, VIEW(sex2), NULL },
    { "birth_date",          "Birthdate",                       OUT_DAY, VIEW(birth_date), NULL },
    { "address",             "Address",                         OUT_TEXT, VIEW(address), NULL },
    { "post_number",         "PostNumber",                      OUT_TEXT, VIEW(post_number), NULL },
    { "acquired_on",         "QualificationDate",               OUT_DAY, VIEW(acquired_on), NULL },
    { "lost_on",             "DisqualificationDate",            OUT_DAY, VIEW(lost_on), NULL },
    { "loss_reason",         "ReasonOfLoss",                    OUT_TEXT, VIEW(loss_reason), NULL },
    { "card_issued_on",      "InsuredCertificateIssuanceDate",  OUT_DAY, VIEW(issued_on), NULL },
    { "card_valid_from",     "InsuredCardValidDate",            OUT_DAY, VIEW(card_valid_from), NULL },
    { "card_expires_on",     "InsuredCardExpirationDate",       OUT_DAY, VIEW(card_expires_on), NULL },
    { "burden_ratio",        "InsuredPartialContributionRatio", OUT_RATIO, VIEW(ratio_percent), NULL },
    { "preschool",           "PreschoolClassification",         OUT_CODE, VIEW(preschool), NULL },
    { "elderly_certificate", "ElderlyRecipientCertificateInfo", OUT_OBJECT, VIEW(elderly), elderly_rows },
    { "ceiling_certificate", "LimitApplicationCertificateRelatedInfo", OUT_OBJECT, VIEW(ceiling), ceiling_rows },
    { "specific_diseases",   "SpecificDiseasesCertificateList", OUT_LIST, VIEW(diseases), disease_rows },
    { "public_benefits",     "PublicExpenseResultList",         OUT_LIST, VIEW(benefits), benefit_rows },
    { 0 },
};

/* The answer carries four reasons (OQSCD008); what insurers send is finer. */
static const struct { const char *sent; const char *told; } loss_reasons[] = {
    { "01", "01" }, { "02", "02" }, { "03", "03" }, { "99", "99" },
    { "L01", "01" }, { "L02", "02" }, { "L03", "03" }, { "L05", "03" }, { "L06", "03" },
};
/* clang-format on */

static struct span
told_loss_reason(struct span sent)
{
    if (span_is_empty(sent))
        return sent;
    for (size_t i = 0; i < ARRAY_LEN(loss_reasons); i++)
        if (span_is(sent, loss_reasons[i].sent))
            return span_of(loss_reasons[i].told);
    return span_of("99");
}

/* The wire's last day is included; a period's end is not. */
static day_t
last_day(day_t until_on)
{
    return until_on == DAY_FOREVER || until_on == DAY_UNKNOWN ? until_on : until_on - 1;
}

static void
copy_person(struct coverage_view *view, const struct dossier *person, int32_t *items)
{
    view->name = person->name;
    view->name_kana = person->name_kana;
    view->name_other = person->name_other;
    view->name_other_kana = person->name_other_kana;
    view->sex1 = person->sex1;
    view->sex2 = person->sex2;
    view->birth_date = person->birth_date;
    *items |= ITEM_PERSON;
    if ((person->flags & (DOSSIER_CONCEALS_ADDRESS | DOSSIER_REFUSES_SELF_INFORMATION)) != 0)
        return; /* a protected person's address leaves the registry by no way at all */
    view->address = person->address;
    view->post_number = person->post_number;
    if (!span_is_empty(person->address))
        *items |= ITEM_ADDRESS;
}

static void
copy_coverage(struct coverage_view *view, const struct dossier_coverage *coverage,
              const struct view_terms *terms, int32_t *items)
{
    const struct dossier_ratio *ratio = ratio_on(coverage, terms->day);

    view->insurer_number = coverage->insurer_number;
    view->insurer_name = terms->insurer_name;
    view->card_class = coverage->card_class;
    view->symbol = coverage->symbol;
    view->number = coverage->number;
    view->branch = coverage->branch;
    view->relation = coverage->relation;
    view->insured_name = coverage->insured_name;
    view->acquired_on = coverage->acquired_on;
    view->lost_on = coverage->lost_on;
    view->loss_reason = told_loss_reason(coverage->loss_reason);
    view->issued_on = coverage->issued_on;
    view->card_valid_from = coverage->card_valid_from;
    view->card_expires_on = coverage->card_expires_on;
    view->preschool =
        coverage->preschool_until != DAY_UNKNOWN && terms->day <= coverage->preschool_until;
    view->ratio_percent = ratio == NULL ? -1 : ratio->ratio_percent;
    *items |= ITEM_COVERAGE;
    if (ratio != NULL)
        *items |= ITEM_BURDEN_RATIO;
}

static bool
add_elderly(struct coverage_view *view, const struct dossier_coverage *coverage,
            const struct view_terms *terms, struct arena *arena, int32_t *items)
{
    const struct dossier_elderly *held = elderly_on(coverage, terms->day);
    if (held == NULL)
        return true;
    struct certificate_view *elderly = arena_take(arena, sizeof *elderly);
    if (elderly == NULL)
        return false;
    elderly->issued_on = held->issued_on;
    elderly->valid_from = held->from_on;
    elderly->valid_until = last_day(held->until_on);
    elderly->ratio_percent = held->ratio_percent;
    view->elderly = elderly;
    *items |= ITEM_ELDERLY;
    return true;
}

static bool
add_ceiling(struct coverage_view *view, const struct dossier_coverage *coverage,
            const struct view_terms *terms, struct arena *arena, int32_t *items)
{
    const struct dossier_ceiling *held = ceiling_on(coverage, terms->day);
    if (!terms->has_ceiling_consent || held == NULL)
        return true;
    struct certificate_view *ceiling = arena_take(arena, sizeof *ceiling);
    if (ceiling == NULL)
        return false;
    ceiling->classification = held->classification;
    ceiling->class = held->class;
    ceiling->issued_on = held->issued_on;
    ceiling->valid_from = held->from_on;
    ceiling->valid_until = last_day(held->until_on);
    ceiling->long_term_on = held->long_term_on;
    view->ceiling = ceiling;
    *items |= ITEM_CEILING;
    return true;
}

static bool
add_diseases(struct coverage_view *view, const struct dossier_coverage *coverage,
             const struct view_terms *terms, struct arena *arena, int32_t *items)
{
    bool is_by_card = terms->way == WAY_CARD || terms->way == WAY_PERSON;

    if (!is_by_card || !terms->has_disease_consent || coverage->disease_count == 0)
        return true; /* by number, nobody sees a diagnosis */
    struct disease_view *diseases = arena_take(arena, coverage->disease_count * sizeof *diseases);
    size_t               count = 0;
    if (diseases == NULL)
        return false;
    for (size_t i = 0; i < coverage->disease_count; i++) {
        const struct dossier_disease *held = &coverage->diseases[i];
        if (period_holds(held->from_on, held->until_on, terms->day))
            diseases[count++] = (struct disease_view){ .category = held->category,
                                                       .issued_on = held->issued_on,
                                                       .valid_from = held->from_on,
                                                       .valid_until = last_day(held->until_on),
                                                       .self_pay = held->self_pay };
    }
    view->diseases = (struct out_list){
        .items = diseases, .count = count, .stride = sizeof *diseases, .has = count > 0
    };
    if (count > 0)
        *items |= ITEM_SPECIFIC_DISEASE;
    return true;
}

static bool
add_benefits(struct coverage_view *view, const struct dossier *person,
             const struct view_terms *terms, struct arena *arena, int32_t *items)
{
    if (person->benefit_count == 0)
        return true;
    struct benefit_view *benefits = arena_take(arena, person->benefit_count * sizeof *benefits);
    size_t               count = 0;
    if (benefits == NULL)
        return false;
    for (size_t i = 0; i < person->benefit_count; i++) {
        const struct dossier_benefit *held = &person->benefits[i];
        if (period_holds(held->from_on, held->until_on, terms->day))
            benefits[count++] = (struct benefit_view){ .payer_number = held->payer_number,
                                                       .recipient_number = held->recipient_number,
                                                       .programme = held->programme,
                                                       .valid_from = held->from_on,
                                                       .valid_until = last_day(held->until_on),
                                                       .self_pay = held->self_pay };
    }
    view->benefits = (struct out_list){
        .items = benefits, .count = count, .stride = sizeof *benefits, .has = count > 0
    };
    if (count > 0)
        *items |= ITEM_PUBLIC_BENEFIT;
    return true;
}

const struct coverage_view *
coverage_view_make(const struct dossier *person, const struct dossier_coverage *coverage,
                   const struct view_terms *terms, struct arena *arena, int32_t *ret_items)
{
    struct coverage_view *view = arena_take(arena, sizeof *view);
    int32_t               items = 0;

    if (view == NULL)
        return NULL;
    copy_person(view, person, &items);
    copy_coverage(view, coverage, terms, &items);
    if (!add_elderly(view, coverage, terms, arena, &items)
        || !add_ceiling(view, coverage, terms, arena, &items)
        || !add_diseases(view, coverage, terms, arena, &items))
        return NULL;
    bool is_in_force = period_holds(coverage->acquired_on, coverage->lost_on, terms->day);
    if (is_in_force && !add_benefits(view, person, terms, arena, &items))
        return NULL;
    *ret_items = items;
    return view;
}
