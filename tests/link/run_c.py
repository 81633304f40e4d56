#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Two shared libraries in C, compiled by clang and linked by wasm-ld, become one component, which is run.

They need each other, so one calls the other through the table; data relocations, a constructor, and a weak symbol that
nobody defines are in it too. Skipped where clang cannot make WebAssembly.

usage: run_c.py WITC CLANG SOURCES SCRATCH
"""

import pathlib
import subprocess
import sys

# What is called, and what comes back: 1, 2, 4, .. up to the limit.
CALLS = [("run(1)", "2"), ("run(5)", "32"), ("run(10)", "100")]


def run(*words) -> str:
    done = subprocess.run([str(word) for word in words], capture_output=True, timeout=120, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, words))}: status {done.returncode}: {done.stderr}")
    return done.stdout.strip()


def main() -> int:
    witc, clang, sources, scratch = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3]), pathlib.Path(sys.argv[4])
    scratch.mkdir(parents=True, exist_ok=True)
    flags = ["--target=wasm32", "-fPIC", "-O1", "-ffreestanding", "-nostdlib", "-shared", "-Wl,--experimental-pic,--entry=__wasm_call_ctors",
             "-Wl,--unresolved-symbols=import-dynamic", "-fvisibility=default"]
    count, app, embedded = scratch / "libcount.so", scratch / "libapp.so", scratch / "libapp.embedded.so"
    try:
        run(clang, *flags, sources / "libcount.c", "-o", count)
        run(clang, *flags, sources / "libapp.c", count, "-o", app)
    except (RuntimeError, FileNotFoundError) as failure:
        print(f"skipped: {failure}")
        return 77
    run(witc, "embed", sources / "app.wit", "--world", "app", app, "-o", embedded)
    program = scratch / "app.wasm"
    wrong = 0
    for order in ([f"libapp.so={embedded}", count], [count, f"libapp.so={embedded}"]):
        run(witc, "link", *order, "-o", program)
        run(witc, "validate", program)
        for call, expected in CALLS:
            result = run(witc, "run", "--invoke", call, program)
            if result != expected:
                wrong += 1
                print(f"FAIL {call} gives {result}, expected {expected}")
    print(f"{wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
