#!/usr/bin/env bash
# TorchSharp's native library needs the C++ runtime of GCC 13 or newer (symbol version GLIBCXX_3.4.32).
# Where it is older, as on Debian 12, this takes libstdc++6 and what it needs from Debian 13.
# It does nothing on a system that has it. Exit status: 0 the runtime is there, 1 it is not and why was printed.
set -uo pipefail
needed=GLIBCXX_3.4.32

[ "$(uname -s)" = Linux ] || exit 0

runtime_is_new_enough() {
    local library
    library=$(ldconfig -p 2>/dev/null | awk '/libstdc\+\+\.so\.6 / { print $NF; exit }')
    [ -n "$library" ] && grep -aqF "$needed" "$library"
}

if runtime_is_new_enough; then
    exit 0
fi

explain() {
    echo "The C++ runtime (libstdc++.so.6) of this system has no $needed; TorchSharp needs it. $1" >&2
    echo 'Systems that have it: Debian 13, Ubuntu 24.04, Fedora 38, RHEL 10 and newer. Training in TorchSharp does not work here until then.' >&2
    exit 1
}

[ "$(id -u)" = 0 ] || explain 'Run eng/mend-cpp-runtime.sh as root, or install libstdc++6 of GCC 13 or newer.'
command -v apt-get >/dev/null || explain 'There is no apt-get here: install libstdc++ of GCC 13 or newer with the package manager of this system.'
[ "$(. /etc/os-release && echo "${ID:-}:${VERSION_CODENAME:-}")" = debian:bookworm ] ||
    explain 'It is mended by itself on Debian 12 only: install libstdc++6 of GCC 13 or newer.'

# Debian 13 beside Debian 12, in a folder of its own: later runs of apt-get see neither the source nor its lists.
apt=$(mktemp -d)
trap 'rm -rf "$apt"' EXIT
chmod 755 "$apt"
mkdir -p "$apt/sources" "$apt/lists/partial"
cp /etc/apt/sources.list.d/*.sources /etc/apt/sources.list.d/*.list "$apt/sources/" 2>/dev/null
[ -s /etc/apt/sources.list ] && cp /etc/apt/sources.list "$apt/sources/main.list"
for file in "$apt"/sources/*; do
    grep -q bookworm "$file" || continue
    sed 's/bookworm/trixie/g' "$file" >"$apt/sources/trixie-$(basename "$file")"
done
run_apt() {
    DEBIAN_FRONTEND=noninteractive apt-get -q \
        -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts="$apt/sources" -o Dir::State::Lists="$apt/lists" \
        -o Dpkg::Options::=--force-confold -o DPkg::Lock::Timeout=300 "$@"
}
echo "Taking the C++ runtime of Debian 13: this one has no $needed."
run_apt update >"$apt/log" 2>&1 &&
    run_apt install -y --no-install-recommends libstdc++6/trixie libc6/trixie libgcc-s1/trixie gcc-14-base/trixie >>"$apt/log" 2>&1
if ! runtime_is_new_enough; then
    tail -n 20 "$apt/log" >&2
    explain 'apt-get could not install it; its last lines are above.'
fi
