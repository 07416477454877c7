#!/bin/sh
# lengths.sh: functions of at most 70 lines, files of 500, lines of 100 columns; 120 in tables, which
# stand between `clang-format off` and `on`. Usage: lengths.sh FILE...
#
# A function is what stands between a `{` and a `}` in the first column, as the layout has it.
set -eu
export LC_ALL=C.UTF-8
bad=0
for file in "$@"; do
    # Every character outside ASCII counts as one column, so that awk may count bytes.
    sed 's/[^\x01-\x7f]/x/g' "$file" | LC_ALL=C awk -v file="$file" '
        function complain(line, text) { printf "%s:%d: %s\n", file, line, text; bad = 1 }
        /\/\* clang-format off \*\// { in_table = 1 }
        /\/\* clang-format on \*\//  { in_table = 0 }
        /^{/ { opened = FNR }
        /^}/ && opened {
            if (FNR - opened + 1 > 70)
                complain(opened, "function of " (FNR - opened + 1) " lines, 70 are the most")
            opened = 0
        }
        length($0) > (in_table ? 120 : 100) {
            complain(FNR, "line of " length($0) " columns, " (in_table ? 120 : 100) " are the most")
        }
        END {
            if (FNR > 500) complain(FNR, "file of " FNR " lines, 500 are the most")
            exit bad
        }' || bad=1
done
exit $bad
