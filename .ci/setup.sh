#!/usr/bin/env bash
# Sets up the environment in .venv. `make` calls it; run it by hand as `.ci/setup.sh run|dev`.
#
#   run   what the program needs
#   dev   what the tests, the linters and the wheel need as well
#
# The stamp it leaves (.venv/.ready-run, .venv/.ready-dev) is what `make` looks at, so a second
# `make run` starts at once. A stamp is written last: an interrupted set-up is done again.
set -euo pipefail
cd "$(dirname "$0")/.."

stage=${1:-run}
case $stage in
    run | dev) ;;
    *) echo "setup: expected 'run' or 'dev', got '$stage'" >&2 && exit 2 ;;
esac

say() { printf 'setup: %s\n' "$*" >&2; }

# --- system libraries ------------------------------------------------------------------------
# A library is looked for by the name the loader uses: package names differ between releases.
libraries="
    libGL.so.1=libgl1
    libEGL.so.1=libegl1
    libdbus-1.so.3=libdbus-1-3
    libfontconfig.so.1=libfontconfig1
    libglib-2.0.so.0=libglib2.0-0
    libxkbcommon.so.0=libxkbcommon0
    libxcb-cursor.so.0=libxcb-cursor0
    libxcb-icccm.so.4=libxcb-icccm4
    libxcb-keysyms.so.1=libxcb-keysyms1
    libxcb-shape.so.0=libxcb-shape0
    libxkbcommon-x11.so.0=libxkbcommon-x11-0
"
# The tests drive a real window: a screen without hardware, a mouse, a screenshot.
programs="Xvfb=xvfb xdotool=xdotool import=imagemagick"

missing_packages() {
    local known pair found=()
    known=$(PATH="$PATH:/sbin:/usr/sbin" ldconfig -p 2>/dev/null || true)
    for pair in $libraries; do
        grep -qF "${pair%%=*} " <<<"$known" || found+=("${pair#*=}")
    done
    if [ "$stage" = dev ]; then
        for pair in $programs; do
            command -v "${pair%%=*}" >/dev/null || found+=("${pair#*=}")
        done
    fi
    # Qt finds its fonts through fontconfig; with none at all it draws empty boxes.
    ls /usr/share/fonts/*/* >/dev/null 2>&1 || found+=(fonts-dejavu-core)
    echo "${found[*]-}"
}

apt_install() { # apt_install PACKAGE ...: 0 when they are installed
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null && sudo -n true 2>/dev/null || return 1
        as_root=(sudo -n)
    fi
    local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq)
    local install=("${apt[@]}" install -y --no-install-recommends "$@")
    # A fresh machine has no package lists yet, an old one has stale ones: then fetch them.
    "${install[@]}" >/dev/null 2>&1 </dev/null && return 0
    "${apt[@]}" update >/dev/null </dev/null && "${install[@]}" >/dev/null </dev/null
}

if [ "$(uname -s)" = Linux ] && command -v apt-get >/dev/null; then
    missing=$(missing_packages)
    if [ -n "$missing" ]; then
        say "installing system packages: $missing"
        # shellcheck disable=SC2086 # one word a package
        if ! apt_install $missing; then
            say "could not install them from here. Please type this once, then try again:"
            say "    sudo apt-get update && sudo apt-get install --no-install-recommends $missing"
        fi
    fi
fi

# --- Python ----------------------------------------------------------------------------------
suits='import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))'

find_python() {
    local candidate
    for candidate in ${PYTHON:-} python3 python3.13 python3.12 python3.11 python3.14 python; do
        if "$candidate" -c "$suits" >/dev/null 2>&1; then
            echo "$candidate" && return 0
        fi
    done
    return 1
}

if [ ! -x .venv/bin/python ]; then
    if ! python=$(find_python); then
        # Debian ships the interpreter without what makes an environment.
        say "no Python 3.11 or newer with venv and ensurepip: trying the system's package"
        command -v apt-get >/dev/null && apt_install python3 python3-venv || true
        if ! python=$(find_python); then
            say "Python 3.11 or newer (with venv) is needed and was not found; install it, or"
            say "name one: make PYTHON=/path/to/python3.12 ${MAKECMDGOALS:-run}"
            exit 1
        fi
    fi
    say "making .venv with $("$python" --version)"
    "$python" -m venv .venv
fi

extras=""
[ "$stage" = run ] || extras="[test,check]"
say "installing Poolscope$extras and what it needs into .venv"
export PIP_DISABLE_PIP_VERSION_CHECK=1
.venv/bin/python -m pip install --quiet -e ".$extras" </dev/null

# --- does Qt load? ---------------------------------------------------------------------------
if ! problem=$(QT_QPA_PLATFORM=offscreen .venv/bin/python -c \
    'from PySide6.QtWidgets import QApplication; QApplication([])' 2>&1 </dev/null); then
    say "Qt does not load on this machine: $(tail -n 1 <<<"$problem")"
    say "a system library is missing; the names are those listed in .ci/setup.sh"
    exit 1
fi

touch .venv/.ready-run
[ "$stage" = run ] || touch .venv/.ready-dev
