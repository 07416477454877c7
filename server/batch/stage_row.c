#include "batch/stage_row.h"

#include "batch/links.h"
#include "crypto/digest.h"
#include "model/card_key.h"
#include "model/credential.h"
#include "model/normal.h"
#include "model/ratio.h"
#include "rule/rules.h"
#include "rule/said.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    STAGE_COLUMNS = 74,
    PHASE_ENDS = 10,
    PHASE_ACQUISITIONS = 20,
    PHASE_CHANGES = 40,
    PHASE_TERMS = 50
};

/* What is derived from the row's texts. */
struct derived {
    unsigned char   index[NUMBER_INDEX_BYTES];      /* of rows with a number */
    unsigned char   index_next[NUMBER_INDEX_BYTES]; /* while a rotation is under way */
    struct card_key card;
    struct span     name_key;
    struct span     name_kana_key;
    struct span     credential;
    unsigned char   claimed[NAME_DIGEST_BYTES];
    unsigned char   digest[DIGEST_SHORT_BYTES];
    struct links    links;
};

void
name_digest(day_t birth_date, struct span name_kana, struct arena *arena, unsigned char *ret_digest)
{
    struct digest digest;
    struct span   key = { 0 };
    struct blame  blame;

    if (normal_kana(name_kana, KANA_LOOSE, arena, &key, &blame) != FAULT_NONE)
        key = name_kana;
    digest_start(&digest);
    digest_add(&digest, &birth_date, sizeof birth_date);
    digest_add(&digest, key.bytes, key.length);
    digest_end_short(&digest, ret_digest);
}

/* Rows of one digest say the same, but for the personal number. Rows that meet take their turn by
 * it, so no key goes into it: a file that is read again under another key keeps their order. */
static void
digest_row(const struct enrolment_row *row, unsigned char *ret_digest)
{
    char          place[SAID_BYTES_MAX];
    struct text   said = text_in(place, sizeof place);
    struct digest digest;

    said_add(&said, row);
    assert(!said.is_full);
    digest_start(&digest);
    digest_add(&digest, said.bytes, said.length);
    digest_end_short(&digest, ret_digest);
    explicit_bzero(place, sizeof place);
}

/* The keys were there when the check began. */
static void
index_number(const struct tools *tools, const struct personal_number *number,
             struct derived *derived)
{
    const struct index_keys *keys = &tools->index_keys;

    if (!vault_index_under(tools->vault, keys->key, number, derived->index)
        || (keys->next != 0
            && !vault_index_under(tools->vault, keys->next, number, derived->index_next)))
        abort();
}

static void
derive(const struct job *job, const struct tools *tools, const struct judged *judged,
       struct arena *arena, struct derived *derived)
{
    const struct enrolment_row *row = judged->row;
    struct blame                blame = { 0 };

    *derived = (struct derived){ 0 };
    enum fault fault = card_key_make(&job->insurer, row->symbol, row->number, row->branch_number,
                                     arena, &derived->card, &blame);
    if (fault != FAULT_NONE && judged->findings->worst < SEVERITY_REFUSE)
        findings_add(judged->findings, RULE_CARD_NUMBER, COLUMN_NUMBER);
    if (row_reads(row, COLUMN_NAME)
        && normal_name(row->name, arena, &derived->name_key, &blame) != FAULT_NONE)
        findings_add(judged->findings, RULE_CHARACTERS, COLUMN_NAME);
    if (row_reads(row, COLUMN_NAME_KANA)) {
        if (normal_kana(row->name_kana, KANA_NORMALISED, arena, &derived->name_kana_key, &blame)
            != FAULT_NONE)
            findings_add(judged->findings, RULE_CHARACTERS, COLUMN_NAME_KANA);
        name_digest(row->birth_date, row->name_kana, arena, derived->claimed);
    }
    if (judged->number_id != 0)
        index_number(tools, &row->personal_number, derived);
    digest_row(row, derived->digest);
    derived->credential = credential_serial_form(row->credential_serial, arena);
    links_make(row, &derived->card, derived->name_kana_key, derived->credential,
               judged->number_id != 0 ? derived->index : NULL, judged->seen, &derived->links);
}

static int16_t
phase_of(int16_t operation)
{
    switch (operation) {
    case OPERATION_ACQUIRE:
        return PHASE_ACQUISITIONS;
    case OPERATION_CHANGE:
        return PHASE_CHANGES;
    case OPERATION_LOSE:
    case OPERATION_CANCEL:
        return PHASE_ENDS;
    default:
        return PHASE_TERMS;
    }
}

static void
write_findings(struct copy *copy, const struct findings *findings)
{
    char        places[FINDINGS_MAX][FINDING_TEXT_SIZE];
    struct span texts[FINDINGS_MAX];

    for (uint16_t i = 0; i < findings->count; i++) {
        struct text text = text_in(places[i], FINDING_TEXT_SIZE);
        finding_write(&text, &findings->items[i]);
        assert(!text.is_full);
        texts[i] = text_span(&text);
    }
    copy_texts(copy, texts, findings->count);
}

static void
write_number(struct copy *copy, const struct tools *tools, const struct judged *judged,
             const struct derived *derived)
{
    const struct enrolment_row *row = judged->row;
    unsigned char               sealed[SEALED_BYTES];

    if (judged->number_id == 0) {
        for (int i = 0; i < 5; i++)
            copy_null(copy);
    } else {
        vault_seal(tools->vault, judged->number_id, &row->personal_number, sealed);
        copy_int8(copy, judged->number_id);
        copy_text(copy, span_make((const char *)derived->index, sizeof derived->index));
        if (tools->index_keys.next == 0)
            copy_null(copy);
        else
            copy_text(copy, span_make((const char *)derived->index_next, NUMBER_INDEX_BYTES));
        copy_text(copy, span_make((const char *)sealed, sizeof sealed));
        copy_int2(copy, (int16_t)vault_newest(tools->vault));
    }
    copy_code(copy, row->personal_number_source);
    copy_code(copy, row->personal_number_absence);
}

static void
write_card(struct copy *copy, const struct enrolment_row *row, const struct derived *derived)
{
    copy_span_or_null(copy, row->row_key);
    copy_span_or_null(copy, row->symbol);
    copy_span_or_null(copy, row->number);
    copy_span_or_null(copy, card_key_branch(&derived->card));
    copy_text(copy, derived->card.symbol_key);
    copy_text(copy, derived->card.number_key);
    copy_text(copy, derived->card.symbol_loose);
    copy_text(copy, derived->card.number_loose);
}

static void
write_person(struct copy *copy, const struct enrolment_row *row, const struct derived *derived)
{
    copy_span_or_null(copy, row->name);
    copy_span_or_null(copy, row->name_kana);
    copy_span_or_null(copy, derived->name_kana_key);
    copy_span_or_null(copy, derived->name_key);
    copy_span_or_null(copy, row->name_other);
    copy_span_or_null(copy, row->name_other_kana);
    copy_code(copy, row->sex1);
    copy_code(copy, row->sex2);
    copy_day(copy, row->birth_date);
    copy_span_or_null(copy, row->address);
    copy_span_or_null(copy, row->post_number);
    copy_code(copy, row->relation);
    copy_span_or_null(copy, row->insured_name);
    copy_text_or_null(copy, row->card_class.text);
}

static void
write_days(struct copy *copy, const struct enrolment_row *row, const struct row_clock *clock)
{
    copy_day(copy, row->event_on);
    copy_day(copy, row->notice_received_on);
    copy_day(copy, clock->due_on);
    copy_day(copy, clock->plain_due_on);
    copy_code(copy, row->delay_reason);
    copy_day(copy, row->acquired_on);
    copy_day(copy, row->lost_on);
    copy_text_or_null(copy, row->loss_reason.text);
    copy_day(copy, row->effective_on);
    copy_day(copy, row->card_issued_on);
    copy_day(copy, row->card_valid_from);
    copy_day(copy, row->card_expires_on);
}

static void
write_terms(struct copy *copy, const struct enrolment_row *row, struct span credential)
{
    if (row->burden_ratio == ROW_NONE)
        copy_null(copy);
    else
        copy_int2(copy, (int16_t)row->burden_ratio);
    copy_text_or_null(copy, row->ceiling_classification.text);
    copy_text_or_null(copy, row->ceiling_class.text);
    copy_day(copy, row->long_term_from);
    copy_code(copy, row->disease_category);
    if (row->self_pay == ROW_NONE)
        copy_null(copy);
    else
        copy_int4(copy, row->self_pay);
    copy_span_or_null(copy, row->payer_number);
    copy_span_or_null(copy, row->recipient_number);
    copy_span_or_null(copy, row->certificate_number);
    copy_code(copy, row->certificate_reason);
    copy_span_or_null(copy, credential);
    copy_day(copy, row->issued_on);
    copy_day(copy, row->valid_from);
    copy_day(copy, row->valid_until);
    copy_day(copy, row->examined_on);
    copy_span_or_null(copy, row->checkup_items);
}

static void
write_links(struct copy *copy, const struct links *links)
{
    for (int way = 0; way < LINK_WAYS; way++) {
        if (links->has[way])
            copy_int8(copy, links->at[way]);
        else
            copy_null(copy);
    }
    copy_bool(copy, links->meets);
}

void
stage_row_write(struct copy *copy, const struct job *job, const struct tools *tools,
                const struct judged *judged, struct arena *arena)
{
    const struct enrolment_row *row = judged->row;
    struct derived              derived;

    derive(job, tools, judged, arena, &derived);
    copy_row(copy, STAGE_COLUMNS);
    copy_int8(copy, job->batch_id);
    copy_int4(copy, (int32_t)row->row_no);
    copy_int2(copy, row->operation);
    copy_int2(copy, judged->findings->worst);
    write_findings(copy, judged->findings);
    write_number(copy, tools, judged, &derived);
    write_card(copy, row, &derived);
    write_person(copy, row, &derived);
    write_days(copy, row, judged->clock);
    write_terms(copy, row, derived.credential);
    day_t school = row->birth_date == DAY_UNKNOWN ? DAY_UNKNOWN : preschool_until(row->birth_date);
    copy_day(copy, school != DAY_UNKNOWN && school >= row->acquired_on ? school : DAY_UNKNOWN);
    copy_text(copy, span_make((const char *)derived.digest, sizeof derived.digest));
    copy_int2(copy, phase_of(row->operation));
    write_links(copy, &derived.links);
    if (row_reads(row, COLUMN_NAME_KANA))
        copy_text(copy, span_make((const char *)derived.claimed, sizeof derived.claimed));
    else
        copy_null(copy);
}

void
stage_row_end(struct copy *copy, const struct register_verdict *verdict)
{
    if (verdict->has_digest)
        copy_text(copy, span_make((const char *)verdict->digest, sizeof verdict->digest));
    else
        copy_null(copy);
    copy_int2(copy, verdict->action);
    copy_span_or_null(copy, verdict->fields);
}
