/*
 * page: a file of the web pages.
 *
 * Request   its name in the path; "/" is the first page of this program
 * Reply     the file, with an ETag; 304 for If-None-Match
 * Faults    FAULT_NOT_FOUND
 * Source    server/page/. Nothing of it is about anybody, so nothing goes on record.
 */
#include "page/page.h"

#include "crypto/digest.h"
#include "endpoint/endpoints.h"

#include <stdio.h>

static enum fault
decode(struct request *r)
{
    return page_find(r->duty, r->path_rest) == NULL ? FAULT_NOT_FOUND : FAULT_NONE;
}

static enum fault
encode(struct request *r)
{
    const struct page *page = page_find(r->duty, r->path_rest);
    unsigned char      digest[DIGEST_SHORT_BYTES];
    struct span        bytes = page_bytes(page);

    digest_short(bytes.bytes, bytes.length, digest);
    snprintf(r->etag, sizeof r->etag, "\"%02x%02x%02x%02x%02x%02x%02x%02x\"", digest[0], digest[1],
             digest[2], digest[3], digest[4], digest[5], digest[6], digest[7]);
    r->http_status = 200;
    if (span_is(r->heads.if_none_match, r->etag)) {
        r->http_status = 304;
        return FAULT_NONE;
    }
    r->content_type = page->type;
    r->reply = bytes;
    return FAULT_NONE;
}

const struct endpoint endpoint_page = {
    .decode = decode,
    .encode = encode,
};
