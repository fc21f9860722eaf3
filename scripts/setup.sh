# Sourced by scripts/run and scripts/test: everything between a fresh machine and a ready .venv.
# shellcheck shell=bash
#
# Made for Debian 12 and 13 and Ubuntu 24.04; elsewhere the packages of missing_packages() have to
# be there already. Needs nothing but bash, coreutils and findutils to begin with.

root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)
venv=$root/.venv
locks=$root/scripts/requirements
readonly root venv locks
readonly EXIT_UNAVAILABLE=69 # EX_UNAVAILABLE of sysexits.h: something outside landgis is missing

# What another environment left for Python must not reach ours. Where packages come from
# (PIP_INDEX_URL, PIP_CERT, …) stays as the machine has it.
unset VIRTUAL_ENV PYTHONHOME PYTHONPATH PIP_TARGET PIP_PREFIX PIP_ROOT PIP_PYTHON PIP_CONSTRAINT \
  PIP_REQUIREMENT PIP_NO_DEPS PIP_DRY_RUN PIP_REQUIRE_HASHES PIP_NO_BINARY PIP_ONLY_BINARY
export PIP_USER=0 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1

say() { printf 'landgis: %s\n' "$*" >&2; }

give_up() { # message lines
  say "$1"
  shift
  [ $# -eq 0 ] || printf '%s\n' "$@" >&2
  exit $EXIT_UNAVAILABLE
}

# step WHAT REMEDY COMMAND…: one line with the time it took; its output only when it fails.
step() {
  local what=$1 remedy=$2 log began=$SECONDS
  shift 2
  log=$(mktemp)
  printf 'landgis: %s … ' "$what" >&2
  if "$@" >"$log" 2>&1 </dev/null; then
    printf '%d s\n' $((SECONDS - began)) >&2
    rm -f "$log"
    return
  fi
  printf 'failed\n' >&2
  tail -n 30 "$log" >&2
  give_up "$what failed. $remedy" "Everything it said: $log"
}

has() { command -v "$1" >/dev/null 2>&1; }

# --- system packages -------------------------------------------------------------------------

is_usable_python() {
  "$1" -c 'import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' \
    >/dev/null 2>&1
}

find_python() {
  local name
  for name in python3.13 python3.12 python3.11 python3 /usr/bin/python3; do
    if is_usable_python "$name"; then
      command -v "$name"
      return
    fi
  done
  return 1
}

has_postgis() {
  local control major
  for control in /usr/share/postgresql/*/extension/postgis.control; do
    major=${control#/usr/share/postgresql/}
    major=${major%%/*}
    [ -e "$control" ] && [ "$major" -ge 15 ] && [ -x "/usr/lib/postgresql/$major/bin/initdb" ] &&
      return
  done
  # A server that is not in the distribution's place; landgis itself checks it more closely.
  has pg_config && [ -e "$(pg_config --sharedir)/extension/postgis.control" ] &&
    [ -x "$(pg_config --bindir)/initdb" ]
}

has_browser() { has chromium || has chromium-browser || has google-chrome; }

has_libatomic() { compgen -G '/usr/lib*/libatomic.so.1' || compgen -G '/usr/lib/*/libatomic.so.1'; }

is_ubuntu() { grep -qs '^ID=ubuntu' /etc/os-release; }

missing_packages() { # run|test
  [ -n "${LANDGIS_DATABASE_URL:-}" ] || has_postgis || echo postgresql postgresql-postgis
  [ -x "$venv/bin/python" ] || find_python >/dev/null || echo python3-venv
  [ "$1" = test ] || return 0
  # A database URL is for running; the tests also prove the private cluster.
  [ -z "${LANDGIS_DATABASE_URL:-}" ] || has_postgis || echo postgresql postgresql-postgis
  has ogrinfo || echo gdal-bin
  # What drives the browser is a Node program linked against it.
  has_libatomic >/dev/null || echo libatomic1
  # A browser without any font draws no letters.
  has_browser || if is_ubuntu; then echo chromium-browser; else echo chromium fonts-dejavu-core; fi
}

# The distribution's package would make and start a cluster of its own, which nobody here uses.
no_main_cluster='d=/etc/postgresql-common/createcluster.d; dpkg -s postgresql-common >/dev/null 2>&1 || { mkdir -p $d && echo "create_main_cluster = false" > $d/landgis.conf; }'

install_system_packages() { # run|test
  local packages command
  packages=$(missing_packages "$1" | xargs)
  [ -n "$packages" ] || return 0
  has apt-get || give_up "This machine needs, by the names Debian gives them: $packages" \
    "Install them with your system's package manager and start again."
  command="$no_main_cluster; apt-get update; DEBIAN_FRONTEND=noninteractive"
  command="$command apt-get install -y --no-install-recommends $packages"
  local what="System packages ($packages)"
  local remedy="Is the machine's package source reachable? Then start again."
  if [ "$(id -u)" = 0 ]; then
    step "$what" "$remedy" sh -c "$command"
  elif has sudo && sudo -n true 2>/dev/null; then
    step "$what" "$remedy" sudo -n sh -c "$command"
  else
    local become="sudo sh -c"
    has sudo || become="su -c"
    give_up "This machine lacks: $packages" "Type this line, then start again:" "" \
      "  $become '$command'" ""
  fi
}

# --- Python and the front end ----------------------------------------------------------------

digest_of() { # files and folders
  find "$@" \( -name node_modules -o -name __pycache__ \) -prune -o -type f -print0 2>/dev/null |
    LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -d' ' -f1
}

is_done() { [ "$(cat "$venv/landgis.$1" 2>/dev/null)" = "$2" ]; }

note_done() { printf '%s\n' "$2" >"$venv/landgis.$1"; }

make_venv() {
  # A moved checkout leaves wrong paths in .venv/bin, a changed system Python leaves a dead link.
  if is_done place "$root" && "$venv/bin/python" -c '' 2>/dev/null; then return; fi
  local python
  rm -rf "$venv"
  python=$(find_python) || give_up \
    "landgis needs Python 3.11, 3.12 or 3.13 with venv; found: $(python3 --version 2>&1)."
  step "Virtual environment ($("$python" --version))" \
    "Is there room, and may you write in $root?" "$python" -m venv "$venv"
  note_done place "$root"
}

install_python_packages() { # run|test
  local files=("$locks/build.txt" "$locks/run.txt") wanted
  [ "$1" = run ] || files+=("$locks/test.txt")
  wanted=$(digest_of "${files[@]}")
  if is_done "packages-$1" "$wanted"; then return; fi
  step "Python packages" "Is the Python package index reachable? Then start again." \
    "$venv/bin/python" -m pip install --require-hashes "${files[@]/#/--requirement=}"
  note_done "packages-$1" "$wanted"
}

install_landgis() {
  local wanted
  # The packaging's inputs and those of scripts/build_hook.py.
  wanted=$(cd "$root" && digest_of pyproject.toml landgis/__init__.py landgis/frontend \
    landgis/web/i18n scripts/build_hook.py scripts/requirements/build.txt)
  if is_done build "$wanted" && [ -d "$root/landgis/web/static/app" ]; then return; fi
  step "landgis with its map page" "The lines above say why. Is the npm registry reachable?" \
    "$venv/bin/python" -m pip install --no-deps --no-build-isolation --editable "$root"
  note_done build "$wanted"
}

# set_up run|test: leaves a .venv with landgis in it; within a moment when nothing has changed.
set_up() {
  install_system_packages "$1"
  # Two of these at once in one checkout: the second waits, then finds everything done.
  exec 9<"$root"
  flock 9
  make_venv
  install_python_packages "$1"
  install_landgis
  exec 9<&-
}
