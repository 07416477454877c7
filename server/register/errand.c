#include "register/errand.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { REPLY_FIRST_BYTES = 64 * 1024, HTTP_OK = 200, HTTP_TOO_MANY = 429 };

/* A place twice as large; the old one is wiped. */
static bool
grow(struct errand *errand, size_t wanted)
{
    size_t room = errand->reply_room == 0 ? REPLY_FIRST_BYTES : errand->reply_room;

    while (room < wanted)
        room *= 2;
    char *grown = malloc(room);
    if (grown == NULL)
        return false;
    if (errand->reply_bytes > 0)
        memcpy(grown, errand->reply, errand->reply_bytes);
    if (errand->reply != NULL)
        explicit_bzero(errand->reply, errand->reply_bytes);
    free(errand->reply);
    errand->reply = grown;
    errand->reply_room = room;
    return true;
}

static size_t
take_bytes(char *bytes, size_t size, size_t count, void *owner)
{
    struct errand *errand = owner;
    size_t         more = size * count;

    if (more > errand->reply_most - errand->reply_bytes) {
        errand->is_too_long = true;
        return 0; /* ends the transfer */
    }
    if (errand->reply_bytes + more > errand->reply_room
        && !grow(errand, errand->reply_bytes + more))
        return 0;
    memcpy(errand->reply + errand->reply_bytes, bytes, more);
    errand->reply_bytes += more;
    return more;
}

/* No proxy, no redirect, no other protocol, no other authority than the one that was set: without
 * CURLOPT_CAPATH the system's authorities would do as well. */
static bool
set_up(struct errand *errand, const struct register_settings *settings, struct curl_slist *headers,
       const char *url)
{
    CURL *curl = errand->curl;
    bool  is_set = curl_easy_setopt(curl, CURLOPT_URL, url) == CURLE_OK
                  && curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https") == CURLE_OK
                  && curl_easy_setopt(curl, CURLOPT_PROXY, "") == CURLE_OK
                  && curl_easy_setopt(curl, CURLOPT_CAINFO, settings->authority) == CURLE_OK
                  && curl_easy_setopt(curl, CURLOPT_CAPATH, NULL) == CURLE_OK
                  && curl_easy_setopt(curl, CURLOPT_SSLCERT, settings->certificate) == CURLE_OK
                  && curl_easy_setopt(curl, CURLOPT_SSLKEY, settings->key) == CURLE_OK
                  && curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers) == CURLE_OK;

    if (!is_set)
        return false;
    curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_3);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TCP_NODELAY, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)settings->deadline_ms);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)settings->connect_ms);
    curl_easy_setopt(curl, CURLOPT_POST, 1L);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_bytes);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, errand);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, errand->trouble);
    curl_easy_setopt(curl, CURLOPT_PRIVATE, errand);
    return true;
}

bool
errand_open(struct errand *errand, const struct register_settings *settings,
            struct curl_slist *headers, const char *url)
{
    size_t persons = (size_t)settings->persons;
    size_t bytes = INQUIRY_HEAD_BYTES + persons * INQUIRY_PERSON_BYTES;
    char  *place = malloc(bytes);

    *errand = (struct errand){ .curl = curl_easy_init() };
    if (place != NULL)
        errand->question = text_in(place, bytes);
    return place != NULL && errand->curl != NULL && set_up(errand, settings, headers, url);
}

void
errand_close(struct errand *errand)
{
    if (errand->curl != NULL)
        curl_easy_cleanup(errand->curl);
    errand_end(errand);
    free(errand->question.bytes);
    free(errand->reply);
}

void
errand_load(struct errand *errand, uint64_t cookie, const struct personal_number *numbers,
            size_t count)
{
    unsigned char uuid[UUID_SIZE];

    uuid_make(uuid);
    uuid_format(uuid, errand->inquiry_id);
    errand->cookie = cookie;
    errand->count = count;
    errand->tries = 0;
    errand->reply_most = (count + 1) * INQUIRY_REPLY_BYTES;
    errand->question = text_in(errand->question.bytes, errand->question.size_bytes);
    inquiry_write(&errand->question, errand->inquiry_id, numbers, count);
    assert(!errand->question.is_full);
    curl_easy_setopt(errand->curl, CURLOPT_POSTFIELDS, errand->question.bytes);
    curl_easy_setopt(errand->curl, CURLOPT_POSTFIELDSIZE_LARGE,
                     (curl_off_t)errand->question.length);
    curl_easy_setopt(errand->curl, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)errand->reply_most);
    errand_rewind(errand);
}

void
errand_rewind(struct errand *errand)
{
    if (errand->reply_bytes > 0)
        explicit_bzero(errand->reply, errand->reply_bytes);
    errand->reply_bytes = 0;
    errand->is_too_long = false;
}

void
errand_end(struct errand *errand)
{
    errand_rewind(errand);
    if (errand->question.bytes != NULL)
        explicit_bzero(errand->question.bytes, errand->question.length);
    errand->question.length = 0;
    errand->state = ERRAND_FREE;
    errand->is_probe = false;
}

/* ---- what became of it --------------------------------------------------------------------- */

struct code_row {
    CURLcode              code;
    enum register_failure failure;
    const char           *reason;
};

static const struct code_row code_rows[] = {
    { CURLE_OPERATION_TIMEDOUT, REGISTER_LATE, "no whole reply in time" },
    { CURLE_PEER_FAILED_VERIFICATION, REGISTER_STRANGER, "its certificate is not the register's" },
    { CURLE_SSL_ISSUER_ERROR, REGISTER_STRANGER, "its certificate is not the register's" },
    { CURLE_SSL_CACERT_BADFILE, REGISTER_STRANGER, "the authority's certificate cannot be read" },
    { CURLE_SSL_CERTPROBLEM, REGISTER_DENIED, "our certificate or key cannot be used" },
    { CURLE_SSL_CLIENTCERT, REGISTER_DENIED, "our certificate is refused" },
    { CURLE_COULDNT_RESOLVE_HOST, REGISTER_AWAY, "its name is not known" },
    { CURLE_COULDNT_CONNECT, REGISTER_AWAY, "no connection" },
    { CURLE_SSL_CONNECT_ERROR, REGISTER_AWAY, "no TLS connection" },
    { CURLE_PARTIAL_FILE, REGISTER_AWAY, "the reply was cut off" },
    { CURLE_GOT_NOTHING, REGISTER_AWAY, "the connection was closed without a reply" },
    { CURLE_RECV_ERROR, REGISTER_AWAY, "the connection was cut off" },
    { CURLE_SEND_ERROR, REGISTER_AWAY, "the connection was cut off" },
    { CURLE_FILESIZE_EXCEEDED, REGISTER_RUDE, "a reply longer than its limit" },
    { CURLE_WEIRD_SERVER_REPLY, REGISTER_RUDE, "a reply that is not HTTP" },
    { CURLE_UNSUPPORTED_PROTOCOL, REGISTER_RUDE, "a reply that is not HTTP" },
    { CURLE_HTTP_RETURNED_ERROR, REGISTER_RUDE, "a reply that is not HTTP" },
    { CURLE_BAD_CONTENT_ENCODING, REGISTER_RUDE, "a reply in an encoding nobody asked for" },
};

static enum register_failure
judge_code(const struct errand *errand, CURLcode code, const char **ret_reason)
{
    if (code == CURLE_WRITE_ERROR) {
        *ret_reason = errand->is_too_long ? "a reply longer than its limit" : "out of memory";
        return errand->is_too_long ? REGISTER_RUDE : REGISTER_AWAY;
    }
    for (size_t i = 0; i < ARRAY_LEN(code_rows); i++)
        if (code_rows[i].code == code) {
            *ret_reason = code_rows[i].reason;
            return code_rows[i].failure;
        }
    *ret_reason = "the connection failed";
    return REGISTER_AWAY;
}

static bool
is_json(const char *type)
{
    static const char json[] = "application/json";

    if (type == NULL || strncasecmp(type, json, sizeof json - 1) != 0)
        return false;
    const char *after = type + sizeof json - 1 + strspn(type + sizeof json - 1, " \t");
    return *after == '\0' || *after == ';';
}

enum register_failure
errand_judge(const struct errand *errand, CURLcode code, const char **ret_reason)
{
    long  status = 0;
    char *type = NULL;

    *ret_reason = NULL;
    if (code != CURLE_OK)
        return judge_code(errand, code, ret_reason);
    curl_easy_getinfo(errand->curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(errand->curl, CURLINFO_CONTENT_TYPE, &type);
    if (status >= 500 || status == HTTP_TOO_MANY) {
        *ret_reason = status == HTTP_TOO_MANY ? "it has too much to do" : "it is out of order";
        return REGISTER_AWAY;
    }
    if (status >= 400) {
        *ret_reason = status == 401 || status == 403 ? "it does not let us in"
                                                     : "it does not take the question";
        return REGISTER_DENIED;
    }
    if (status != HTTP_OK || !is_json(type)) {
        *ret_reason = status != HTTP_OK ? "a status that the contract does not have"
                                        : "a reply of another media type";
        return REGISTER_RUDE;
    }
    return REGISTER_FINE;
}

int64_t
errand_retry_after_ms(const struct errand *errand)
{
    curl_off_t seconds = 0;

    if (curl_easy_getinfo(errand->curl, CURLINFO_RETRY_AFTER, &seconds) != CURLE_OK || seconds < 0)
        return 0;
    return seconds > INT64_MAX / 1000 ? INT64_MAX : (int64_t)seconds * 1000;
}
