#include "auth/card_status.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { WAYS = 8, US_PER_S = 1000000, RETRY_S = 10 };

enum entry_state { ENTRY_EMPTY = 0, ENTRY_ASKED, ENTRY_KNOWN };

struct entry {
    unsigned char     key[DIGEST_BYTES];
    enum entry_state  state;
    enum ocsp_verdict verdict; /* of ENTRY_ASKED: the one before, if any */
    instant_t         until;
    uint64_t          looked_at; /* by the table's own count of looks */
};

struct card_status {
    struct card_status_settings settings;
    pthread_mutex_t             lock;
    struct entry               *entries;
    size_t                      sets;
    uint64_t                    looks;
    struct card_question        queue[CARD_QUESTIONS_MAX];
    size_t                      first;
    size_t                      count;
    struct card_status_counts   counts;
};

struct card_status *
card_status_new(const struct card_status_settings *settings)
{
    struct card_status *status = calloc(1, sizeof *status);

    if (status == NULL)
        return NULL;
    status->settings = *settings;
    status->sets = (settings->entries + WAYS - 1) / WAYS;
    status->entries = calloc(status->sets * WAYS, sizeof *status->entries);
    if (status->entries != NULL && pthread_mutex_init(&status->lock, NULL) == 0)
        return status;
    free(status->entries);
    free(status);
    return NULL;
}

void
card_status_free(struct card_status *status)
{
    if (status == NULL)
        return;
    for (size_t i = 0; i < status->count; i++)
        card_trust_drop(status->queue[(status->first + i) % CARD_QUESTIONS_MAX].trust);
    pthread_mutex_destroy(&status->lock);
    free(status->entries);
    free(status);
}

static struct entry *
neighbours_of(const struct card_status *status, const unsigned char *key)
{
    uint64_t number;

    memcpy(&number, key, sizeof number);
    return &status->entries[number % status->sets * WAYS];
}

static struct entry *
find(const struct card_status *status, const unsigned char *key)
{
    struct entry *entries = neighbours_of(status, key);

    for (size_t i = 0; i < WAYS; i++)
        if (entries[i].state != ENTRY_EMPTY && memcmp(entries[i].key, key, DIGEST_BYTES) == 0)
            return &entries[i];
    return NULL;
}

/* An empty entry, or the one that nobody has looked at for longest; never one that is waited
 * for. */
static struct entry *
make_room(const struct card_status *status, const unsigned char *key)
{
    struct entry *entries = neighbours_of(status, key);
    struct entry *oldest = NULL;

    for (size_t i = 0; i < WAYS; i++) {
        struct entry *entry = &entries[i];
        if (entry->state == ENTRY_EMPTY)
            return entry;
        if (entry->state == ENTRY_KNOWN && (oldest == NULL || entry->looked_at < oldest->looked_at))
            oldest = entry;
    }
    return oldest;
}

static bool
is_revoked(const struct entry *entry)
{
    return entry != NULL && entry->state != ENTRY_EMPTY && entry->verdict == OCSP_SAYS_REVOKED;
}

static void
wait_for(const struct card_status *status, struct card_inquiry *inquiry, int64_t now_ms)
{
    inquiry->is_under_way = true;
    inquiry->patient_until_ms = now_ms + status->settings.patience_ms;
}

static bool
put(struct card_status *status, struct card_trust *trust, struct card_inquiry *inquiry)
{
    struct entry *entry = find(status, inquiry->key);

    if (entry == NULL)
        entry = make_room(status, inquiry->key);
    if (entry == NULL || status->count == CARD_QUESTIONS_MAX) {
        status->counts.crowded++;
        return false;
    }
    bool was_revoked = is_revoked(entry) && memcmp(entry->key, inquiry->key, DIGEST_BYTES) == 0;
    *entry = (struct entry){ .state = ENTRY_ASKED,
                             .verdict = was_revoked ? OCSP_SAYS_REVOKED : OCSP_SAYS_UNKNOWN,
                             .looked_at = status->looks };
    memcpy(entry->key, inquiry->key, DIGEST_BYTES);
    struct card_question *question =
        &status->queue[(status->first + status->count++) % CARD_QUESTIONS_MAX];
    assert(inquiry->certificate.length <= sizeof question->certificate);
    memcpy(question->key, inquiry->key, DIGEST_BYTES);
    memcpy(question->certificate, inquiry->certificate.bytes, inquiry->certificate.length);
    question->length = inquiry->certificate.length;
    question->trust = card_trust_hold(trust);
    status->counts.asked++;
    return true;
}

static enum card_said
look(struct card_status *status, struct card_trust *trust, struct card_inquiry *inquiry,
     instant_t now, int64_t now_ms, bool *ret_is_put)
{
    struct entry *entry = find(status, inquiry->key);

    status->looks++;
    if (entry != NULL && entry->state == ENTRY_KNOWN && now <= entry->until) {
        entry->looked_at = status->looks;
        status->counts.known++;
        return entry->verdict == OCSP_SAYS_REVOKED ? CARD_SAID_REVOKED
               : entry->verdict == OCSP_SAYS_GOOD  ? CARD_SAID_GOOD
                                                   : CARD_SAID_NOTHING;
    }
    bool is_asked = entry != NULL && entry->state == ENTRY_ASKED;
    if (inquiry->is_under_way && is_asked && now_ms < inquiry->patient_until_ms)
        return CARD_SAID_WAIT;
    if (!inquiry->is_under_way && !is_asked)
        is_asked = *ret_is_put = put(status, trust, inquiry);
    if (inquiry->is_under_way || !is_asked) {
        status->counts.unheard++;
        return is_revoked(entry) ? CARD_SAID_REVOKED : CARD_SAID_NOTHING;
    }
    wait_for(status, inquiry, now_ms);
    return CARD_SAID_WAIT;
}

enum card_said
card_status_look(struct card_status *status, struct card_trust *trust, struct card_inquiry *inquiry,
                 instant_t now, int64_t now_ms)
{
    bool is_put = false;

    pthread_mutex_lock(&status->lock);
    enum card_said said = look(status, trust, inquiry, now, now_ms, &is_put);
    pthread_mutex_unlock(&status->lock);
    if (is_put)
        status->settings.wake_asker(status->settings.owner);
    return said;
}

bool
card_status_take(struct card_status *status, struct card_question *ret_question)
{
    pthread_mutex_lock(&status->lock);
    bool has_one = status->count > 0;
    if (has_one) {
        *ret_question = status->queue[status->first];
        status->first = (status->first + 1) % CARD_QUESTIONS_MAX;
        status->count--;
    }
    pthread_mutex_unlock(&status->lock);
    return has_one;
}

void
card_status_settle(struct card_status *status, struct card_question *question,
                   const struct ocsp_answer *answer, instant_t now)
{
    instant_t most = now + status->settings.keep_s * US_PER_S;

    pthread_mutex_lock(&status->lock);
    struct entry *entry = find(status, question->key);
    if (entry != NULL && answer == NULL) {
        entry->state = is_revoked(entry) ? ENTRY_KNOWN : ENTRY_EMPTY;
        entry->until = now + (instant_t)RETRY_S * US_PER_S;
    } else if (entry != NULL) {
        entry->state = ENTRY_KNOWN;
        entry->verdict = answer->verdict;
        entry->until = answer->until < most ? answer->until : most;
    }
    pthread_mutex_unlock(&status->lock);
    card_trust_drop(question->trust);
    question->trust = NULL;
    status->settings.wake_workers(status->settings.owner);
}

void
card_status_count(struct card_status *status, struct card_status_counts *ret_counts)
{
    pthread_mutex_lock(&status->lock);
    *ret_counts = status->counts;
    pthread_mutex_unlock(&status->lock);
}
