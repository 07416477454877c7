#include "ocsp/asker.h"

#include "base/log.h"
#include "register/breaker.h"
#include "register/wiping.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { IDLE_MS = 1000, BREAKER_FAILURES = 5, BREAKER_OPEN_MS = 10000, LOG_EVERY_MS = 60000 };

enum outcome {
    OUTCOME_GOOD,
    OUTCOME_REVOKED,
    OUTCOME_UNKNOWN,
    OUTCOME_BROKEN,
    OUTCOME_DECLINED,
    OUTCOME_STRANGER,
    OUTCOME_OTHER,
    OUTCOME_STALE,
    OUTCOME_AWAY, /* no connection, cut off, no 200 */
    OUTCOME_LATE,
    OUTCOME_LEFT_ALONE,
    OUTCOME_COUNT
};

static const char *const outcome_names[OUTCOME_COUNT] = {
    "good",  "revoked", "unknown", "broken", "declined",   "stranger",
    "other", "stale",   "away",    "late",   "left_alone",
};

/* One question on its way. */
struct ask {
    CURL                 *curl;
    bool                  is_out;
    bool                  is_probe;
    struct card_question  question;
    struct ocsp_question *asked;
    char                  reply[OCSP_REPLY_BYTES_MAX];
    size_t                reply_length;
    bool                  is_too_long;
};

struct asker {
    struct asker_settings settings;
    struct card_status   *status;
    struct breaker        breaker;
    CURLM                *multi;
    struct curl_slist    *headers;
    struct ask           *asks;
    pthread_t             thread;
    bool                  is_running;
    _Atomic bool          wants_end;
    _Atomic bool          is_leaving_alone;
    _Atomic uint64_t      outcomes[OUTCOME_COUNT];
    int64_t               logged_ms;
};

/* ---- from and to nothing ------------------------------------------------------------------- */

static size_t
hear_bytes(char *bytes, size_t size, size_t count, void *owner)
{
    struct ask *ask = owner;
    size_t      length = size * count;

    if (length > sizeof ask->reply - ask->reply_length) {
        ask->is_too_long = true;
        return 0; /* which ends the transfer */
    }
    memcpy(ask->reply + ask->reply_length, bytes, length);
    ask->reply_length += length;
    return length;
}

/* Nowhere else than where it was told to go: no other protocol, no redirection, no proxy of the
 * environment. */
static bool
open_ask(struct ask *ask, const struct asker *asker)
{
    CURL *curl = ask->curl = curl_easy_init();

    return curl != NULL && curl_easy_setopt(curl, CURLOPT_URL, asker->settings.url) == CURLE_OK
           && curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK
           && curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK
           && curl_easy_setopt(curl, CURLOPT_PROXY, "") == CURLE_OK
           && curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) == CURLE_OK
           && curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) == CURLE_OK
           && curl_easy_setopt(curl, CURLOPT_POST, 1L) == CURLE_OK
           && curl_easy_setopt(curl, CURLOPT_HTTPHEADER, asker->headers) == CURLE_OK
           && curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)asker->settings.deadline_ms)
                  == CURLE_OK
           && curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, hear_bytes) == CURLE_OK
           && curl_easy_setopt(curl, CURLOPT_WRITEDATA, ask) == CURLE_OK
           && curl_easy_setopt(curl, CURLOPT_PRIVATE, ask) == CURLE_OK;
}

static bool
add_header(struct asker *asker, const char *header)
{
    struct curl_slist *longer = curl_slist_append(asker->headers, header);

    if (longer != NULL)
        asker->headers = longer;
    return longer != NULL;
}

static void
free_all(struct asker *asker)
{
    for (size_t i = 0; asker->asks != NULL && i < ASKS_MAX; i++)
        curl_easy_cleanup(asker->asks[i].curl);
    if (asker->multi != NULL)
        curl_multi_cleanup(asker->multi);
    curl_slist_free_all(asker->headers);
    free(asker->asks);
    free(asker);
}

static const char *
prepare(struct asker *asker)
{
    const char *url = asker->settings.url;

    if (strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0)
        return "card_ocsp does not begin with http:// or https://";
    if (!curl_start_wiping())
        return "libcurl does not start";
    asker->multi = curl_multi_init();
    asker->asks = calloc(ASKS_MAX, sizeof *asker->asks);
    if (asker->multi == NULL || asker->asks == NULL
        || !add_header(asker, "Content-Type: application/ocsp-request")
        || !add_header(asker, "Accept: application/ocsp-response") || !add_header(asker, "Expect:"))
        return "out of memory";
    curl_multi_setopt(asker->multi, CURLMOPT_MAXCONNECTS, (long)ASKS_MAX);
    for (size_t i = 0; i < ASKS_MAX; i++)
        if (!open_ask(&asker->asks[i], asker))
            return "libcurl does not take the setting card_ocsp";
    return NULL;
}

/* ---- settling ------------------------------------------------------------------------------ */

static void
log_failure(struct asker *asker, enum outcome outcome)
{
    int64_t now_ms = clock_ticks_ms();

    if (asker->logged_ms != 0 && now_ms - asker->logged_ms < LOG_EVERY_MS)
        return;
    asker->logged_ms = now_ms;
    log_say(LOG_WARN, "card_responder_failed", LOG_TEXT("reason", outcome_names[outcome]));
}

static void
settle(struct asker *asker, struct ask *ask, enum outcome outcome, const struct ocsp_answer *answer)
{
    atomic_fetch_add_explicit(&asker->outcomes[outcome], 1, memory_order_relaxed);
    if (answer == NULL && outcome != OUTCOME_LEFT_ALONE)
        log_failure(asker, outcome);
    card_status_settle(asker->status, &ask->question, answer, clock_now());
    ocsp_question_free(ask->asked);
    ask->asked = NULL;
    ask->is_out = false;
}

static enum outcome
judge(const struct ask *ask, CURLcode code, struct ocsp_answer *ret_answer)
{
    static const enum outcome verdicts[OCSP_VERDICT_COUNT] = {
        [OCSP_SAYS_GOOD] = OUTCOME_GOOD,
        [OCSP_SAYS_REVOKED] = OUTCOME_REVOKED,
        [OCSP_SAYS_UNKNOWN] = OUTCOME_UNKNOWN,
    };
    static const enum outcome faults[OCSP_FAULT_COUNT] = {
        [OCSP_BROKEN] = OUTCOME_BROKEN,     [OCSP_DECLINED] = OUTCOME_DECLINED,
        [OCSP_STRANGER] = OUTCOME_STRANGER, [OCSP_OTHER] = OUTCOME_OTHER,
        [OCSP_STALE] = OUTCOME_STALE,
    };
    long status = 0;

    if (ask->is_too_long)
        return OUTCOME_BROKEN;
    if (code == CURLE_OPERATION_TIMEDOUT)
        return OUTCOME_LATE;
    if (code != CURLE_OK
        || curl_easy_getinfo(ask->curl, CURLINFO_RESPONSE_CODE, &status) != CURLE_OK
        || status != 200)
        return OUTCOME_AWAY;
    enum ocsp_fault fault =
        ocsp_read(ask->asked, ask->question.trust, span_make(ask->reply, ask->reply_length),
                  clock_now(), ret_answer);
    return fault == OCSP_FINE ? verdicts[ret_answer->verdict] : faults[fault];
}

static bool
is_away(enum outcome outcome)
{
    return outcome == OUTCOME_AWAY || outcome == OUTCOME_LATE || outcome == OUTCOME_BROKEN;
}

static void
take_back(struct asker *asker, struct ask *ask, CURLcode code)
{
    struct ocsp_answer answer;
    enum outcome       outcome = judge(ask, code, &answer);
    bool               is_sound = outcome <= OUTCOME_UNKNOWN;
    uint64_t           openings = asker->breaker.openings;

    /* One that answers is there, whatever it says of this card. */
    breaker_hear(&asker->breaker, !is_away(outcome), ask->is_probe, clock_ticks_ms());
    if (asker->breaker.openings != openings)
        log_say(LOG_WARN, "card_responder_left_alone", LOG_TEXT("reason", outcome_names[outcome]));
    asker->is_leaving_alone = asker->breaker.state != BREAKER_CLOSED;
    settle(asker, ask, outcome, is_sound ? &answer : NULL);
}

static void
take_back_all(struct asker *asker)
{
    struct CURLMsg *message;
    int             left;

    while ((message = curl_multi_info_read(asker->multi, &left)) != NULL) {
        CURL       *curl = message->easy_handle;
        CURLcode    code = message->data.result; /* the message goes with the handle */
        struct ask *ask = NULL;
        if (message->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(curl, CURLINFO_PRIVATE, (char **)&ask);
        curl_multi_remove_handle(asker->multi, curl);
        take_back(asker, ask, code);
    }
}

/* ---- asking -------------------------------------------------------------------------------- */

static void
send_out(struct asker *asker, struct ask *ask)
{
    if (!breaker_lets(&asker->breaker, clock_ticks_ms(), &ask->is_probe)) {
        settle(asker, ask, OUTCOME_LEFT_ALONE, NULL);
        return;
    }
    ask->asked =
        ocsp_question_new(ask->question.trust,
                          span_make((const char *)ask->question.certificate, ask->question.length));
    ask->reply_length = 0;
    ask->is_too_long = false;
    struct span bytes = { 0 };
    if (ask->asked != NULL)
        bytes = ocsp_question_bytes(ask->asked);
    ask->is_out =
        ask->asked != NULL
        && curl_easy_setopt(ask->curl, CURLOPT_POSTFIELDSIZE, (long)bytes.length) == CURLE_OK
        && curl_easy_setopt(ask->curl, CURLOPT_POSTFIELDS, bytes.bytes) == CURLE_OK
        && curl_multi_add_handle(asker->multi, ask->curl) == CURLM_OK;
    if (ask->is_out)
        return;
    breaker_hear(&asker->breaker, false, ask->is_probe, clock_ticks_ms());
    settle(asker, ask, OUTCOME_AWAY, NULL);
}

static void
send_all(struct asker *asker)
{
    for (size_t i = 0; i < ASKS_MAX; i++)
        while (!asker->asks[i].is_out && card_status_take(asker->status, &asker->asks[i].question))
            send_out(asker, &asker->asks[i]);
}

/* Whoever waits is told that nothing was heard. */
static void
give_up(struct asker *asker)
{
    for (size_t i = 0; i < ASKS_MAX; i++) {
        struct ask *ask = &asker->asks[i];
        if (!ask->is_out)
            continue;
        curl_multi_remove_handle(asker->multi, ask->curl);
        settle(asker, ask, OUTCOME_LEFT_ALONE, NULL);
    }
    while (card_status_take(asker->status, &asker->asks[0].question))
        settle(asker, &asker->asks[0], OUTCOME_LEFT_ALONE, NULL);
}

static void *
run(void *argument)
{
    struct asker *asker = argument;
    int           running;

    while (!asker->wants_end) {
        send_all(asker);
        curl_multi_perform(asker->multi, &running);
        take_back_all(asker);
        send_all(asker); /* whoever found no place before */
        curl_multi_poll(asker->multi, NULL, 0, IDLE_MS, NULL);
    }
    give_up(asker);
    return NULL;
}

struct asker *
asker_open(const struct asker_settings *settings, struct card_status *status,
           const char **reterr_reason)
{
    struct asker *asker = calloc(1, sizeof *asker);

    *reterr_reason = "out of memory";
    if (asker == NULL)
        return NULL;
    asker->settings = *settings;
    asker->status = status;
    asker->breaker =
        (struct breaker){ .failures_max = BREAKER_FAILURES, .open_ms = BREAKER_OPEN_MS };
    *reterr_reason = prepare(asker);
    if (*reterr_reason == NULL && pthread_create(&asker->thread, NULL, run, asker) != 0)
        *reterr_reason = "no thread can be made";
    asker->is_running = *reterr_reason == NULL;
    if (asker->is_running)
        return asker;
    free_all(asker);
    return NULL;
}

void
asker_close(struct asker *asker)
{
    if (asker == NULL)
        return;
    asker->wants_end = true;
    asker_wake(asker);
    pthread_join(asker->thread, NULL);
    free_all(asker);
}

void
asker_wake(struct asker *asker)
{
    curl_multi_wakeup(asker->multi);
}

void
asker_tell(const struct asker *asker, struct text *text)
{
    struct card_status_counts counts;

    card_status_count(asker->status, &counts);
    text_add_string(text, "# HELP shikaku_card_questions_total questions to the responder of card "
                          "authorities, by what came of them\n"
                          "# TYPE shikaku_card_questions_total counter\n");
    for (size_t i = 0; i < OUTCOME_COUNT; i++)
        text_add_format(
            text, "shikaku_card_questions_total{outcome=\"%s\"} %llu\n", outcome_names[i],
            (unsigned long long)atomic_load_explicit(&asker->outcomes[i], memory_order_relaxed));
    text_add_format(text,
                    "# HELP shikaku_card_status_known_total cards of which an answer was there\n"
                    "# TYPE shikaku_card_status_known_total counter\n"
                    "shikaku_card_status_known_total %llu\n"
                    "# HELP shikaku_card_status_unheard_total cards that their authority's list "
                    "alone has decided\n"
                    "# TYPE shikaku_card_status_unheard_total counter\n"
                    "shikaku_card_status_unheard_total %llu\n"
                    "# HELP shikaku_card_responder_left_alone whether the responder has failed "
                    "too often in a row\n"
                    "# TYPE shikaku_card_responder_left_alone gauge\n"
                    "shikaku_card_responder_left_alone %d\n",
                    (unsigned long long)counts.known, (unsigned long long)counts.unheard,
                    asker->is_leaving_alone ? 1 : 0);
}
