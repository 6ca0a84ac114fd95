#!/bin/sh
# Every test, on two processes. Thousands of them share two cores with browsers, servers and databases, and once in a
# while one waits in vain for its turn: up to three that failed are tried once more, alone, and named at the end. What
# fails alone too has failed, and so have four at once.
set -u

# In the order of tests/conftest.py: by itself it would begin with the files of most tests, and end with one process
# waiting for the other's few long ones.
pytest -n 2 --dist loadfile --no-loadscope-reorder --cache-clear "$@" && exit 0
code=$?
[ "$code" -eq 1 ] || exit "$code"

lost=$(python -c 'import json; print(*json.load(open(".pytest_cache/v/cache/lastfailed")), sep="\n")')
count=$(printf '%s\n' "$lost" | grep -c .)
if [ "$count" -eq 0 ] || [ "$count" -gt 3 ]; then
    exit 1
fi
echo "==> what failed, once more and alone"
pytest --last-failed --last-failed-no-failures=none "$@" || exit 1
printf '\nFailed beside the others and passed alone; look at what each waits for:\n%s\n' "$lost"
