#!/bin/sh
# Programs beside Python that tests use where they are there; tests skip, with the reason, where they are not.
# Installs them when this runs as root on Debian or its kin; never fails.
packages="chromium slurmctld slurmd slurm-client munge"

[ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 || exit 0
for package in $packages; do
    dpkg -s "$package" >/dev/null 2>&1 || missing="${missing:-} $package"
done
[ -n "${missing:-}" ] || exit 0
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq >/dev/null 2>&1 || true
# Singly, so that one that cannot be had keeps none of the others away. Daemons that packages bring are not started:
# tests start their own.
policy=/usr/sbin/policy-rc.d
[ -e "$policy" ] || { printf '#!/bin/sh\nexit 101\n' > "$policy" && chmod 755 "$policy" && own_policy=yes; }
for package in $missing; do
    apt-get install -y -qq --no-install-recommends "$package" </dev/null >/dev/null 2>&1 ||
        echo "Not installed: $package. The tests that use it are skipped." >&2
done
[ -z "${own_policy:-}" ] || rm -f "$policy"
exit 0
