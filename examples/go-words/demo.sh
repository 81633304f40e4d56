#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# The example from nothing; see ../common.sh.
source "$(dirname "$0")/../common.sh"
need go

build_words() { (cd "$here" && go_wasi build -trimpath -o "$folder/words.wasm" .); }
cached words.wasm "$here/main.go" "$here/go.mod" -- build_words

rm -rf texts && mkdir -p texts/more out
printf 'The cat sat on the mat.\nThe naïve café costs 12.50, or 7.\n' > texts/cats.txt
printf "The dog sat on the cat's mat; the mat tore.\n" > texts/more/dogs.txt
echo 'no text' > texts/ignored.bin

show witc run --dir texts::/texts --dir out::/out --env HOME=/texts words.wasm /texts /out/report.json
echo "== the file it wrote has $(wc -c < out/report.json) bytes"
show witc run --dir texts::/texts words.wasm /texts /out/report.json || echo "status $?"
show witc run words.wasm /texts /out/report.json || echo "status $?"
echo "== as a component"
show witc new words.wasm -o words.component.wasm >&2
show witc run --dir texts::/texts --dir out::/out words.component.wasm /texts /out/report.json | tail -2
