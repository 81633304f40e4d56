#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The corpus' cases of linked programs that are run: each `expected.txt` says what is linked, called, and comes back.

The libraries get their worlds by `witc embed`, are linked by `witc link`, and what they import is plugged in.

usage: run_cases.py WITC CORPUS SCRATCH
"""

import pathlib
import subprocess
import sys

# `bar` of "test:test/test" adds 7.
HOST = """(component
  (core module $m (func (export "bar") (param i32) (result i32) (i32.add (local.get 0) (i32.const 7))))
  (core instance $i (instantiate $m))
  (func $bar (param "v" s32) (result s32) (canon lift (core func $i "bar")))
  (instance $test (export "bar" (func $bar)))
  (export "test:test/test" (instance $test)))
"""

# (folder, libraries in their order, what is plugged in, call, result)
CASES = [
    ("basic", ["libfoo.so", "libbar.so", "libc.so"], HOST, "test:test/test.bar(7)", "65"),
    ("got-weak", ["libfoo.so", "libc.so"], None, "foo()", "0"),
]


def run(*words) -> str:
    done = subprocess.run([str(word) for word in words], capture_output=True, timeout=60, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, words))}: status {done.returncode}: {done.stderr}")
    return done.stdout.strip()


def result_of(witc: str, folder: pathlib.Path, libraries, host, call: str, scratch: pathlib.Path) -> str:
    words = []
    for name in libraries:
        library, wit = folder / f"{name}.wat", folder / f"{name}.wit"
        if wit.exists():
            embedded = scratch / f"{name}.wasm"
            run(witc, "embed", wit, library, "-o", embedded)
            library = embedded
        words.append(f"{name}={library}")
    program = scratch / "program.wasm"
    run(witc, "link", *words, "-o", program)
    run(witc, "validate", program)
    if host is not None:
        (scratch / "host.wat").write_text(host)
        whole = scratch / "whole.wasm"
        run(witc, "plug", program, "--plug", scratch / "host.wat", "-o", whole)
        program = whole
    return run(witc, "run", "--invoke", call, program)


def main() -> int:
    witc, corpus, scratch = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    if not (corpus / "CASES.tsv").exists():
        print("skipped: no conformance corpus")
        return 77
    wrong = 0
    for name, libraries, host, call, expected in CASES:
        place = scratch / name
        place.mkdir(parents=True, exist_ok=True)
        try:
            result = result_of(witc, corpus / "tests/linking" / name, libraries, host, call, place)
        except RuntimeError as failure:
            result = str(failure)
        if result != expected:
            wrong += 1
            print(f"FAIL {name}: {call} gives {result}, expected {expected}")
    print(f"{len(CASES)} cases, {wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
