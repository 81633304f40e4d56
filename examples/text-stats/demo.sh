#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# The example from nothing: configure, build, run.
source "$(dirname "${BASH_SOURCE[0]}")/../common.sh"

show cmake -G Ninja -S "$here" -B "$folder" -Dwitc_DIR="$witc_dir" >&2
show cmake --build "$folder" >&2
show witc run "$folder/text-stats.wasm"
