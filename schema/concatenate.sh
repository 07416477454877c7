#!/bin/sh
# concatenate: prints the files that all.sql lists, in order, as one SQL text without psql commands.
set -eu
cd "$(dirname "$0")"
echo "-- The registry's first form. Safe to repeat. Made from the files in schema/ at that time."
sed -n 's/^\\ir //p' all.sql | while read -r file; do
    printf '\n-- ---- %s ----\n\n' "$file"
    cat "$file"
done
