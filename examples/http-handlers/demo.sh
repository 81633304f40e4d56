#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# The example from nothing; see ../common.sh.
source "$(dirname "$0")/../common.sh"
need npm python

# StarlingMonkey answers fetch events through wasi:http 0.2.10, and takes the rest of WASI at 0.2.12.
wit_with_wasi
rm -rf wit-0.2.10 && cp -r wit wit-0.2.10
sed -i 's/0\.2\.12/0.2.10/g' wit-0.2.10/*.wit wit-0.2.10/deps/*.wit
build_starling() { componentize_js "$here/handler.js" -w wit-0.2.10 -n handler -o starling.wasm; }
build_python() { componentize_py -d wit -w handler componentize -p "$here" handler -o python.wasm; }
cached starling.wasm "$here/handler.js" "${wit_inputs[@]}" -- build_starling
cached python.wasm "$here/handler.py" "${wit_inputs[@]}" -- build_python

for handler in starling python; do
  echo "== $handler"
  echo "\$ witc serve -O0 -C compile=lazy --addr 127.0.0.1:0 $handler.wasm" >&2
  witc serve -O0 -C compile=lazy --addr 127.0.0.1:0 $handler.wasm 2> $handler.log &
  server=$!
  trap 'kill $server 2> /dev/null || true' EXIT
  address=
  until [ -n "$address" ]; do
    kill -0 $server || { cat $handler.log >&2; exit 1; }
    sleep 0.1
    address=$(sed -n 's|^Serving HTTP on http://\([^/]*\)/$|\1|p' $handler.log)
  done
  python3 "$here/client.py" "$address" 300
  kill -TERM $server
  wait $server || { echo "status $?"; cat $handler.log >&2; }
done
