#!/bin/sh
# Measures the registry side by side with its yardsticks; see loadtest/README.md.
# Usage: loadtest/bench/run.sh [--quick] [--rounds N] ...    (--help lists all)
exec /usr/bin/python3 -B "$(dirname "$0")/bench.py" "$@"
