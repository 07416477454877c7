#include "register/client.h"

#include "register/errand.h"
#include "register/wiping.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { URL_BYTES_MAX = 512, ARENA_FIRST_BYTES = 16 * 1024, ARENA_MOST_BYTES = 4 * 1024 * 1024 };

static const char path[] = "/v1/persons/inquiry";

struct register_client {
    struct register_settings settings;
    struct register_counts   counts;
    struct breaker           breaker;
    register_hear           *hear;
    void                    *owner;
    CURLM                   *multi;
    struct curl_slist       *headers;
    struct errand           *errands;
    size_t                   under_way;
    struct inquiry_answer   *answers;
    struct arena             arena;
};

static const char *const failure_names[REGISTER_FAILURE_COUNT] = {
    [REGISTER_FINE] = "fine", [REGISTER_AWAY] = "away",     [REGISTER_LATE] = "late",
    [REGISTER_RUDE] = "rude", [REGISTER_DENIED] = "denied", [REGISTER_STRANGER] = "stranger",
};

const char *
register_failure_name(enum register_failure failure)
{
    assert(failure < REGISTER_FAILURE_COUNT);
    return failure_names[failure];
}

struct register_settings
register_settings_of(const struct settings *settings)
{
    return (struct register_settings){ .url = settings->register_url,
                                       .authority = settings->register_authority,
                                       .certificate = settings->register_certificate,
                                       .key = settings->register_key,
                                       .persons = settings->register_persons,
                                       .errands = settings->register_errands,
                                       .deadline_ms = settings->register_deadline_ms,
                                       .connect_ms = settings->register_connect_ms,
                                       .tries = settings->register_tries,
                                       .pause_ms = settings->register_pause_ms,
                                       .pause_most_ms = settings->register_pause_most_ms,
                                       .breaker_failures = settings->register_breaker_failures,
                                       .breaker_open_ms = settings->register_breaker_open_ms };
}

size_t
register_client_under_way(const struct register_client *client)
{
    return client->under_way;
}

const struct register_counts *
register_client_counts(const struct register_client *client)
{
    return &client->counts;
}

const struct breaker *
register_client_breaker(const struct register_client *client)
{
    return &client->breaker;
}

/* ---- from and to nothing ------------------------------------------------------------------- */

static bool
add_header(struct register_client *client, const char *header)
{
    struct curl_slist *longer = curl_slist_append(client->headers, header);

    if (longer != NULL)
        client->headers = longer;
    return longer != NULL;
}

static bool
open_errands(struct register_client *client, const char *url)
{
    size_t count = (size_t)client->settings.errands;

    client->errands = calloc(count, sizeof *client->errands);
    for (size_t i = 0; client->errands != NULL && i < count; i++)
        if (!errand_open(&client->errands[i], &client->settings, client->headers, url))
            return false;
    return client->errands != NULL;
}

static const char *
open_client(struct register_client *client)
{
    const struct register_settings *settings = &client->settings;
    char                            url[URL_BYTES_MAX];
    struct text                     text = text_in(url, sizeof url);

    text_add_string(&text, settings->url);
    text_add_string(&text, path);
    if (strncmp(settings->url, "https://", 8) != 0 || text.is_full)
        return "register_url does not begin with https://";
    if (!curl_start_wiping())
        return "libcurl does not start";
    client->multi = curl_multi_init();
    client->answers = calloc((size_t)settings->persons, sizeof *client->answers);
    /* "Expect:" waits for nobody's permission to send a body. */
    if (client->multi == NULL || client->answers == NULL
        || !arena_open(&client->arena, ARENA_FIRST_BYTES, ARENA_MOST_BYTES)
        || !add_header(client, "Content-Type: application/json")
        || !add_header(client, "Accept: application/json, application/problem+json")
        || !add_header(client, "Expect:"))
        return "out of memory";
    if (!open_errands(client, url))
        return "libcurl does not take the settings of the register";
    curl_multi_setopt(client->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)settings->errands);
    curl_multi_setopt(client->multi, CURLMOPT_MAXCONNECTS, (long)settings->errands);
    return NULL;
}

struct register_client *
register_client_new(const struct register_settings *settings, register_hear *hear, void *owner,
                    const char **reterr_reason)
{
    assert(settings->persons >= 1 && settings->persons <= INQUIRY_PERSONS_MAX);
    assert(settings->errands >= 1 && settings->tries >= 1);
    struct register_client *client = calloc(1, sizeof *client);

    if (client == NULL) {
        *reterr_reason = "out of memory";
        return NULL;
    }
    client->settings = *settings;
    client->hear = hear;
    client->owner = owner;
    client->breaker = (struct breaker){ .failures_max = settings->breaker_failures,
                                        .open_ms = settings->breaker_open_ms };
    *reterr_reason = open_client(client);
    if (*reterr_reason == NULL)
        return client;
    register_client_free(client);
    return NULL;
}

void
register_client_free(struct register_client *client)
{
    if (client == NULL)
        return;
    for (int64_t i = 0; client->errands != NULL && i < client->settings.errands; i++) {
        struct errand *errand = &client->errands[i];
        if (errand->state == ERRAND_OUT)
            curl_multi_remove_handle(client->multi, errand->curl);
        errand_close(errand);
    }
    if (client->multi != NULL)
        curl_multi_cleanup(client->multi);
    curl_slist_free_all(client->headers);
    arena_close(&client->arena);
    free(client->errands);
    free(client->answers);
    free(client);
}

/* ---- asking --------------------------------------------------------------------------------- */

static struct errand *
free_errand(struct register_client *client)
{
    for (int64_t i = 0; i < client->settings.errands; i++)
        if (client->errands[i].state == ERRAND_FREE)
            return &client->errands[i];
    return NULL;
}

static bool
set_out(struct register_client *client, struct errand *errand)
{
    if (curl_multi_add_handle(client->multi, errand->curl) != CURLM_OK)
        return false;
    errand->state = ERRAND_OUT;
    errand->tries++;
    client->counts.tries++;
    return true;
}

enum fault
register_client_ask(struct register_client *client, uint64_t cookie,
                    const struct personal_number *numbers, size_t count)
{
    int64_t        now_ms = clock_ticks_ms();
    struct errand *errand = free_errand(client);
    bool           is_probe;

    assert(count >= 1 && count <= (size_t)client->settings.persons);
    if (breaker_wait_ms(&client->breaker, now_ms) > 0)
        return FAULT_STORE_LOST;
    if (errand == NULL || !breaker_lets(&client->breaker, now_ms, &is_probe))
        return FAULT_STORE_BUSY;
    errand_load(errand, cookie, numbers, count);
    errand->is_probe = is_probe;
    if (!set_out(client, errand)) {
        errand_end(errand);
        breaker_hear(&client->breaker, false, is_probe, now_ms);
        return FAULT_STORE_LOST;
    }
    client->under_way++;
    client->counts.asks++;
    client->counts.persons += count;
    return FAULT_NONE;
}

/* ---- hearing -------------------------------------------------------------------------------- */

static void
tell(struct register_client *client, struct errand *errand, const struct register_reply *reply)
{
    if (reply->failure != REGISTER_FINE)
        client->counts.asks_failed[reply->failure]++;
    for (size_t i = 0; reply->failure == REGISTER_FINE && i < reply->count; i++)
        client->counts.answers[reply->answers[i].status]++;
    client->hear(client->owner, errand->cookie, reply);
    errand_end(errand);
    client->under_way--;
}

static void
tell_failure(struct register_client *client, struct errand *errand, enum register_failure failure,
             const char *reason)
{
    const struct register_reply reply = { .failure = failure,
                                          .reason = reason,
                                          .count = errand->count };
    tell(client, errand, &reply);
}

/* Between half and all of a pause that doubles: clients that failed together do not come back
 * together. */
static int64_t
pause_before(const struct register_client *client, const struct errand *errand)
{
    const struct register_settings *settings = &client->settings;
    int64_t                         pause_ms = settings->pause_ms;
    uint32_t                        chance = 0;

    for (int64_t i = 1; i < errand->tries && pause_ms < settings->pause_most_ms; i++)
        pause_ms *= 2;
    if (errand_retry_after_ms(errand) > pause_ms)
        pause_ms = errand_retry_after_ms(errand);
    if (pause_ms > settings->pause_most_ms)
        pause_ms = settings->pause_most_ms;
    if (getrandom(&chance, sizeof chance, 0) != (ssize_t)sizeof chance)
        chance = 0; /* then the shortest pause */
    return pause_ms / 2 + (int64_t)(chance % (uint64_t)(pause_ms / 2 + 1));
}

static bool
may_be_asked_again(const struct register_client *client, const struct errand *errand,
                   enum register_failure failure)
{
    return (failure == REGISTER_AWAY || failure == REGISTER_LATE)
           && errand->tries < client->settings.tries && client->breaker.state == BREAKER_CLOSED;
}

static enum register_failure
read_reply(struct register_client *client, struct errand *errand, const char **ret_reason)
{
    *ret_reason = inquiry_read(span_make(errand->reply, errand->reply_bytes), errand->inquiry_id,
                               client->answers, errand->count, &client->arena);
    return *ret_reason == NULL ? REGISTER_FINE : REGISTER_RUDE;
}

static void
take_back(struct register_client *client, struct errand *errand, CURLcode code)
{
    const char           *reason;
    long                  connections = 0;
    enum register_failure failure = errand_judge(errand, code, &reason);

    if (failure == REGISTER_FINE)
        failure = read_reply(client, errand, &reason);
    curl_easy_getinfo(errand->curl, CURLINFO_NUM_CONNECTS, &connections);
    client->counts.connections += (uint64_t)connections;
    client->counts.bytes_heard += errand->reply_bytes;
    breaker_hear(&client->breaker, failure == REGISTER_FINE, errand->is_probe, clock_ticks_ms());
    errand->is_probe = false;
    if (failure == REGISTER_FINE) {
        const struct register_reply reply = { .answers = client->answers, .count = errand->count };
        tell(client, errand, &reply);
    } else {
        client->counts.tries_failed[failure]++;
        if (may_be_asked_again(client, errand, failure)) {
            errand->due_ms = clock_ticks_ms() + pause_before(client, errand);
            errand->state = ERRAND_PAUSING;
            errand_rewind(errand);
        } else {
            tell_failure(client, errand, failure, reason);
        }
    }
    arena_reset(&client->arena);
}

static void
take_back_all(struct register_client *client)
{
    struct CURLMsg *message;
    int             left;

    while ((message = curl_multi_info_read(client->multi, &left)) != NULL) {
        CURL          *curl = message->easy_handle;
        CURLcode       code = message->data.result; /* the message goes with the handle */
        struct errand *errand = NULL;
        if (message->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(curl, CURLINFO_PRIVATE, (char **)&errand);
        curl_multi_remove_handle(client->multi, curl);
        assert(errand != NULL && errand->state == ERRAND_OUT);
        take_back(client, errand, code);
    }
}

/* Those whose pause is over set out again; not into an open breaker. */
static void
set_out_again(struct register_client *client)
{
    int64_t now_ms = clock_ticks_ms();

    for (int64_t i = 0; i < client->settings.errands; i++) {
        struct errand *errand = &client->errands[i];
        if (errand->state != ERRAND_PAUSING || errand->due_ms > now_ms)
            continue;
        if (client->breaker.state != BREAKER_CLOSED)
            tell_failure(client, errand, REGISTER_AWAY, "it has failed too often in a row");
        else if (!set_out(client, errand))
            tell_failure(client, errand, REGISTER_AWAY, "out of memory");
    }
}

static int
wait_until_due(const struct register_client *client, int wait_ms)
{
    int64_t now_ms = clock_ticks_ms();

    for (int64_t i = 0; i < client->settings.errands; i++) {
        const struct errand *errand = &client->errands[i];
        if (errand->state == ERRAND_PAUSING && errand->due_ms - now_ms < wait_ms)
            wait_ms = errand->due_ms > now_ms ? (int)(errand->due_ms - now_ms) : 0;
    }
    return wait_ms;
}

void
register_client_turn(struct register_client *client, int wait_ms)
{
    int running;

    curl_multi_perform(client->multi, &running); /* what was asked since is sent before waiting */
    curl_multi_poll(client->multi, NULL, 0, wait_until_due(client, wait_ms), NULL);
    curl_multi_perform(client->multi, &running);
    take_back_all(client);
    set_out_again(client);
}
