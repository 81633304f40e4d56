# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# The foreign toolchains that some examples are built with: `./dev setup --guests` installs them by this file, each
# example's demo.sh finds them by it. Sourced, by bash.
#
# They are kept outside the build folders, so that all of those share one installation: in $WITC_GUESTS, else in
# witc-guests of the user's cache folder. Every version is pinned: here, in package-lock.json, in requirements.txt; the
# name of an installation has its version, so a new pin installs anew. A file `.done` is written last.
#
# Go: Debian 12 has 1.19, which knows no WASI. It does know modules, and the toolchain is published as one
# (golang.org/toolchain), checked by the checksum database: any `go` there is downloads the pinned one.

guests_sources=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
guests_root=${WITC_GUESTS:-${XDG_CACHE_HOME:-$HOME/.cache}/witc-guests}
guests_go_version=1.26.8
guests_go=$guests_root/go-$guests_go_version
guests_npm=$guests_root/npm-$(sha256sum < "$guests_sources/package-lock.json" | cut -c1-12)
guests_python=$guests_root/python-$(sha256sum < "$guests_sources/requirements.txt" | cut -c1-12)

install_go() {
  local go
  go=$(command -v go)
  if [ "$("$go" env GOVERSION)" = "go$guests_go_version" ]; then
    ln -sfn "$("$go" env GOROOT)" "$guests_go"
  else
    local version module
    version=v0.0.1-go$guests_go_version.$("$go" env GOHOSTOS)-$("$go" env GOHOSTARCH)
    module=$guests_root/go-modules/golang.org/toolchain@$version
    mkdir -p "$guests_root/empty"
    (cd "$guests_root/empty" && GO111MODULE=on GOTOOLCHAIN=local GOFLAGS=-modcacherw GOMODCACHE="$guests_root/go-modules" \
      "$go" mod download "golang.org/toolchain@$version")
    chmod -R u+rwX "$module"
    chmod +x "$module"/bin/* "$module"/pkg/tool/*/*
    ln -sfn "$module" "$guests_go"
  fi
}

# Not `npm ci`: that wants the packages of every other platform in the lock file.
install_npm() {
  mkdir -p "$guests_npm"
  cp "$guests_sources/package.json" "$guests_sources/package-lock.json" "$guests_npm/"
  (cd "$guests_npm" && npm install --ignore-scripts --no-audit --no-fund --loglevel=error && touch .done)
}

install_python() {
  python3 -m venv "$guests_python"
  "$guests_python/bin/pip" install --quiet --disable-pip-version-check -r "$guests_sources/requirements.txt"
  touch "$guests_python/.done"
}

# What `./dev setup --guests` does after Debian's packages are there.
install_guests() {
  mkdir -p "$guests_root"
  (
    flock 9
    [ -x "$guests_go/bin/go" ] || { echo "Installing Go $guests_go_version for examples"; install_go; }
    [ -e "$guests_npm/.done" ] || { echo "Installing componentize-js and componentize-qjs for examples"; install_npm; }
    [ -e "$guests_python/.done" ] || { echo "Installing componentize-py for examples"; install_python; }
  ) 9> "$guests_root/lock"
}

# need go|npm|python...: ends the demo as skipped where one is not installed.
need() {
  local what
  for what in "$@"; do
    case $what in
      go) [ -x "$guests_go/bin/go" ] ;;
      npm) [ -e "$guests_npm/.done" ] && command -v node > /dev/null ;;
      python) [ -e "$guests_python/.done" ] ;;
    esac || { echo "SKIPPED: needs the toolchain '$what', see ./dev setup --guests"; exit 77; }
  done
}

go_wasi() { GOTOOLCHAIN=local GOFLAGS= GOOS=wasip1 GOARCH=wasm "$guests_go/bin/go" "$@"; }
componentize_js() { node "$guests_npm/node_modules/@bytecodealliance/componentize-js/src/cli.js" "$@"; }
componentize_qjs() { node "$guests_npm/node_modules/componentize-qjs/cli.mjs" "$@"; }
componentize_py() { "$guests_python/bin/componentize-py" --quiet "$@"; }

# cached OUTPUT INPUT... -- FUNCTION: OUTPUT as the function makes it from the inputs (files or folders). What was made once by
# the same function from the same inputs by the same versions is copied: the builds of StarlingMonkey and CPython take half a
# minute, and every build folder's tests want them.
cached() {
  local output=$1 inputs=() key
  shift
  while [ "$1" != -- ]; do inputs+=("$1"); shift; done
  shift
  key=$({
    echo "$guests_go $guests_npm $guests_python ${output##*/}"
    declare -f "$1"
    find -L "${inputs[@]}" -type f ! -path '*/__pycache__/*' | LC_ALL=C sort | while read -r file; do
      echo "${file##*/}"; sha256sum < "$file"
    done
  } | sha256sum | cut -c1-24)
  mkdir -p "$guests_root/built"
  (
    flock 9
    if [ ! -e "$guests_root/built/$key" ]; then
      echo "making ${output##*/}" >&2
      "$@" >&2
      cp "$output" "$guests_root/built/$key.new"
      mv "$guests_root/built/$key.new" "$guests_root/built/$key"
      find "$guests_root/built" -type f -mtime +30 -delete
    fi
  ) 9> "$guests_root/built/$key.lock"
  touch "$guests_root/built/$key"
  cp "$guests_root/built/$key" "$output"
}
