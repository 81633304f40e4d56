#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# The example from nothing; see ../common.sh.
source "$(dirname "$0")/../common.sh"

cxx_wasi "$here/lines.cpp" -o lines.wasm
cxx_wasi "$here/sort.cpp" -o sort.wasm
show witc new sort.wasm -o sort.component.wasm >&2

show witc run lines.wasm make 100000000 > data
show witc run lines.wasm check < data
show witc run sort.wasm < data | witc run lines.wasm check
show witc run sort.component.wasm < data | witc run lines.wasm check
rm data
