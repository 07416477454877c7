/*
 * errand: one ask on its way, over all its tries; for client.c only.
 *
 * Shape   free, out (a request is under way), or pausing before the next try. Each has a curl
 *         handle of its own, which is used again.
 * Owner   the client. The bodies held personal numbers and what the register holds: errand_end()
 *         wipes both.
 */
#ifndef REGISTER_ERRAND_H
#define REGISTER_ERRAND_H

#include "register/client.h"

#include <curl/curl.h>

enum errand_state { ERRAND_FREE, ERRAND_OUT, ERRAND_PAUSING };

struct errand {
    CURL             *curl;
    enum errand_state state;
    bool              is_probe;
    uint64_t          cookie;
    size_t            count;
    int64_t           tries;
    int64_t           due_ms; /* when the pause is over */
    char              inquiry_id[UUID_TEXT_LENGTH + 1];
    struct text       question;
    char             *reply;
    size_t            reply_bytes;
    size_t            reply_room;
    size_t            reply_most;
    bool              is_too_long;
    char              trouble[CURL_ERROR_SIZE]; /* never logged: it may quote the peer */
};

MUST_USE bool errand_open(struct errand *errand, const struct register_settings *settings,
                          struct curl_slist *headers, const char *url);
void          errand_close(struct errand *errand);

void errand_load(struct errand *errand, uint64_t cookie, const struct personal_number *numbers,
                 size_t count);
void errand_rewind(struct errand *errand); /* before each further try */
void errand_end(struct errand *errand);

/* What became of the request; on REGISTER_FINE the reply is there to be read. */
enum register_failure errand_judge(const struct errand *errand, CURLcode code,
                                   const char **ret_reason);

/* What the register asked for by Retry-After; 0 without. */
int64_t errand_retry_after_ms(const struct errand *errand);

#endif
