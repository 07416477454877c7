#include "command/server.h"

#include "base/log.h"
#include "command/card_asking.h"

#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sysexits.h>

enum { KEPT_BLOCK_BYTES = 8 << 20, KEPT_HEAP_BYTES = 64 << 20 };

static struct tls_files
tls_files_of(const struct settings *settings)
{
    return (struct tls_files){ .certificate = settings->tls_certificate,
                               .key = settings->tls_key,
                               .authority = settings->tls_authority,
                               .ticket_key = settings->tls_ticket_key,
                               .versions = settings->tls_priorities };
}

static void
take_settings(struct server *server, enum duty duty)
{
    const struct settings *from = &server->settings;

    server->worker_settings = (struct worker_settings){
        .line = { .duty = duty,
                  .database_url = from->database,
                  .lanes = (size_t)from->lanes,
                  .places = (uint32_t)from->places,
                  .large_places = (uint32_t)from->large_requests,
                  .limits = { .bulk_keep_s = (int32_t)from->bulk_keep_s,
                              .bulk_jobs = (int32_t)from->bulk_jobs,
                              .upload_bytes_max = from->upload_bytes,
                              .upload_age_s = (int32_t)from->upload_age_s,
                              .uploads_unfinished = (int32_t)from->uploads_unfinished,
                              .release_needs_other_certificate =
                                  from->release_other_certificate != 0 },
                  .arena_block_bytes = (size_t)from->request_bytes_first,
                  .arena_bytes_max = (size_t)from->request_bytes_most,
                  .directory_stale_ms = (uint32_t)from->directory_stale_ms,
                  .has_budgets = from->budgets != 0 },
        .listener = { .address = from->address,
                      .port = (uint16_t)from->port,
                      .connections_max = (uint32_t)from->connections,
                      .connection_memory_bytes = (uint32_t)from->connection_bytes,
                      .idle_s = (uint32_t)from->idle_s,
                      .head_ms = (uint32_t)from->head_ms,
                      .body_ms = (uint32_t)from->body_ms,
                      .reply_ms = (uint32_t)from->reply_ms,
                      .place_wait_ms = (uint32_t)from->place_wait_ms,
                      .backlog = (uint32_t)from->backlog,
                      .stream = { .streams_max = (uint32_t)from->uploads,
                                  .checkpoint_bytes = (uint32_t)from->upload_checkpoint_bytes,
                                  .idle_ms = (uint32_t)from->upload_idle_ms } },
        .tls = tls_files_of(from),
        .pseudonym_key = from->pseudonym_key,
        .challenge_key = from->challenge_key,
        .office_key = from->office_key,
        .document_key = from->document_key,
        .document_issuer = from->document_issuer,
        .cards = server->cards.trust,
        .directory_poll_ms = (uint32_t)from->directory_poll_ms,
        .drain_ms = (uint32_t)from->drain_ms,
    };
    server->worker_count = (size_t)from->workers;
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

/* A request that grows takes and gives back blocks of memory which the C library would fetch from
 * the kernel, page by page, each time: it keeps them instead. How many there can be is limited by
 * the places. */
static void
keep_memory(void)
{
    (void)mallopt(M_MMAP_THRESHOLD, KEPT_BLOCK_BYTES);
    (void)mallopt(M_TRIM_THRESHOLD, KEPT_HEAP_BYTES);
}

static void
wake_all(struct server *server)
{
    for (size_t i = 0; i < server->worker_count; i++)
        worker_wake(&server->workers[i]);
}

/* Before that, and with a worker that has ended, whoever waits looks by itself a little later. */
static void
wake_for_cards(void *owner)
{
    struct server *server = owner;

    if (server->has_workers)
        wake_all(server);
}

static void
drain(struct server *server, const struct server_duty *duty)
{
    log_event(LOG_INFO, "draining", NULL, 0);
    server->admin.is_draining = true;
    if (duty->drain != NULL)
        duty->drain();
    for (size_t i = 0; i < server->worker_count; i++)
        server->workers[i].wants_drain = true;
    wake_all(server);
    for (size_t i = 0; i < server->worker_count; i++)
        worker_join(&server->workers[i]);
    if (duty->join != NULL)
        duty->join();
    log_event(LOG_INFO, "drained", NULL, 0);
}

/* All workers get theirs, or none does: two certificates at once would be hard to understand. The
 * files are read here, so that no loop waits for a disk. */
static const char *
renew_tls(struct server *server, const struct tls_files *files)
{
    struct tls **fresh = calloc(server->worker_count, sizeof(struct tls *));
    const char  *reason = fresh == NULL ? "out of memory" : NULL;

    for (size_t i = 0; reason == NULL && i < server->worker_count; i++)
        fresh[i] = tls_new(files, &reason);
    for (size_t i = 0; fresh != NULL && i < server->worker_count; i++) {
        if (reason == NULL)
            worker_renew(&server->workers[i], fresh[i]);
        else
            tls_release(fresh[i]);
    }
    free(fresh);
    return reason;
}

static void
renew_cards(struct server *server, const struct settings *settings, bool is_told)
{
    if (!card_watch_look(&server->cards, settings, is_told))
        return;
    for (size_t i = 0; i < server->worker_count; i++)
        worker_renew_cards(&server->workers[i], server->cards.trust);
}

static void
reload(struct server *server, int argc, char **argv)
{
    struct settings fresh = { .texts = server->settings.texts };
    char            reason[SETTINGS_REASON_BYTES];

    settings_preset(&fresh, server->settings.duty);
    bool        is_sound = settings_read_arguments(&fresh, argc, argv, reason);
    const char *trouble = reason;
    server->settings.texts = fresh.texts;
    if (is_sound) {
        struct tls_files files = tls_files_of(&fresh);
        trouble = renew_tls(server, &files);
    }
    if (trouble != NULL) {
        log_say(LOG_ERROR, "reload_refused", LOG_TEXT("reason", trouble));
        return;
    }
    server->settings.card_authorities = fresh.card_authorities;
    server->settings.card_revocations = fresh.card_revocations;
    server->settings.card_policy = fresh.card_policy;
    server->settings.card_grace_s = fresh.card_grace_s;
    renew_cards(server, &server->settings, true);
    set_log_level(fresh.log_level);
}

/* Signals are only ever taken here: SIGHUP reloads, SIGTERM and SIGINT end in order. */
static void
wait_for_end(struct server *server, const sigset_t *signals, int argc, char **argv)
{
    const struct timespec pause = { .tv_sec = server->settings.card_poll_s };

    for (;;) {
        int signal_number = sigtimedwait(signals, NULL, &pause);
        if (signal_number == SIGHUP)
            reload(server, argc, argv);
        else if (signal_number > 0)
            return;
        else if (errno == EAGAIN)
            renew_cards(server, &server->settings, false);
    }
}

static const char *
start(struct server *server, const struct server_duty *duty)
{
    server->workers = calloc(server->worker_count, sizeof *server->workers);
    if (server->workers == NULL)
        return "out of memory";
    const char *reason = duty->prepare == NULL ? NULL : duty->prepare(server);
    if (reason == NULL)
        reason = card_asking_open(&server->settings, wake_for_cards, server,
                                  &server->worker_settings.statuses);
    if (reason != NULL)
        return reason;
    for (size_t i = 0; i < server->worker_count; i++) {
        reason = worker_start(&server->workers[i], &server->worker_settings, (int)i);
        if (reason != NULL)
            return reason;
    }
    server->has_workers = true;
    reason = duty->start == NULL ? NULL : duty->start(server);
    if (reason != NULL || server->settings.admin_port == 0)
        return reason;
    return admin_open(&server->admin, server->settings.admin_address,
                      (uint16_t)server->settings.admin_port, server->workers, server->worker_count,
                      duty->meter, duty->tell == NULL ? card_asking_tell : duty->tell);
}

static int
fail(const struct server_duty *duty, const char *reason, int code)
{
    fprintf(stderr, "shikaku %s: %s\n", duty->name, reason);
    return code;
}

static void
print_help(const struct server_duty *duty)
{
    printf("usage: shikaku %s [--config FILE] [--key value ...]\n\n"
           "%s SIGHUP reloads certificates and the settings\nmarked so, SIGTERM ends in order. "
           "`shikaku %s --example` prints a settings file.\n\nsettings:\n",
           duty->name, duty->help, duty->name);
    settings_print(stdout, duty->duty, false);
}

static void
block_signals(sigset_t *ret_signals)
{
    sigemptyset(ret_signals);
    sigaddset(ret_signals, SIGHUP);
    sigaddset(ret_signals, SIGTERM);
    sigaddset(ret_signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, ret_signals, NULL); /* before any thread: all of them inherit it */
    signal(SIGPIPE, SIG_IGN);
}

static const char *
check(const struct settings *settings)
{
    if (settings->clock_shift_s != 0 && strcmp(settings->clock, "test") != 0)
        return "clock_shift_s needs clock = test";
    return NULL;
}

int
server_run(struct server *server, const struct server_duty *duty, int argc, char **argv)
{
    char     reason[SETTINGS_REASON_BYTES];
    sigset_t signals;

    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        print_help(duty);
        return EX_OK;
    }
    if (argc == 2 && strcmp(argv[1], "--example") == 0) {
        settings_print(stdout, duty->duty, true);
        return EX_OK;
    }
    settings_preset(&server->settings, duty->duty);
    if (!settings_read_arguments(&server->settings, argc, argv, reason))
        return fail(duty, reason, EX_USAGE);
    const char *trouble = check(&server->settings);
    if (trouble != NULL)
        return fail(duty, trouble, EX_USAGE);
    clock_shift(server->settings.clock_shift_s);
    set_log_level(server->settings.log_level);
    raise_descriptor_limit();
    keep_memory();
    block_signals(&signals);
    trouble = card_watch_open(&server->cards, &server->settings);
    if (trouble != NULL)
        return fail(duty, trouble, EX_USAGE);
    take_settings(server, duty->duty);
    trouble = start(server, duty);
    if (trouble != NULL)
        return fail(duty, trouble, EX_UNAVAILABLE);
    log_say(LOG_INFO, duty->running, LOG_NUMBER("port", server->settings.port),
            LOG_NUMBER("workers", server->settings.workers));
    wait_for_end(server, &signals, argc, argv);
    drain(server, duty);
    admin_close(&server->admin);
    card_asking_close();
    card_watch_close(&server->cards);
    return EX_OK;
}
