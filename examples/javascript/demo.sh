#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# The example from nothing; see ../common.sh.
source "$(dirname "$0")/../common.sh"
need npm

wit_with_wasi
build_starling() { componentize_js "$here/tasks.js" -w wit -n tasks -o starling.wasm; }
build_quickjs() { componentize_qjs --js "$here/tasks.js" -w wit -n tasks -o quickjs.wasm; }
build_quickjs_sync() { componentize_qjs --sync --js "$here/tasks.js" -w wit -n tasks -o quickjs-sync.wasm; }
cached starling.wasm "$here/tasks.js" "${wit_inputs[@]}" -- build_starling
cached quickjs.wasm "$here/tasks.js" "${wit_inputs[@]}" -- build_quickjs
cached quickjs-sync.wasm "$here/tasks.js" "${wit_inputs[@]}" -- build_quickjs_sync

mkdir -p lists
printf '# Home\n- [ ] paint the fence (due 2026-12-01)\n- [x] buy paint\n- [ ] water the plants (due 2026-11-22)\n' > lists/home.md
printf '# Été\n- [ ] réserver 🏕\n' > lists/summer.md

for program in quickjs quickjs-sync starling; do
  echo "== $program"
  show witc run --dir lists::/lists --env USER=ada $program.wasm one "two words"
  show witc run --invoke 'parse("- [x] tea (due 2026-11-30)")' $program.wasm
  show witc run --invoke 'parse("- tea")' $program.wasm
done
