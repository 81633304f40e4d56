#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# The example from nothing; see ../common.sh.
source "$(dirname "$0")/../common.sh"

show clang++-22 --target=wasm32-wasi -Wno-deprecated -std=c++23 -O2 -fwasm-exceptions -mllvm -wasm-use-legacy-eh=false \
  "$here/exceptions.cpp" -o exceptions.wasm >&2
show witc new exceptions.wasm -o exceptions.component.wasm >&2

for program in exceptions.wasm exceptions.component.wasm; do
  show witc run $program || echo "status $?"
done
