#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# The example from nothing: configure, build, run. What is run goes to stderr, what the program prints to stdout.
#
# usage: demo.sh WITC_BUILD_FOLDER [FOLDER]     (FOLDER: where to build; a temporary one if not given)
set -euo pipefail
witc_dir=$(cd "$1" && pwd)
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if [ $# -gt 1 ]; then folder=$2; mkdir -p "$folder"; else folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; fi

show() { echo "\$ $*" >&2; "$@"; }

show cmake -G Ninja -S "$here" -B "$folder" -Dwitc_DIR="$witc_dir" -DCMAKE_CXX_COMPILER="${CXX:-clang++-22}" >&2
show cmake --build "$folder" >&2
show "$folder/workshop"
