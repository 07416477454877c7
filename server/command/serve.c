#include "admin/admin.h"
#include "base/log.h"
#include "bulk/bulk.h"
#include "command/command.h"
#include "config/settings.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sysexits.h>

struct server {
    struct settings        settings;
    struct worker_settings worker_settings;
    struct bulk_settings   bulk_settings;
    struct bulk            bulk;
    struct worker         *workers;
    size_t                 worker_count;
    struct admin           admin;
};

/* Whether single questions are under way; the workers say so a few dozen times a second. */
static bool
is_busy(void *owner)
{
    const struct server *server = owner;

    for (size_t i = 0; i < server->worker_count; i++) {
        const struct meter *meter = &server->workers[i].meter;
        if (atomic_load_explicit(&meter->places_taken, memory_order_relaxed) > 0
            || atomic_load_explicit(&meter->waiting, memory_order_relaxed) > 0)
            return true;
    }
    return false;
}

static void
take_settings(struct server *server)
{
    const struct settings *from = &server->settings;

    server->worker_settings = (struct worker_settings){
        .line = { .database_url = from->database,
                  .lanes = (size_t)from->lanes,
                  .places = (uint32_t)from->places,
                  .large_places = (uint32_t)from->large_requests,
                  .limits = { .bulk_keep_s = (int32_t)from->bulk_keep_s,
                              .bulk_jobs = (int32_t)from->bulk_jobs },
                  .arena_block_bytes = (size_t)from->request_bytes_first,
                  .arena_bytes_max = (size_t)from->request_bytes_most,
                  .directory_stale_ms = (uint32_t)from->directory_stale_ms },
        .listener = { .address = from->address,
                      .port = (uint16_t)from->port,
                      .connections_max = (uint32_t)from->connections,
                      .connection_memory_bytes = (uint32_t)from->connection_bytes,
                      .idle_s = (uint32_t)from->idle_s,
                      .head_ms = (uint32_t)from->head_ms,
                      .body_ms = (uint32_t)from->body_ms,
                      .backlog = (uint32_t)from->backlog },
        .tls = { .certificate = from->tls_certificate,
                 .key = from->tls_key,
                 .authority = from->tls_authority,
                 .ticket_key = from->tls_ticket_key,
                 .versions = from->tls_priorities },
        .pseudonym_key = from->pseudonym_key,
        .directory_poll_ms = (uint32_t)from->directory_poll_ms,
        .drain_ms = (uint32_t)from->drain_ms,
    };
    server->worker_count = (size_t)from->workers;
}

static void
take_bulk_settings(struct server *server)
{
    const struct settings *from = &server->settings;

    server->bulk_settings = (struct bulk_settings){
        .database_url = from->database,
        .pseudonym_key = from->pseudonym_key,
        .chunk = (uint32_t)from->bulk_chunk,
        .pause_ms = (uint32_t)from->bulk_pause_ms,
        .idle_ms = (uint32_t)from->bulk_idle_ms,
        .arena_block_bytes = (size_t)from->request_bytes_first,
        .arena_bytes_max = (size_t)from->request_bytes_most,
        .directory_poll_ms = (uint32_t)from->directory_poll_ms,
        .directory_stale_ms = (uint32_t)from->directory_stale_ms,
        .drain_ms = (uint32_t)from->drain_ms,
        .is_busy = is_busy,
        .owner = server,
    };
}

static void
set_log_level(const char *name)
{
    static const char *const names[] = { "debug", "info", "warn", "error" };
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (strcmp(name, names[i]) == 0)
            log_set_least((enum log_level)i);
}

/* As many descriptors as we may have; the setting `connections` must stay below. */
static void
raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        log_event(LOG_WARN, "descriptor_limit_stays", NULL, 0);
}

static void
wake_all(struct server *server)
{
    for (size_t i = 0; i < server->worker_count; i++)
        worker_wake(&server->workers[i]);
}

static void
drain(struct server *server)
{
    log_event(LOG_INFO, "draining", NULL, 0);
    server->admin.is_draining = true;
    bulk_drain(&server->bulk);
    for (size_t i = 0; i < server->worker_count; i++)
        server->workers[i].wants_drain = true;
    wake_all(server);
    for (size_t i = 0; i < server->worker_count; i++)
        worker_join(&server->workers[i]);
    bulk_join(&server->bulk);
    log_event(LOG_INFO, "drained", NULL, 0);
}

static void
reload(struct server *server, int argc, char **argv)
{
    struct settings fresh = { .texts = server->settings.texts };
    char            reason[SETTINGS_REASON_BYTES];

    settings_preset(&fresh);
    bool is_sound = settings_read_arguments(&fresh, argc, argv, reason);
    server->settings.texts = fresh.texts;
    if (!is_sound) {
        log_say(LOG_ERROR, "reload_refused", LOG_TEXT("reason", reason));
        return;
    }
    set_log_level(fresh.log_level);
    server->worker_settings.tls = (struct tls_files){ .certificate = fresh.tls_certificate,
                                                      .key = fresh.tls_key,
                                                      .authority = fresh.tls_authority,
                                                      .ticket_key = fresh.tls_ticket_key,
                                                      .versions = fresh.tls_priorities };
    for (size_t i = 0; i < server->worker_count; i++)
        server->workers[i].wants_reload = true;
    wake_all(server);
}

/* Signals are only ever taken here: SIGHUP reloads, SIGTERM and SIGINT end in order. */
static void
wait_for_end(struct server *server, const sigset_t *signals, int argc, char **argv)
{
    for (;;) {
        int signal_number = 0;
        if (sigwait(signals, &signal_number) != 0)
            continue;
        if (signal_number != SIGHUP)
            return;
        reload(server, argc, argv);
    }
}

static const char *
start(struct server *server)
{
    server->workers = calloc(server->worker_count, sizeof *server->workers);
    if (server->workers == NULL)
        return "out of memory";
    for (size_t i = 0; i < server->worker_count; i++) {
        const char *reason = worker_start(&server->workers[i], &server->worker_settings, (int)i);
        if (reason != NULL)
            return reason;
    }
    if (server->bulk_settings.chunk > 0) {
        const char *reason = bulk_start(&server->bulk, &server->bulk_settings);
        if (reason != NULL)
            return reason;
    }
    if (server->settings.admin_port == 0)
        return NULL;
    return admin_open(&server->admin, server->settings.admin_address,
                      (uint16_t)server->settings.admin_port, server->workers, server->worker_count,
                      &server->bulk.meter);
}

static int
fail(const char *reason, int code)
{
    fprintf(stderr, "shikaku serve: %s\n", reason);
    return code;
}

static void
print_help(void)
{
    puts("usage: shikaku serve [--config FILE] [--key value ...]\n\n"
         "Answers facilities over mutual TLS. SIGHUP reloads certificates and the settings marked\n"
         "so, SIGTERM ends in order. `shikaku serve --example` prints a settings "
         "file.\n\nsettings:");
    settings_print(stdout, false);
}

int
command_serve(int argc, char **argv)
{
    static struct server server; /* its settings must outlive the workers' threads */
    char                 reason[SETTINGS_REASON_BYTES];
    sigset_t             signals;

    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        print_help();
        return EX_OK;
    }
    if (argc == 2 && strcmp(argv[1], "--example") == 0) {
        settings_print(stdout, true);
        return EX_OK;
    }
    settings_preset(&server.settings);
    if (!settings_read_arguments(&server.settings, argc, argv, reason))
        return fail(reason, EX_USAGE);
    if (server.settings.clock_shift_s != 0 && strcmp(server.settings.clock, "test") != 0)
        return fail("clock_shift_s needs clock = test", EX_USAGE);
    clock_shift(server.settings.clock_shift_s);
    set_log_level(server.settings.log_level);
    raise_descriptor_limit();
    sigemptyset(&signals);
    sigaddset(&signals, SIGHUP);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, NULL); /* before any thread: all of them inherit it */
    signal(SIGPIPE, SIG_IGN);
    take_settings(&server);
    take_bulk_settings(&server);
    const char *trouble = start(&server);
    if (trouble != NULL)
        return fail(trouble, EX_UNAVAILABLE);
    log_say(LOG_INFO, "serving", LOG_NUMBER("port", server.settings.port),
            LOG_NUMBER("workers", server.settings.workers));
    wait_for_end(&server, &signals, argc, argv);
    drain(&server);
    admin_close(&server.admin);
    return EX_OK;
}
