#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Makes the guests that start_bench runs: usage: guests.sh FOLDER. Programs of the examples, made as their
# demo.sh make them; those whose toolchain is not installed (./dev setup --guests) are left out.
set -euo pipefail
bench=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$bench/../.." && pwd)
examples=$root/examples
mkdir -p "$1"
folder=$(cd "$1" && pwd)
cd "$folder"
source "$examples/toolchains/toolchains.sh"

is_newer() { [ -e "$1" ] && [ "$1" -nt "$2" ]; }
is_newer hello.wasm "$bench/hello.c" || clang-22 --target=wasm32-wasi -Wno-deprecated -O2 -Wl,-s "$bench/hello.c" -o hello.wasm
if ! is_newer json_tool.wasm "$examples/json-tool/json_tool.cpp"; then
  mkdir -p include
  ln -sfn /usr/include/nlohmann include/nlohmann
  clang++-22 --target=wasm32-wasi -Wno-deprecated -std=c++23 -fno-exceptions -O2 -Wl,-s -Iinclude "$examples/json-tool/json_tool.cpp" -o json_tool.wasm
fi
cp "$examples/json-tool/planets.json" .

mkdir -p lists texts out
printf '# Home\n- [ ] paint the fence (due 2026-12-01)\n- [x] buy paint\n' > lists/home.md
printf 'The cat sat on the mat.\nThe naïve café costs 12.50, or 7.\n' > texts/cats.txt

# The function of an example that builds, run as that example runs it, so that the cache of what was built is shared.
from_example() {  # from_example EXAMPLE OUTPUT TOOLCHAIN INPUT... -- FUNCTION
  local example=$1 output=$2 toolchain=$3
  shift 3
  (
    need "$toolchain"
    here=$examples/$example
    if [ -d "$here/wit" ]; then
      mkdir -p "$example/wit" && cd "$example"
      cp "$here"/wit/*.wit wit/
      cp -r "$root/wasi-preview/wit/deps" wit/
      wit_inputs=("$here/wit" "$root/wasi-preview/wit/deps")
    fi
    local inputs=()
    while [ "$1" != -- ]; do inputs+=("$here/$1"); shift; done
    eval "$(grep "^$2() " "$here/demo.sh")"
    cached "$output" "${inputs[@]}" "${wit_inputs[@]}" -- "$2"
    [ "$PWD" = "$folder" ] || cp "$output" "$folder/"
  ) || true
}
wit_inputs=()
from_example go-words words.wasm go main.go go.mod -- build_words
from_example javascript quickjs-sync.wasm npm tasks.js -- build_quickjs_sync
from_example javascript starling.wasm npm tasks.js -- build_starling
from_example python tasks.wasm python tasks.py -- build_python
