/*
 * pki_parts: what the actions of `shikaku pki` share.
 *
 * Errors  exit codes of sysexits.h; a message is printed where the fault is found.
 */
#ifndef COMMAND_PKI_PARTS_H
#define COMMAND_PKI_PARTS_H

#include "command/options.h"
#include "crypto/ca.h"

enum { ISO_SIZE = 21, PKI_PATH_MAX = 1024 };

struct pki_kind {
    const char          *name;
    enum certificate_use use;
};

/* Where a certificate and its key go: folder/name.pem and folder/name.key. */
struct pki_place {
    int         folder;
    const char *path; /* of the folder, as it was given */
    const char *name;
};

int pki_complain(enum ca_fault fault);

const struct pki_kind *pki_kind_of(const char *name); /* NULL: unknown, and said so */

/* "2031-04-01T00:00:00Z" */
void pki_format_instant(instant_t instant, char ret_text[ISO_SIZE]);
bool pki_parse_instant(const char *text, instant_t *ret_instant);

/* Opens a folder, making it (mode 0700) when it is absent; -1 on failure, and said so. */
int pki_open_folder(const char *path);

/* Looked at before a certificate stands in the journal; the authority's lock keeps others away. */
bool pki_place_is_taken(const struct pki_place *place);

/* Writes NAME.key (unless key is NULL) and NAME.pem. */
MUST_USE enum ca_fault pki_put_pair(const struct pki_place *place, const struct key *key,
                                    const struct certificate *certificate, unsigned flags);

void pki_print_issued(const struct pki_place *place, const struct certificate_wish *wish,
                      const struct certificate_facts *facts);
void pki_print_entry(const struct ca_entry *entry, instant_t now);

/* The name of a CRLReason; -1 or NULL when there is none. */
int         pki_reason_code(const char *name);
const char *pki_reason_name(int code);

/* "ec" or "rsa"; else false, and said so. */
MUST_USE bool pki_read_key_type(const char *type, enum key_kind *ret_key);

/* The days, the purpose, the policy and the key, as the options of the same names say. */
struct pki_terms {
    const struct option_value *days;
    const struct option_value *not_before;
    const struct option_value *is_expired;
    const struct option_value *is_not_yet;
    const struct option_value *purpose;
    const struct option_value *policy;
    const struct option_value *key_type;
};
MUST_USE bool pki_read_terms(const struct pki_terms *terms, const struct pki_kind *kind,
                             struct certificate_wish *wish, enum key_kind *ret_key);

int pki_issue_many(const struct option_value *values);

/* The columns of `issue-many`, in the order of its table in pki.c. */
enum pki_many_option {
    MANY_DIR,
    MANY_KIND,
    MANY_SUBJECTS,
    MANY_OUT,
    MANY_SHARE_KEY,
    MANY_DAYS,
    MANY_NOT_BEFORE,
    MANY_EXPIRED,
    MANY_NOT_YET,
    MANY_PURPOSE,
    MANY_POLICY,
    MANY_KEY_TYPE,
    MANY_FORCE,
    MANY_COUNT
};

#endif
