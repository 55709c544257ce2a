#!/bin/sh
# Programs beside Python that tests use where they are there; tests skip, with the reason, where they are not.
# Installs them when this runs as root on Debian or its kin; never fails.
packages="chromium"

[ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 || exit 0
for package in $packages; do
    dpkg -s "$package" >/dev/null 2>&1 || missing="${missing:-} $package"
done
[ -n "${missing:-}" ] || exit 0
{ apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing; } \
    >/dev/null 2>&1 || echo "Not installed:$missing. The tests that use them are skipped." >&2
exit 0
