# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# What the demo.sh of an example begins with. usage of each: demo.sh WITC_BUILD_FOLDER [FOLDER]
# (FOLDER: where to build; a temporary one if not given). What is run goes to stderr, what programs print to stdout.
set -euo pipefail
witc_dir=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..
if [ $# -gt 1 ]; then folder=$2; mkdir -p "$folder"; else folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; fi
source "$here/../toolchains/toolchains.sh"
export PATH="$witc_dir/bin:$PATH"
cd "$folder"

show() { echo "\$ $*" >&2; "$@"; }

# The WIT of an example with that of WASI beside it, in ./wit.
wit_with_wasi() {
  mkdir -p wit
  cp "$here"/wit/*.wit wit/
  cp -r "$root/wasi-preview/wit/deps" wit/
}
wit_inputs=("$here/wit" "$root/wasi-preview/wit/deps")

# Programs for wasm32-wasi from C and C++.
cc_wasi() { show clang-22 --target=wasm32-wasi -Wno-deprecated -O2 "$@" >&2; }
cxx_wasi() { show clang++-22 --target=wasm32-wasi -Wno-deprecated -std=c++23 -fno-exceptions -O2 "$@" >&2; }
