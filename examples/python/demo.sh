#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# The example from nothing; see ../common.sh.
source "$(dirname "$0")/../common.sh"
need python

wit_with_wasi
build_python() { componentize_py -d wit -w tasks componentize -p "$here" tasks -o tasks.wasm; }
cached tasks.wasm "$here/tasks.py" "${wit_inputs[@]}" -- build_python

rm -rf lists && mkdir -p lists/away
printf '# Home\n- [ ] paint the fence (due 2026-12-01)\n- [x] buy paint\n- [ ] water the plants (due 2026-11-22)\n' > lists/home.md
printf '# Été\n- [ ] réserver 🏕\n' > lists/away/summer.md

show witc run --dir lists::/lists --env USER=ada tasks.wasm /lists /lists/names.txt
echo "== the file it wrote"
cat lists/names.txt && echo
show witc run --invoke 'parse("- [x] tea (due 2026-11-30)")' tasks.wasm
show witc run --invoke 'parse("- tea")' tasks.wasm
