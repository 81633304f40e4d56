#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# The example from nothing; see ../common.sh.
source "$(dirname "$0")/../common.sh"

cc_wasi -Wl,-z,stack-size=1048576 "$here/filetool.c" -o filetool.wasm
show witc new filetool.wasm -o filetool.component.wasm >&2

# Something to work on.
rm -rf site secret
mkdir -p site/pages/deep/er secret
printf 'one fish\ntwo fish\n' > site/index.txt
printf 'red fish\nblue bird\n' > site/pages/colours.txt
seq 1 20000 > site/pages/deep/numbers.txt
: > site/pages/deep/er/empty
ln -s pages/colours.txt site/link
ln -s ../secret/key site/outside
echo 'no fish for guests' > secret/key

for program in filetool.wasm filetool.component.wasm; do
  echo "== $program"
  rm -rf copy && mkdir copy
  show witc run --dir site::/site $program tree /site
  show witc run --dir site::/site $program grep fish /site
  show witc run --dir site::/site --dir copy::/copy $program cp /site/pages /copy/pages
  diff -r site/pages copy/pages && echo "the copy is the same"
  # What it may not: out of the folder by a link or by a path, and anything at all without --dir.
  show witc run --dir site::/site $program cp /site/outside/ /site/stolen 2>&1 || echo "status $?"
  show witc run --dir site::/site $program grep fish /site/../secret 2>&1 || echo "status $?"
  show witc run $program tree /site 2>&1 || echo "status $?"
done
