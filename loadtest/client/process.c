#include "process.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { PROCESSES_MAX = 65536 };

struct process {
    int      pid;
    int      parent;
    uint64_t ticks;
    bool     is_family;
};

struct process_list {
    struct process *rows;
    size_t          count;
};

bool
process_watch_parse(const char *text, struct process_watch *ret_watch,
                    struct complaint *reterr_complaint)
{
    const char *equals = strchr(text, '=');
    char       *end = NULL;
    long        pid = equals == NULL ? 0 : strtol(equals + 1, &end, 10);
    size_t      length = equals == NULL ? 0 : (size_t)(equals - text);

    if (length == 0 || length >= sizeof ret_watch->name || *end != '\0' || pid <= 0
        || pid > INT32_MAX) {
        complain(reterr_complaint, "--watch: not NAME=PID");
        return false;
    }
    *ret_watch = (struct process_watch){ .pid = (int)pid };
    memcpy(ret_watch->name, text, length);
    return true;
}

static bool
process_read(const char *number, struct process *ret_process)
{
    char               path[64];
    char               line[1024];
    int                parent = 0;
    unsigned long long user, system, children_user, children_system;

    snprintf(path, sizeof path, "/proc/%.20s/stat", number);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return false;
    size_t got = fread(line, 1, sizeof line - 1, file);
    fclose(file);
    line[got] = '\0';
    /* The name stands in brackets and may hold anything, brackets too: start after the last one. */
    const char *rest = strrchr(line, ')');
    if (rest == NULL
        || sscanf(rest + 1, " %*c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu %llu %llu",
                  &parent, &user, &system, &children_user, &children_system)
               != 5)
        return false;
    *ret_process = (struct process){
        .pid = (int)strtol(number, NULL, 10),
        .parent = parent,
        .ticks = user + system + children_user + children_system,
    };
    return true;
}

static void
family_mark(struct process_list *list, int pid)
{
    bool is_growing = true;

    for (size_t i = 0; i < list->count; i++)
        list->rows[i].is_family = list->rows[i].pid == pid;
    while (is_growing) {
        is_growing = false;
        for (size_t i = 0; i < list->count; i++)
            for (size_t j = 0; j < list->count && !list->rows[i].is_family; j++)
                if (list->rows[j].is_family && list->rows[j].pid == list->rows[i].parent)
                    is_growing = list->rows[i].is_family = true;
    }
}

/* All processes, those of the family marked. The caller frees rows, which may be NULL. */
static struct process_list
family_read(int pid)
{
    struct process_list list = { .rows = calloc(PROCESSES_MAX, sizeof *list.rows) };
    DIR                *folder = opendir("/proc");

    if (list.rows == NULL || folder == NULL) {
        if (folder != NULL)
            closedir(folder);
        return list;
    }
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        if (entry->d_name[0] < '0' || entry->d_name[0] > '9' || list.count == PROCESSES_MAX)
            continue;
        list.count += process_read(entry->d_name, &list.rows[list.count]);
    }
    closedir(folder);
    family_mark(&list, pid);
    return list;
}

double
process_cpu_seconds(int pid)
{
    struct process_list list = family_read(pid);
    uint64_t            ticks = 0;

    for (size_t i = 0; i < list.count; i++)
        if (list.rows[i].is_family)
            ticks += list.rows[i].ticks;
    free(list.rows);
    return (double)ticks / (double)sysconf(_SC_CLK_TCK);
}

static uint64_t
resident_bytes(int pid)
{
    char               path[64];
    char               line[256];
    unsigned long long kilobytes = 0;

    snprintf(path, sizeof path, "/proc/%d/status", pid);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return 0;
    while (fgets(line, sizeof line, file) != NULL)
        if (sscanf(line, "VmRSS: %llu", &kilobytes) == 1)
            break;
    fclose(file);
    return kilobytes * 1024;
}

uint64_t
process_memory_bytes(int pid)
{
    struct process_list list = family_read(pid);
    uint64_t            bytes = 0;

    for (size_t i = 0; i < list.count; i++)
        if (list.rows[i].is_family)
            bytes += resident_bytes(list.rows[i].pid);
    free(list.rows);
    return bytes;
}

double
process_own_cpu_seconds(void)
{
    struct rusage usage;

    if (getrusage(RUSAGE_SELF, &usage) != 0)
        return 0;
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
           + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}
