#!/bin/sh
# Every check, then every test. All are run even when one fails; the exit code is 1 when any did.
set -u
cd "$(dirname "$0")/.."
export PATH="$PWD/.venv/bin:$PATH"
export RASA_TELEMETRY_ENABLED=false TF_CPP_MIN_LOG_LEVEL=3 SQLALCHEMY_SILENCE_UBER_WARNING=1
LOG=.cache/check.log
mkdir -p .cache
FAILED=

# check NAME COMMAND...: one line when it holds, its output when it does not.
check() {
    name=$1
    shift
    printf '==> %s ... ' "$name"
    if "$@" >"$LOG" 2>&1; then
        echo ok
    else
        echo FAILED
        tail -n 60 "$LOG" | sed 's/^/    /'
        FAILED="$FAILED $name,"
    fi
}

check "format (ruff)" ruff format --check --quiet
check "lint (ruff)" ruff check --quiet
check "types (mypy)" mypy
check "who may import whom (import-linter)" lint-imports --no-cache
check "training data and domain (rasa data validate)" rasa data validate --quiet --fail-on-warnings
if [ ! -f .cache/setup/no-node ]; then
    check "widget: types and unit tests" npm --prefix widget test --silent
    check "widget: the committed bundle is what the sources build" npm --prefix widget run --silent check-bundle
else
    echo "==> widget: types, unit tests, bundle ... skipped, since node 20 or newer is not there"
fi

echo "==> tests (pytest, on two processes)"
scripts/run_tests.sh "$@" || FAILED="$FAILED tests,"

if [ -n "$FAILED" ]; then
    printf '\nFailed:%s see above.\n' "$FAILED" | sed 's/, see/; see/'
    exit 1
fi
