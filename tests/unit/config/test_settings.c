#include "../cases.h"

#include "config/settings.h"

#include <stdlib.h>
#include <unistd.h>

/* One for all tests: what was put lives as long as the program. */
static struct settings settings;

static bool
put(const char *key, const char *value, char *reason)
{
    return settings_put(&settings, span_of(key), span_of(value), reason);
}

/* Writes text to a file of its own; the caller removes it. */
static void
write_file(char path[32], const char *text)
{
    memcpy(path, "/tmp/settings-XXXXXX", 21);
    int file = mkstemp(path);
    assert_true(file >= 0);
    assert_int_equal(write(file, text, strlen(text)), strlen(text));
    close(file);
}

static void
values_within_their_limits_are_taken_and_others_refused(void **state)
{
    static const struct {
        const char *key;
        const char *value;
        bool        is_taken;
    } cases[] = {
        { "port", "1", true },         { "port", "65535", true },
        { "port", "0", false },        { "port", "65536", false },
        { "port", "-1", false },       { "port", "", false },
        { "port", " ", false },        { "port", "12a", false },
        { "port", "1e3", false },      { "port", "99999999999999999999999", false },
        { "port", "0x50", false },     { "workers", "64", true },
        { "workers", "65", false },    { "clock_shift_s", "-86400", true },
        { "log_level", "warn", true }, { "admin-port", "0", true },
        { "admin_port", "0", true },   { "Port", "8443", false },
        { "por", "8443", false },      { "ports", "8443", false },
        { "", "8443", false },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char reason[SETTINGS_REASON_BYTES] = "";
        settings_preset(&settings, DUTY_SERVE);
        CASE_INT(cases[i].key, put(cases[i].key, cases[i].value, reason), cases[i].is_taken);
        CASE_INT(cases[i].key, reason[0] == '\0', cases[i].is_taken);
    }
}

static void
a_refused_value_leaves_what_stood_and_names_its_key(void **state)
{
    char reason[SETTINGS_REASON_BYTES];

    (void)state;
    settings_preset(&settings, DUTY_SERVE);
    int64_t port = settings.port;
    assert_false(put("port", "70000", reason));
    assert_int_equal(settings.port, port);
    assert_non_null(strstr(reason, "port"));
    assert_non_null(strstr(reason, "65535"));
    assert_false(put("no_such_setting", "1", reason));
    assert_non_null(strstr(reason, "no_such_setting"));
}

static void
a_file_has_comments_blanks_and_values_with_equals_signs(void **state)
{
    char reason[SETTINGS_REASON_BYTES], path[32];

    (void)state;
    write_file(path,
               "# a comment\n\n  port\t=  9000  \r\ndatabase = host=/run dbname=x\nworkers=3");
    settings_preset(&settings, DUTY_SERVE);
    assert_true(settings_read_file(&settings, path, reason));
    unlink(path);
    assert_int_equal(settings.port, 9000);
    assert_int_equal(settings.workers, 3);
    assert_string_equal(settings.database, "host=/run dbname=x");
}

static void
a_broken_file_is_refused_with_a_reason(void **state)
{
    static const char *const texts[] = { "port\n", "port = x\n", "unknown = 1\n", "= 1\n" };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        char reason[SETTINGS_REASON_BYTES] = "", path[32];
        write_file(path, texts[i]);
        settings_preset(&settings, DUTY_SERVE);
        CASE_TRUE(texts[i], !settings_read_file(&settings, path, reason));
        CASE_TRUE(texts[i], reason[0] != '\0');
        unlink(path);
    }
    char reason[SETTINGS_REASON_BYTES];
    assert_false(settings_read_file(&settings, "/nonexistent/serve.conf", reason));
}

static void
the_command_line_wins_wherever_the_file_stands(void **state)
{
    char reason[SETTINGS_REASON_BYTES], path[32];

    (void)state;
    write_file(path, "port = 9000\nlanes = 3\n");
    char *first[] = { "serve", "--config", path, "--port", "9001", "--log-level", "warn" };
    settings_preset(&settings, DUTY_SERVE);
    assert_true(settings_read_arguments(&settings, ARRAY_LEN(first), first, reason));
    assert_int_equal(settings.port, 9001);
    assert_int_equal(settings.lanes, 3);
    assert_string_equal(settings.log_level, "warn");
    char *last[] = { "serve", "--port", "9001", "--config", path };
    settings_preset(&settings, DUTY_SERVE);
    assert_true(settings_read_arguments(&settings, ARRAY_LEN(last), last, reason));
    assert_int_equal(settings.port, 9001);
    unlink(path);
}

static void
a_command_line_that_is_no_pairs_is_refused(void **state)
{
    static char *const lines[][4] = { { "serve", "--port" },
                                      { "serve", "port", "9000" },
                                      { "serve", "-port", "9000" },
                                      { "serve", "--", "1" },
                                      { "serve", "--config", "/nonexistent/serve.conf" } };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        char  reason[SETTINGS_REASON_BYTES] = "";
        char *line[4];
        int   count = 0;
        while (count < 4 && lines[i][count] != NULL) {
            line[count] = lines[i][count];
            count++;
        }
        settings_preset(&settings, DUTY_SERVE);
        CASE_TRUE(lines[i][1], !settings_read_arguments(&settings, count, line, reason));
        CASE_TRUE(lines[i][1], reason[0] != '\0');
    }
}

/* The example file is the table, so it must be a file that this program reads. */
static void
the_printed_example_is_a_file_of_all_defaults(void **state)
{
    static struct settings preset;
    char                   reason[SETTINGS_REASON_BYTES], path[32];

    (void)state;
    memcpy(path, "/tmp/settings-XXXXXX", 21);
    int   descriptor = mkstemp(path);
    FILE *file = fdopen(descriptor, "w");
    assert_non_null(file);
    settings_print(file, DUTY_SERVE, true);
    fclose(file);
    settings_preset(&preset, DUTY_SERVE);
    settings_preset(&settings, DUTY_SERVE);
    assert_true(put("port", "9000", reason));
    assert_true(settings_read_file(&settings, path, reason));
    unlink(path);
    assert_int_equal(settings.port, preset.port);
    assert_int_equal(settings.idle_s, preset.idle_s);
    assert_string_equal(settings.tls_priorities, preset.tls_priorities);
}

static void
each_program_has_its_own_settings_and_ports(void **state)
{
    char reason[SETTINGS_REASON_BYTES] = "";

    (void)state;
    settings_preset(&settings, DUTY_SERVE);
    int64_t port = settings.port, admin_port = settings.admin_port;
    assert_true(put("bulk_chunk", "8", reason));
    settings_preset(&settings, DUTY_REGISTRAR);
    assert_int_not_equal(settings.port, port);
    assert_int_not_equal(settings.admin_port, admin_port);
    assert_false(put("bulk_chunk", "8", reason));
    assert_non_null(strstr(reason, "bulk_chunk"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_within_their_limits_are_taken_and_others_refused),
        cmocka_unit_test(a_refused_value_leaves_what_stood_and_names_its_key),
        cmocka_unit_test(a_file_has_comments_blanks_and_values_with_equals_signs),
        cmocka_unit_test(a_broken_file_is_refused_with_a_reason),
        cmocka_unit_test(the_command_line_wins_wherever_the_file_stands),
        cmocka_unit_test(a_command_line_that_is_no_pairs_is_refused),
        cmocka_unit_test(the_printed_example_is_a_file_of_all_defaults),
        cmocka_unit_test(each_program_has_its_own_settings_and_ports),
    };
    return cmocka_run_group_tests_name("config/settings", tests, NULL, NULL);
}
