#include "endpoint/clinical.h"

#include "endpoint/clinical_part.h"

#include "query/stmt.h"

/* Items without a way show in the coverage. */
static const struct {
    enum access_item item;
    void (*ask)(struct request *r, int64_t items);
    enum fault (*read)(struct request *r, enum clinical_item item, const struct rows *rows,
                       int first, int count);
    bool (*are_held)(const struct visit_answer *answer, enum clinical_item item);
    void (*write)(const struct visit_answer *answer, enum clinical_item item, struct text *text);
    size_t (*bytes_max)(const struct visit_answer *answer, enum clinical_item item);
} ways[CLINICAL_COUNT] = {
#define CLAIMS claims_ask, claims_read, claims_are_held, claims_write, claims_bytes_max
    [CLINICAL_CHECKUP] = { ITEM_CHECKUPS, checkups_ask, checkups_read, checkups_are_held,
                           checkups_write, checkups_bytes_max },
    [CLINICAL_DRUGS] = { ITEM_DRUGS, CLAIMS },
    [CLINICAL_TREATMENTS] = { ITEM_TREATMENTS, CLAIMS },
    [CLINICAL_OPERATIONS] = { ITEM_OPERATIONS, CLAIMS },
#undef CLAIMS
};

bool
clinical_reads(int stmt)
{
    return stmt == STMT_CLAIM_READ || stmt == STMT_HISTORY_READ || stmt == STMT_PERSON_HISTORY
           || stmt == STMT_CHECKUP_READ || stmt == STMT_PERSON_CHECKUPS;
}

void
clinical_ask_whose(struct request *r)
{
    const struct visit_question *question = r->question;

    ask_number(&r->ask, question->is_own ? r->actor.certificate_id : r->actor.facility_id);
    ask_bytes(&r->ask, span_make((const char *)question->visit_id, UUID_BYTES));
}

/* Those that wait to be read by the same way as this one. */
static int64_t
waiting_like(const struct visit_answer *answer, enum clinical_item like)
{
    int64_t items = 0;

    for (enum clinical_item item = 0; item < CLINICAL_COUNT; item++)
        if (ways[item].ask == ways[like].ask && answer->verdicts[item] == ITEM_GIVEN
            && !answer->is_read[item])
            items |= 1 << item;
    return items;
}

bool
clinical_ask(struct request *r)
{
    struct visit_answer *answer = r->answer;

    for (enum clinical_item item = 0; item < CLINICAL_COUNT; item++) {
        int64_t items = ways[item].ask == NULL ? 0 : waiting_like(answer, item);
        if (items == 0)
            continue;
        answer->reading = items;
        ways[item].ask(r, items);
        r->asks_again = true;
        return true;
    }
    return false;
}

static enum fault
read_items(struct request *r, int64_t items, const struct rows *rows, int first, int count)
{
    struct visit_answer *answer = r->answer;

    for (enum clinical_item item = 0; item < CLINICAL_COUNT; item++) {
        if ((items >> item & 1) == 0)
            continue;
        enum fault fault = ways[item].read(r, item, rows, first, count);
        if (fault != FAULT_NONE)
            return fault;
        answer->is_read[item] = true;
        if (ways[item].are_held(answer, item))
            r->record.items |= ways[item].item;
        else
            answer->verdicts[item] = ITEM_NO_DATA_HELD;
    }
    return FAULT_NONE;
}

enum fault
clinical_read(struct request *r, const struct rows *rows, int first, int count)
{
    const struct visit_answer *answer = r->answer;

    return read_items(r, answer->reading, rows, first, count);
}

void
clinical_ask_along(struct request *r, int64_t items)
{
    struct visit_question *question = r->question;

    question->along = 0;
    for (enum clinical_item item = 0; item < CLINICAL_COUNT; item++)
        if (ways[item].ask == claims_ask)
            question->along |= items & 1 << item;
    claims_ask_along(r, question->along);
}

enum fault
clinical_read_along(struct request *r, const struct rows *rows, int first, int count)
{
    const struct visit_question *question = r->question;
    int64_t                      items = question->along & waiting_like(r->answer, CLINICAL_DRUGS);

    return read_items(r, items, rows, first, count);
}

void
clinical_write(const struct visit_answer *answer, struct text *text)
{
    bool has_one = false;

    for (enum clinical_item item = 0; item < CLINICAL_COUNT; item++) {
        if (answer->verdicts[item] == ITEM_UNASKED)
            continue;
        text_add_format(text, "%s\"%s\":{\"verdict\":\"%s\"", has_one ? "," : "",
                        visit_item_words[item], item_verdict_name(answer->verdicts[item]));
        has_one = true;
        if (answer->is_read[item] && ways[item].are_held(answer, item))
            ways[item].write(answer, item, text);
        text_add_byte(text, '}');
    }
}

size_t
clinical_bytes_max(const struct visit_answer *answer)
{
    size_t bytes = (size_t)CLINICAL_COUNT * CLINICAL_PART_BYTES;

    for (enum clinical_item item = 0; item < CLINICAL_COUNT; item++)
        if (answer->is_read[item])
            bytes += ways[item].bytes_max(answer, item);
    return bytes;
}
