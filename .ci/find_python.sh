#!/bin/sh
# Prints a Python that can run gluteweak and make a virtual environment, or says what to install.
set -eu

supported='import sys; raise SystemExit(not (3, 11) <= sys.version_info[:2] <= (3, 13))'
for candidate in ${PYTHON:-} python3 python3.13 python3.12 python3.11; do
    if "$candidate" -c "$supported" >/dev/null 2>&1; then
        if "$candidate" -c 'import ensurepip, venv' >/dev/null 2>&1; then
            echo "$candidate"
            exit 0
        fi
        echo "$candidate cannot make a virtual environment: install its venv module (Debian: apt install python3-venv)." >&2
        exit 1
    fi
done
found=$(python3 --version 2>/dev/null || echo "no python3")
echo "gluteweak needs Python 3.11, 3.12 or 3.13 (found: $found): install one (Debian: apt install python3 python3-venv)" \
    "or name it: make PYTHON=/path/to/python3.11 ..." >&2
exit 1
