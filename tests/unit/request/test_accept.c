#include "../cases.h"

#include "request/accept.h"

static void
json_is_allowed_as_the_header_says(void **state)
{
    static const struct {
        const char *accept;
        bool        allows;
    } cases[] = {
        { "", true },
        { "application/json", true },
        { "Application/JSON", true },
        { "*/*", true },
        { "*", true },
        { "application/*", true },
        { "application/json; charset=utf-8", true },
        { "text/html, application/json;q=0.1", true },
        { "text/html , */* ; q=0.2", true },
        { "*/*;q=0, application/json", true },
        { "application/json, */*;q=0", true },
        { "application/json;q=1.0", true },
        { "application/json;q=0.001", true },
        { "text/html", false },
        { "text/*", false },
        { "application/xml", false },
        { "application/problem+json", false },
        { "application/jsonp", false },
        { "application/json;q=0", false },
        { "application/json;q=0.000", false },
        { "application/json;Q=0", false },
        { "application/json;charset=utf-8;q=0", false },
        { "application/json;q=0, */*", false },
        { "*/*, application/*;q=0", false },
        { "application/*;q=0, */*", false },
        { ",", false },
        { ";", false },
        { "json", false },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        CASE_TRUE(cases[i].accept, accept_allows_json(span_of(cases[i].accept)) == cases[i].allows);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_is_allowed_as_the_header_says),
    };
    return cmocka_run_group_tests_name("request/accept", tests, NULL, NULL);
}
