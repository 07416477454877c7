/*
 * attr: the compiler attributes this project uses, and no others.
 *
 * Source  GNU C; both gcc and clang.
 */
#ifndef BASE_ATTR_H
#define BASE_ATTR_H

#define MUST_USE                         __attribute__((warn_unused_result))
#define CLEANUP(undo)                    __attribute__((cleanup(undo)))
#define PRINTF_LIKE(format_at, first_at) __attribute__((format(printf, format_at, first_at)))

#define ARRAY_LEN(array) (sizeof(array) / sizeof((array)[0]))

#endif
