#include "batch/links.h"

#include "crypto/digest.h"
#include "rule/row.h"

#include <string.h>

static int64_t
number_of(const unsigned char *bytes)
{
    int64_t number;

    memcpy(&number, bytes, sizeof number);
    return number;
}

static void
add_text(struct digest *digest, struct span text)
{
    digest_add(digest, text.bytes, text.length);
    digest_add(digest, "\n", 1);
}

static void
start(struct digest *digest, uint8_t way)
{
    digest_start(digest);
    digest_add(digest, &way, sizeof way);
}

static void
end(struct digest *digest, struct links *links, int way)
{
    unsigned char bytes[DIGEST_SHORT_BYTES];

    digest_end_short(digest, bytes);
    links->at[way] = number_of(bytes);
    links->has[way] = true;
}

static void
link_card(const struct enrolment_row *row, const struct card_key *card, struct links *links)
{
    /* A loss and a cancellation may end the same coverage. */
    int16_t       operation = row->operation == OPERATION_CANCEL ? OPERATION_LOSE : row->operation;
    struct digest digest;

    start(&digest, LINK_CARD);
    digest_add(&digest, &operation, sizeof operation);
    add_text(&digest, card->symbol_key);
    add_text(&digest, card->number_key);
    digest_add(&digest, &row->birth_date, sizeof row->birth_date);
    /* Checkups of two days have nothing to do with each other. */
    if (operation == OPERATION_CHECKUP)
        digest_add(&digest, &row->examined_on, sizeof row->examined_on);
    end(&digest, links, LINK_CARD);
}

static void
link_credential(struct span credential, struct links *links)
{
    struct digest digest;

    start(&digest, LINK_CREDENTIAL);
    add_text(&digest, credential);
    end(&digest, links, LINK_CREDENTIAL);
}

static void
link_identity(const struct enrolment_row *row, struct span name_kana_key, struct links *links)
{
    struct digest digest;

    start(&digest, LINK_IDENTITY);
    digest_add(&digest, &row->birth_date, sizeof row->birth_date);
    digest_add(&digest, &row->sex1, sizeof row->sex1);
    add_text(&digest, name_kana_key);
    add_text(&digest, row->address);
    end(&digest, links, LINK_IDENTITY);
}

void
links_make(const struct enrolment_row *row, const struct card_key *card, struct span name_kana_key,
           struct span credential, const unsigned char *index, struct seen *seen,
           struct links *ret_links)
{
    bool is_new = row->operation == OPERATION_ACQUIRE;

    *ret_links = (struct links){ 0 };
    link_card(row, card, ret_links);
    if (index != NULL) {
        ret_links->at[LINK_NUMBER] = number_of(index);
        ret_links->has[LINK_NUMBER] = true;
    }
    if (is_new && credential.length > 0)
        link_credential(credential, ret_links);
    if (is_new && index != NULL && name_kana_key.length > 0 && row->address.length > 0)
        link_identity(row, name_kana_key, ret_links);
    for (int way = 0; way < LINK_WAYS; way++)
        if (ret_links->has[way] && seen_note(seen, (uint64_t)ret_links->at[way]))
            ret_links->meets = true;
}
