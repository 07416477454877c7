/*
 * ca: a small certificate authority in a folder, for development, tests and load.
 *
 * Shape   ca.pem, ca.key, crl.pem and a journal, "index", to which lines are only ever added:
 *             issued  SERIAL KIND SUBJECT NOT_BEFORE NOT_AFTER FINGERPRINT
 *             revoked SERIAL WHEN REASON
 *         in columns between tabs, times in seconds since 1970. A last line without its end was
 *         torn by a crash and does not count. A certificate stands in the journal before it stands
 *         in a file.
 * Errors  enum ca_fault; ca_fault_text() is the sentence to print, errno has the rest for CA_DISK.
 * Owner   ca_open() locks the journal until ca_close(), which accepts one that failed to open.
 */
#ifndef CRYPTO_CA_H
#define CRYPTO_CA_H

#include "base/attr.h"
#include "base/clock.h"
#include "crypto/certificate.h"

#include <stdbool.h>
#include <stddef.h>

/* What is made now is valid from a little before: clocks differ, and some are read coarsely. */
#define CA_BEFORE_US (INT64_C(300) * 1000000)

enum { CA_WORD_MAX = 64, CA_INDEX_BYTES_MAX = 256 << 20 };

enum ca_fault {
    CA_DONE,
    CA_ABSENT,
    CA_TAKEN,
    CA_BROKEN,
    CA_SERIAL_UNKNOWN,
    CA_REVOKED_BEFORE,
    CA_WISH_REFUSED,
    CA_DISK,
    CA_FAULT_COUNT
};

struct ca {
    int                 folder;
    int                 journal;
    struct key         *key;
    struct certificate *certificate;
};

struct ca_entry {
    char      serial[SERIAL_SIZE];
    char      kind[CA_WORD_MAX + 1];
    char      subject[CA_WORD_MAX + 1];
    char      fingerprint[2 * FINGERPRINT_BYTES + 1];
    instant_t not_before;
    instant_t not_after;
    bool      is_revoked;
    instant_t revoked_at;
    int       reason; /* CRLReason */
};

struct ca_list {
    struct ca_entry *entries;
    size_t           count;
    size_t           room;
};

struct ca_issued {
    struct certificate      *certificate; /* certificate_free() it */
    struct certificate_facts facts;
};

const char *ca_fault_text(enum ca_fault fault);

/* Letters, digits, '.', '_' and '-', not starting with '.' or '-', at most CA_WORD_MAX. */
bool ca_word_is_good(const char *word);

/* A new authority in an open folder; replaces an old one, with its journal, only when told to. */
MUST_USE enum ca_fault ca_make(int folder, const char *name, enum key_kind kind, instant_t now,
                               instant_t end, bool may_replace);

MUST_USE enum ca_fault ca_open(struct ca *ca, const char *path);
void                   ca_close(struct ca *ca);

/* The unit of the wish is the kind, its common name the subject. One of many is safe on disk only
 * after ca_sync(), which also syncs the file system of the folder where the files went. */
MUST_USE enum ca_fault ca_issue(struct ca *ca, const struct certificate_wish *wish,
                                const struct key *holder_key, bool is_one_of_many,
                                struct ca_issued *ret_issued);
MUST_USE enum ca_fault ca_sync(struct ca *ca, int folder);

/* Marks it and writes crl.pem. */
MUST_USE enum ca_fault ca_revoke(struct ca *ca, const char *serial, int reason, instant_t now);
MUST_USE enum ca_fault ca_write_revocations(struct ca *ca, instant_t now);

MUST_USE enum ca_fault ca_read(struct ca *ca, struct ca_list *ret_list);
void                   ca_list_close(struct ca_list *list);

#endif
