/*
 * process: CPU time and memory of other processes, each with all its children.
 *
 * Units   CPU in seconds (the kernel's ticks of 10 ms); memory in bytes (VmRSS).
 * Errors  a process that is gone reads as 0; process_watch_parse() refuses what is not NAME=PID.
 * Source  proc(5). Children that have ended count through their parent's cutime and cstime.
 */
#ifndef PROCESS_H
#define PROCESS_H

#include "load.h"

struct process_watch {
    char   name[32];
    int    pid;
    double cpu_before;
    double cpu_seconds; /* in the measured window */
};

MUST_USE bool process_watch_parse(const char *text, struct process_watch *ret_watch,
                                  struct complaint *reterr_complaint);

double   process_cpu_seconds(int pid);
uint64_t process_memory_bytes(int pid);

/* Of this program itself. */
double process_own_cpu_seconds(void);

#endif
