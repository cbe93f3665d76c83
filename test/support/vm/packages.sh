# What the machines are made of. Programs are installed, by root; kernels are fetched and unpacked below $cache, never installed.

# installed FILE:PACKAGE...: sees to it that each file is there
installed() {
  local pair missing=()
  for pair in "$@"; do
    [ -e "${pair%%:*}" ] || missing+=("${pair#*:}")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    die "needs ${missing[*]}; as root, where there is apt: apt-get install ${missing[*]}"
  fi
  with_lists env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
}

# unpacked PACKAGE: its files below $cache/PACKAGE
unpacked() {
  [ ! -e "$cache/$1/unpacked" ] || return 0
  command -v apt-get >/dev/null || die "needs Debian's package $1, and there is no apt-get to fetch it with"
  rm -rf "${cache:?}/$1" "$cache/fetched"
  mkdir "$cache/fetched"
  (cd "$cache/fetched" && with_lists apt-get download "$1") || exit 125
  dpkg -x "$cache"/fetched/*.deb "$cache/$1" || die "cannot unpack $1"
  rm -rf "$cache/fetched"
  touch "$cache/$1/unpacked" # last: what was cut short is begun anew
}

# Runs an apt command; when that fails, once more with fresh lists: on a new machine there are none.
with_lists() {
  "$@" >"$cache/apt.log" 2>&1 && return
  [ "$(id -u)" != 0 ] || apt-get update -qq >>"$cache/apt.log" 2>&1
  "$@" >>"$cache/apt.log" 2>&1 || die "'$*' failed: $(grep '^E:' "$cache/apt.log" | tail -n 1) (all of it: $cache/apt.log)"
}
