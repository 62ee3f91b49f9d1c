#!/bin/sh
# Install botcore into .venv: `setup.sh run` what the bot needs, `setup.sh dev` what its tests need too.
# Nothing is done when neither pyproject.toml nor constraints.txt has changed since.
# PYTHON=/path/to/python chooses the Python of a new .venv.
set -eu
cd "$(dirname "$0")/.."
kind=${1:-run}
python=.venv/bin/python

fail() {
    printf '\n' >&2
    printf '%s\n' "$@" >&2
    exit 1
}

is_new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

find_python() {
    for name in ${PYTHON:-python3 python3.13 python3.12 python3.11 python3.14}; do
        if command -v "$name" >/dev/null 2>&1 && is_new_enough "$name"; then
            command -v "$name"
            return
        fi
    done
}

make_venv() {
    found=$(find_python)
    [ -n "$found" ] || fail "botcore needs Python 3.11 or newer, and none was found${PYTHON:+ as $PYTHON}." \
        "Install it (Debian, Ubuntu: apt install python3 python3-venv), or say where it is: make setup PYTHON=/path/to/python3.12"
    if ! "$found" -c 'import ensurepip, venv' 2>/dev/null; then
        version=$("$found" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
            echo "This Python has no venv module: installing python$version-venv"
            apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "python$version-venv" </dev/null ||
                fail "apt-get could not install python$version-venv."
        else
            fail "This Python ($found) cannot make virtual environments." \
                "Install its venv module (Debian, Ubuntu: sudo apt install python$version-venv), then: make setup"
        fi
    fi
    echo "Making .venv with $found"
    "$found" -m venv --clear .venv
}

if ! { [ -x "$python" ] && is_new_enough "$python" && "$python" -m pip --version >/dev/null 2>&1; }; then
    make_venv
fi

wanted=$(cat pyproject.toml constraints.txt | cksum)
is_done() {
    [ "$(cat ".venv/.installed-$1" 2>/dev/null)" = "$wanted" ]
}

if is_done "$kind" || { [ "$kind" = run ] && is_done dev; }; then
    exit 0
fi
what=.
[ "$kind" = run ] || what=".[dev]"
echo "Installing botcore and what it needs into .venv; torch is large, so the first time takes minutes"
"$python" -m pip install --disable-pip-version-check -c constraints.txt -e "$what" </dev/null || fail \
    "The installation failed; the lines above say why." \
    "Behind a firewall name a mirror: .venv/bin/python -m pip config --site set global.index-url URL. Then: make setup"
printf '%s\n' "$wanted" >".venv/.installed-$kind"
