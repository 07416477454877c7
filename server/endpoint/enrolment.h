/*
 * enrolment: what the endpoints for insurers have in common.
 *
 * Shape   a body is one thing, or a list of them under one name; each item has its own faults, and
 *         one that is not sound spoils no other. What a list shows of several people goes on record
 *         for each of them.
 * Units   numbers of things are whole numbers, as text on the wire.
 * Errors  FAULT_NOT_FOUND for a path that holds no number; FAULT_QUERY_STRING; those of decoding.
 * Owner   everything lives in the request's arena.
 * Source  schema/functions.md, "Registrar, in the name of an insurer".
 */
#ifndef ENDPOINT_ENROLMENT_H
#define ENDPOINT_ENROLMENT_H

#include "request/request.h"

enum {
    ENROLMENT_ITEMS_MAX = 1000,
    ENROLMENT_PAGE = 100,
    ENROLMENT_PAGE_MAX = 500,
    ENROLMENT_CARD_BYTES_MAX = 80, /* symbol, number */
    ENROLMENT_BRANCH_BYTES_MAX = 16,
    NUMBER_TEXT_SIZE = 21
};

/* What every item's struct begins with. */
struct enrolment_item {
    int32_t           item_no; /* from 1 */
    enum fault        fault;
    struct told_blame blames[BLAMES_MAX];
    size_t            blame_count;
};

struct enrolment_list {
    char   *items;
    size_t  stride;
    int32_t count;
    bool    is_list; /* false: one thing that came by itself */
};

/* Reads one item; blames it where it is not sound. */
typedef void enrolment_decode_item(struct request *r, struct span body,
                                   struct enrolment_item *item);

/* The body as items of `stride` bytes each; without a list_name always as one. Faults of a single
 * thing are faults of the request. */
MUST_USE enum fault enrolment_decode(struct request *r, const char *list_name, size_t stride,
                                     enrolment_decode_item *decode_item,
                                     struct enrolment_list *ret_list);

static inline struct enrolment_item *
enrolment_item_at(const struct enrolment_list *list, int32_t at)
{
    return (struct enrolment_item *)(void *)(list->items + (size_t)at * list->stride);
}

/* Of a numbered item, NULL when there is none. */
struct enrolment_item *enrolment_item_of(const struct enrolment_list *list, int64_t item_no);

/* For fields_decode(): item is a struct enrolment_item. */
void enrolment_blame(void *item, enum fault fault, const char *field, const char *reason);

/* The item's problem document; NULL bytes when the arena is full. Empty for a sound item. */
struct span enrolment_problem(struct request *r, const struct enrolment_item *item);

/* X-User-Id says who it was; blames when it is missing. */
void enrolment_need_user(struct request *r);

/* A text that people read, without control characters; blames. */
void enrolment_check_text(struct enrolment_item *item, struct span text, size_t chars_max,
                          const char *field);

MUST_USE bool enrolment_parse_number(struct span text, int64_t *ret_number);

/* One of the insurer's own cards, as a body says it. */
struct enrolment_card {
    struct span symbol;
    struct span number;
    struct span branch_raw;
    day_t       birth_date;
};

/* Its key, and its branch as two digits (empty: not given); blames what cannot be. */
void enrolment_take_card(struct request *r, const struct enrolment_card *card,
                         struct span *ret_card_key, struct span *ret_branch);

/* The number in the path, or FAULT_NOT_FOUND. */
MUST_USE enum fault enrolment_number_of_path(const struct request *r, int64_t *ret_number);

/* The number as text. */
struct span enrolment_number_text(int64_t number, char place[NUMBER_TEXT_SIZE]);

/* ?after=N&limit=M, each at most once; blames anything else. */
struct enrolment_page {
    int64_t after;
    int64_t limit;
};
void enrolment_take_page(struct request *r, struct enrolment_page *ret_page);

/* The same, and a day under that name; *ret_day stays as it is where none is given. */
void enrolment_take_day_page(struct request *r, const char *name, day_t *ret_day,
                             struct enrolment_page *ret_page);

/* Starts a statement that changes something: insurer, request id, route, digest, user. */
void enrolment_ask_change(struct request *r, int stmt);

/* Starts a statement that reads something of this insurer. */
void enrolment_ask_read(struct request *r, int stmt);

/* Of a row: what may be NULL there. */
struct span enrolment_text(struct request *r, const struct rows *rows, int row, int column);
day_t       enrolment_day(const struct rows *rows, int row, int column);
int64_t     enrolment_number(const struct rows *rows, int row, int column); /* -1 for NULL */
instant_t   enrolment_instant(const struct rows *rows, int row, int column);

/* The persons that the answer to one request shows, each under a number that names it for ever. */
struct enrolment_shown {
    int64_t person_id;
    int64_t number;
};

/* Asks for an access record of each; false when the arena is full. */
MUST_USE bool enrolment_ask_records(struct request *r, const struct enrolment_shown *shown,
                                    size_t count, int32_t items);

/* Name beside number, from a list that starts at 1 and ends with NULL; NULL for 0. */
const char *enrolment_word(const char *const *words, int64_t number);

/* The same of a column; NULL for NULL. */
const char *enrolment_word_at(const char *const *words, const struct rows *rows, int row,
                              int column);

#endif
