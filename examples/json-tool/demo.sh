#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# The example from nothing; see ../common.sh.
source "$(dirname "$0")/../common.sh"

# The library's headers alone: those of the machine's C library are in the same folder.
mkdir -p include
ln -sfn /usr/include/nlohmann include/nlohmann
cxx_wasi -Iinclude "$here/json_tool.cpp" -o json_tool.wasm
show witc new json_tool.wasm -o json_tool.component.wasm >&2

for program in json_tool.wasm json_tool.component.wasm; do
  echo "== $program"
  show witc run $program stats < "$here/planets.json"
  show witc run $program cbor < "$here/planets.json"
  show witc run --dir "$here::/data" $program pretty /data/planets.json | show witc run $program minify
  show witc run $program get:/planets/1/note < "$here/planets.json"
  show witc run $program get:/planets/9 < "$here/planets.json" 2>&1 || echo "status $?"
  echo '{"open": [' | show witc run $program pretty 2>&1 || echo "status $?"
done
