#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# The example from nothing; see ../common.sh.
source "$(dirname "$0")/../common.sh"
need npm python

mkdir -p wit/deps
cp "$here"/wit/*.wit wit/
cp "$here"/../text-stats/wit/text.wit wit/deps/
inputs=("$here/wit" "$here/../text-stats/wit")

build_quickjs() { componentize_qjs --js "$here/script.js" -w wit -n script -o quickjs.wasm; }
build_python() { componentize_py -d wit -w script componentize -p "$here" script -o python.wasm; }
cached quickjs.wasm "$here/script.js" "${inputs[@]}" -- build_quickjs
cached python.wasm "$here/script.py" "${inputs[@]}" -- build_python

show witc bindgen cpp "$here/../text-stats/wit" --world library --out-dir gen >&2
cxx_wasi -mexec-model=reactor -Igen "$here/../text-stats/library.cpp" gen/library.cpp -o library.core.wasm
show witc new library.core.wasm -o library.wasm >&2
show witc bindgen cpp wit --world page --out-dir gen >&2
cxx_wasi -Igen "$here/page.cpp" gen/page.cpp -o page.core.wasm
show witc new page.core.wasm -o page.wasm >&2

for script in quickjs python; do
  echo "== $script between two components in C++"
  show witc plug $script.wasm --plug library.wasm -o $script.library.wasm >&2
  show witc plug page.wasm --plug $script.library.wasm -o page.$script.wasm >&2
  show witc run page.$script.wasm "The cat sat on the mat. The naïve dog, too."
done
