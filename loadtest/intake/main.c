/*
 * intake: how many rows a second one core reads, and judges.
 *
 * Shape   intake [ROWS]: makes a CSV file of 25 columns in memory, gives it to the reader twice,
 *         once without and once with all rules, seals and indexes as many personal numbers under a
 *         key of its own, and prints how many a second of CPU time.
 * Source  the promises: 400,000 rows a second read, 150,000 read and judged, 400,000 sealed.
 */
#include "crypto/vault.h"
#include "intake/reader.h"
#include "model/check_digit.h"
#include "model/day.h"
#include "rule/judging.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

enum { ROWS_USUAL = 1000000, BYTES_PER_ROW = 512, TODAY = 20782 };

static const char header[] =
    "operation,row_key,symbol,number,branch_number,personal_number,personal_number_source,name,"
    "name_kana,sex1,birth_date,address,post_number,relation,insured_name,card_class,event_on,"
    "notice_received_on,acquired_on,card_issued_on,burden_ratio,ceiling_classification,"
    "ceiling_class,name_other,name_other_kana\n";

struct memory {
    const char *bytes;
    size_t      length;
    size_t      at;
};

static ssize_t
pull_memory(void *owner, char *place, size_t size)
{
    struct memory *memory = owner;
    size_t         length = memory->length - memory->at;

    if (length > size)
        length = size;
    memcpy(place, memory->bytes + memory->at, length);
    memory->at += length;
    return (ssize_t)length;
}

static size_t
make_file(char *place, long rows)
{
    size_t length = strlen(header);

    memcpy(place, header, length);
    for (long row = 0; row < rows; row++) {
        char digits[sizeof "-9223372036854775807"];
        snprintf(digits, sizeof(digits), "%011ld", 90000000000 + row);
        char true_digit = personal_number_check_digit(span_make(digits, 11));
        length += (size_t)snprintf(
            place + length, BYTES_PER_ROW,
            "acquire,K-%ld,1010,%ld,00,%s%c,submitted,架空　太郎%ld,カクウ　タロウ,1,19%02ld-%02ld-"
            "%02ld,"
            "架空県見本市本町１丁目２番３号　見本荘１０１,999-0001,1,架空　太郎,01,2026-11-20,"
            "2026-11-24,2026-11-20,2026-11-25,030,01,A03,,\n",
            row, row, digits, (char)('0' + (true_digit - '0' + 5) % 10), row, 60 + row % 40,
            1 + row % 12, 1 + row % 28);
    }
    return length;
}

static void
give_policies(struct policies *policies)
{
    static const struct {
        const char *name;
        const char *value;
    } parameters[] = {
        { "registration_due_days", "5" },          { "notice_due_days", "5" },
        { "registration_too_early_days", "60" },   { "registration_too_late_years", "2" },
        { "old_card_issued_until", "2024-12-01" },
    };

    memset(policies, 0, sizeof(*policies));
    for (size_t i = 0; i < ARRAY_LEN(parameters); i++)
        if (policies_add(policies, span_of(parameters[i].name), DAY_FIRST,
                         span_of(parameters[i].value))
            != FAULT_NONE)
            abort();
}

/* Rows a second of CPU time; counts findings, so that nothing is left out. */
static double
measure(const struct memory *file, const struct rule_context *context, bool is_judged,
        uint64_t *ret_findings)
{
    struct reader_settings settings = reader_usual(FORMAT_CSV, PACKING_NONE, CHARSET_UTF8);
    struct memory          memory = *file;
    struct rule_file       rule_file = { 0 };
    struct reader         *reader;
    struct enrolment_row   row;
    struct findings        findings;
    struct row_clock       row_clock;
    clock_t                start = clock();
    uint64_t               rows = 0;

    *ret_findings = 0;
    if (!reader_open(&reader, pull_memory, &memory, &settings))
        abort();
    while (reader_next(reader, &row, &findings) == READER_ROW) {
        if (is_judged)
            judge_row(context, &rule_file, &row, &row_clock, &findings);
        *ret_findings += findings.count;
        rows++;
    }
    reader_close(reader);
    return (double)rows / ((double)(clock() - start) / CLOCKS_PER_SEC);
}

static struct vault *
open_vault(void)
{
    char          folder[] = "/tmp/shikaku-intake-XXXXXX";
    char          path[64];
    unsigned char key[VAULT_KEY_BYTES] = { 1 };
    const char   *reason;

    if (mkdtemp(folder) == NULL)
        abort();
    snprintf(path, sizeof(path), "%s/1.key", folder);
    int file = open(path, O_CREAT | O_EXCL | O_WRONLY, 0600);
    if (file < 0 || write(file, key, sizeof(key)) != sizeof(key) || close(file) != 0)
        abort();
    struct vault *vault = vault_open(folder, &reason);
    if (vault == NULL || unlink(path) != 0 || rmdir(folder) != 0)
        abort();
    return vault;
}

static double
measure_vault(long count, bool is_index)
{
    struct vault          *vault = open_vault();
    struct personal_number number;
    unsigned char          place[SEALED_BYTES];
    clock_t                start = clock();

    if (!personal_number_take(span_of("900000000015"), &number))
        abort();
    for (long i = 0; i < count; i++)
        if (is_index)
            vault_index(vault, &number, place);
        else
            vault_seal(vault, i, &number, place);
    clock_t end = clock();
    vault_close(vault);
    return (double)count / ((double)(end - start) / CLOCKS_PER_SEC);
}

int
main(int argc, char **argv)
{
    static struct policies policies;
    const struct holidays  holidays = { NULL, 0 };
    long                   rows = argc > 1 ? strtol(argv[1], NULL, 10) : ROWS_USUAL;
    uint64_t               findings;

    if (rows < 1 || rows > READER_ROWS_MAX)
        return EX_USAGE;
    char         *place = malloc(strlen(header) + (size_t)rows * BYTES_PER_ROW);
    struct memory file = { .bytes = place };
    if (place == NULL)
        return EX_OSERR;
    file.length = make_file(place, rows);
    give_policies(&policies);
    struct rule_context context = { .insurer = { "06139018" },
                                    .insurer_from = DAY_FIRST,
                                    .insurer_until = DAY_FOREVER,
                                    .today = TODAY,
                                    .holidays = &holidays,
                                    .policies = &policies,
                                    .numbers_are_synthetic = true };
    double              read = measure(&file, &context, false, &findings);
    printf("read: %.0f rows a second, %" PRIu64 " findings, %zu bytes a row\n", read, findings,
           file.length / (size_t)rows);
    double judged = measure(&file, &context, true, &findings);
    printf("read and judged: %.0f rows a second, %" PRIu64 " findings\n", judged, findings);
    printf("sealed: %.0f a second; indexed: %.0f a second\n", measure_vault(rows, false),
           measure_vault(rows, true));
    free(place);
    return EX_OK;
}
