#!/bin/sh
# Make everything that running (or, with the word "test", testing) needs. Safe to call again: what is done is skipped.
#
#   scripts/setup.sh         uv, .venv, the packages of requirements.txt, the trained models
#   scripts/setup.sh test    the same, and what only tests need: a browser, a proxy, the widget's packages
#   scripts/setup.sh lock    write requirements.txt anew from pyproject.toml
#
# Needs a POSIX shell and any Python 3. Nothing is installed outside this folder, except the browser for tests, and that
# only where we are root on Debian.
set -eu
cd "$(dirname "$0")/.."
PURPOSE=${1:-run}
STAMPS=.cache/setup
LOG=.cache/setup/last-step.log
mkdir -p "$STAMPS"

export RASA_TELEMETRY_ENABLED=false TF_CPP_MIN_LOG_LEVEL=3 SQLALCHEMY_SILENCE_UBER_WARNING=1
export UV_NO_PROGRESS=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore PIP_PROGRESS_BAR=off
export NPM_CONFIG_FUND=false NPM_CONFIG_AUDIT=false NPM_CONFIG_UPDATE_NOTIFIER=false
# A virtual environment that happens to be active is not ours.
unset VIRTUAL_ENV PYTHONHOME PYTHONPATH || true

say() { printf '==> %s\n' "$*"; }
note() { printf '    note: %s\n' "$*"; }
stop() {
    printf '\nSet-up stopped: %s\n' "$1" >&2
    shift
    for line in "$@"; do printf '  %s\n' "$line" >&2; done
    exit 1
}

# Run a step quietly; its output is shown only when it fails.
quietly() {
    if "$@" >"$LOG" 2>&1; then return 0; fi
    tail -n 25 "$LOG" | sed 's/^/    /' >&2
    return 1
}

sum_of() { # one hash over files that are there and the words on standard input
    { cat; for file in "$@"; do [ -f "$file" ] && cat "$file"; done; } | cksum_256
}
cksum_256() {
    if command -v sha256sum >/dev/null 2>&1; then sha256sum | cut -d' ' -f1; else shasum -a 256 | cut -d' ' -f1; fi
}
done_already() { [ -f "$STAMPS/$1" ] && [ "$(cat "$STAMPS/$1")" = "$2" ]; }
mark_done() { printf '%s\n' "$2" >"$STAMPS/$1"; }

# --- Pythons and uv --------------------------------------------------------------------------------------------------

version_of() { "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null || true; }

# The folders of pyenv's Pythons. Its shims fail unless a version is chosen, so we look behind them.
pyenv_pythons() {
    root=$(pyenv root 2>/dev/null || true)
    for folder in "${PYENV_ROOT:-}" "$root" "$HOME/.pyenv"; do
        [ -n "$folder" ] || continue
        for python in "$folder"/versions/$1*/bin/python; do [ -x "$python" ] && printf '%s\n' "$python"; done
    done
}

any_python3() {
    for python in python3 python python3.13 python3.12 python3.11 python3.10 python3.9 /usr/bin/python3; do
        case "$(version_of "$python")" in 3.*) command -v "$python"; return 0 ;; esac
    done
    pyenv_pythons 3 | tail -n 1
}

find_uv() {
    for uv in uv .tools/bin/uv .tools/packages/bin/uv; do
        if "$uv" --version >/dev/null 2>&1; then
            UV=$(command -v "$uv")
            return 0
        fi
    done
    return 1
}

get_uv() {
    find_uv && return 0
    python=$(any_python3)
    [ -n "$python" ] || stop "there is no Python 3 on this machine." \
        "Install one (Debian: apt-get install python3 python3-venv), then run make again."
    say "Installing uv into .tools (by pip of Python $(version_of "$python"))"
    # Some systems ship Python without venv; pip alone will do then.
    if quietly "$python" -m venv --clear .tools && quietly .tools/bin/python -m pip install --quiet uv; then :; else
        quietly "$python" -m pip install --quiet --target .tools/packages uv || stop "uv could not be installed by pip." \
            "Check the network and pip's settings, or install uv yourself so that it is on the PATH."
    fi
    find_uv || stop "uv was installed into .tools but does not start." "Remove the folder .tools and run make again."
}

find_python310() {
    if [ "$(version_of python3.10)" = 3.10 ]; then command -v python3.10; return 0; fi
    for python in $(pyenv_pythons 3.10); do
        [ "$(version_of "$python")" = 3.10 ] && { printf '%s\n' "$python"; return 0; }
    done
    python=$("$UV" python find --no-project --no-python-downloads 3.10 2>/dev/null || true)
    [ "$(version_of "${python:-/nonexistent}")" = 3.10 ] && printf '%s\n' "$python"
}

make_venv() {
    [ "$(version_of .venv/bin/python)" = 3.10 ] && return 0
    get_uv
    python=$(find_python310 || true)
    if [ -z "$python" ]; then
        say "Fetching Python 3.10 with uv (none was found on the PATH, in pyenv or in uv's own)"
        quietly "$UV" python install 3.10 || stop "Python 3.10 is needed and could not be fetched." \
            "Rasa 3.6 runs on Python 3.10 and no newer one. Install it in any of these ways and run make again:" \
            "pyenv install 3.10, or a package python3.10 of your system, or uv python install 3.10 with a network."
        python=$(find_python310) || stop "uv fetched Python 3.10, but it does not start here."
    fi
    say "Making .venv with $python"
    quietly "$UV" venv --quiet --clear --python "$python" .venv || stop ".venv could not be made (see above)."
    rm -f "$STAMPS/packages"
}

sync_packages() {
    # The folder is part of the stamp: a copied or moved project has scripts that point elsewhere.
    wanted=$({ pwd; version_of .venv/bin/python; } | sum_of requirements.txt pyproject.toml)
    if done_already packages "$wanted" && [ -x .venv/bin/aftercare ]; then return 0; fi
    get_uv
    say "Installing the locked packages into .venv (about a minute the first time)"
    quietly "$UV" pip sync --quiet --require-hashes --python .venv/bin/python requirements.txt ||
        stop "the packages of requirements.txt could not be installed (see above)." \
            "Check the network and the package index, then run make again."
    quietly "$UV" pip install --quiet --no-deps --no-build-isolation --python .venv/bin/python --editable . ||
        stop "the project itself could not be installed into .venv (see above)."
    mark_done packages "$wanted"
}

# --- What only tests need --------------------------------------------------------------------------------------------

get_browser() {
    command -v chromium >/dev/null 2>&1 && command -v chromedriver >/dev/null 2>&1 && return 0
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
        note "no chromium and chromedriver here: tests in a browser are skipped (Debian: apt-get install chromium chromium-driver)"
        return 0
    fi
    say "Installing Chromium for the tests in a browser (apt-get)"
    install_browser() {
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium chromium-driver
    }
    quietly install_browser 2>/dev/null || { quietly apt-get update -qq 2>/dev/null && quietly install_browser; } ||
        note "Chromium could not be installed: tests in a browser are skipped"
}

# nginx is only unpacked: installed as a package it would start, on ports of this machine.
get_proxy() {
    for nginx in nginx /usr/sbin/nginx .tools/nginx/usr/sbin/nginx; do
        command -v "$nginx" >/dev/null 2>&1 && return 0
    done
    if ! command -v apt-get >/dev/null 2>&1 || ! command -v dpkg-deb >/dev/null 2>&1; then
        note "no nginx here: the tests behind a proxy are skipped (Debian: apt-get install nginx-light)"
        return 0
    fi
    say "Unpacking nginx into .tools for the tests behind a proxy (apt-get)"
    unpack_proxy() (
        rm -rf .tools/nginx && mkdir -p .tools/nginx && cd .tools/nginx &&
            apt-get download -qq nginx && dpkg-deb -x nginx_*.deb . && rm nginx_*.deb && usr/sbin/nginx -v
    )
    quietly unpack_proxy 2>/dev/null ||
        { [ "$(id -u)" = 0 ] && quietly apt-get update -qq 2>/dev/null && quietly unpack_proxy; } ||
        { rm -rf .tools/nginx; note "nginx could not be unpacked: the tests behind a proxy are skipped"; }
}

get_widget_packages() {
    # A file that scripts/check.sh looks for: without node the widget's checks are skipped; a failure is not skipped.
    rm -f "$STAMPS/no-node"
    if ! command -v npm >/dev/null 2>&1 || ! node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null; then
        note "no node 20 or newer here: the widget's own tests and the check of its bundle are skipped"
        : >"$STAMPS/no-node"
        return 0
    fi
    wanted=$(node --version | sum_of widget/package-lock.json)
    if done_already widget "$wanted" && [ -d widget/node_modules ]; then return 0; fi
    say "Installing the widget's packages (npm)"
    # A lock written against a registry without the packages of other systems is refused by npm ci; npm install keeps to
    # its versions and hashes all the same.
    if (cd widget && { npm ci --no-progress --silent >/dev/null 2>&1 ||
        quietly_in_widget npm install --no-save --no-progress --loglevel=error; }); then
        mark_done widget "$wanted"
    else
        note "npm failed (see above): the widget's checks will fail"
    fi
}
quietly_in_widget() { LOG=../$LOG quietly "$@"; }

# --- Lock ------------------------------------------------------------------------------------------------------------

if [ "$PURPOSE" = lock ]; then
    get_uv
    say "Resolving pyproject.toml into requirements.txt"
    quietly "$UV" pip compile --quiet --universal --generate-hashes --python-version 3.10 --extra dev pyproject.toml \
        -o requirements.txt || stop "pyproject.toml could not be resolved (see above)."
    exit 0
fi

# .venv is ours: what is compiled here once saves every later start of Rasa about five seconds.
unset PYTHONDONTWRITEBYTECODE

make_venv
sync_packages
if [ "$PURPOSE" = test ]; then
    get_browser
    get_proxy
    get_widget_packages
fi
# Says what it does; does nothing when the models are those of today's data.
.venv/bin/aftercare train --if-needed
