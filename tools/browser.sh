#!/bin/sh
# Make sure that there is a Chromium for the tests of the web page. Without one these tests are skipped, loudly.
set -eu

has_browser() {
    for name in chromium chromium-browser google-chrome; do
        if command -v "$name" >/dev/null 2>&1; then
            return 0
        fi
    done
    return 1
}

if has_browser; then
    exit 0
fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing chromium for the browser tests"
    export DEBIAN_FRONTEND=noninteractive
    if apt-get update </dev/null && apt-get install -y --no-install-recommends chromium fonts-noto-cjk </dev/null && has_browser; then
        exit 0
    fi
fi
cat >&2 <<'MESSAGE'

******************************************************************************
*  NO BROWSER: the tests of the web page will be SKIPPED and counted as such. *
*  Debian, Ubuntu: sudo apt install chromium fonts-noto-cjk                   *
******************************************************************************

MESSAGE
