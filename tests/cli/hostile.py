#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Hostile input to every subcommand: truncated, mutated and random bytes and text, a fixed seed.

Whatever it is given, `witc` ends by itself, with status 0 (the mutant happened to be good), 1 and a
diagnostic, or for `run` the guest's own; it is never ended by a signal or a sanitizer, never hangs, and
leaves no output file behind when it fails.

usage: hostile.py WITC SEED_FOLDER ROUNDS
"""

import os
import pathlib
import random
import subprocess
import sys
import tempfile

TIMEOUT_SECONDS = 60

# (subcommand and flags, what kind of seed it takes); {} is the mutated input, OUT an output path.
COMMANDS = [
    (["validate", "{}"], "wasm"),
    (["print", "{}"], "wasm"),
    (["parse", "{}", "-o", "OUT"], "wat"),
    (["wit", "{}"], "wit"),
    (["wit", "--json", "{}"], "wit"),
    (["wit", "{}"], "component"),
    (["bindgen", "cpp", "{}", "--out-dir", "OUT"], "wit"),
    (["embed", "{}", "GOOD_CORE", "-o", "OUT"], "wit"),
    (["new", "{}", "-o", "OUT"], "core"),
    (["plug", "{}", "--plug", "GOOD_COMPONENT", "-o", "OUT"], "component"),
    (["plug", "GOOD_COMPONENT", "--plug", "{}", "-o", "OUT"], "component"),
    (["compose", "{}", "-o", "OUT"], "wac"),
    (["adapters", "{}"], "component"),
    (["run", "{}"], "component"),
    (["run", "--invoke", "f()", "{}"], "component"),
]


def mutants(seed: bytes, rng: random.Random, rounds: int):
    """The seed cut short, with bytes changed, put in, taken out and moved; and bytes with no sense at all."""
    for _ in range(rounds):
        data = bytearray(seed)
        how = rng.randrange(6)
        if how == 0 and data:
            del data[rng.randrange(len(data)):]
        elif how == 1:
            data = bytearray(rng.randbytes(rng.randrange(1, 200)))
        elif how == 2:
            data = bytearray(seed[:8] + rng.randbytes(rng.randrange(1, 200)))
        else:
            for _ in range(rng.randrange(1, 8)):
                at = rng.randrange(len(data) + 1)
                choice = rng.randrange(3)
                if choice == 0 and at < len(data):
                    data[at] = rng.choice([0, 1, 0x7f, 0x80, 0xff, rng.randrange(256)])
                elif choice == 1:
                    data[at:at] = rng.randbytes(rng.randrange(1, 4))
                else:
                    del data[at:at + rng.randrange(1, 9)]
        yield bytes(data)


def main() -> int:
    witc, seed_folder, rounds = sys.argv[1], pathlib.Path(sys.argv[2]), int(sys.argv[3])
    subcommands = subprocess.run([witc, "--help"], capture_output=True, text=True, check=True).stdout
    rng = random.Random(20261121)
    failures, runs = [], 0
    environment = dict(os.environ, ASAN_OPTIONS="handle_segv=0:allocator_may_return_null=1", NO_COLOR="1")
    good = {
        "GOOD_CORE": str(seed_folder / "good.core.wasm"),
        "GOOD_COMPONENT": str(seed_folder / "good.component.wasm"),
    }
    with tempfile.TemporaryDirectory() as scratch:
        for template, kind in COMMANDS:
            if f"\n  {template[0]}" not in subcommands:
                failures.append(f"no subcommand `{template[0]}`")
                continue
            seeds = sorted(p for p in seed_folder.iterdir() if p.name.split(".")[1] == kind or
                           (kind == "wasm" and p.name.split(".")[1] in ("core", "component")))
            if not seeds:
                failures.append(f"no seed of kind {kind}")
            for seed in seeds:
                for number, data in enumerate(mutants(seed.read_bytes(), rng, rounds)):
                    path = os.path.join(scratch, "input" + ("".join(seed.suffixes[1:]) or ".bin"))
                    out = os.path.join(scratch, f"out{runs}")
                    pathlib.Path(path).write_bytes(data)
                    words = [good.get(w, w).replace("{}", path).replace("OUT", out) for w in template]
                    runs += 1
                    try:
                        done = subprocess.run([witc, *words], stdin=subprocess.DEVNULL, capture_output=True,
                                              env=environment, timeout=TIMEOUT_SECONDS)
                        status, stderr = done.returncode, done.stderr
                    except subprocess.TimeoutExpired:
                        status, stderr = "a hang", b""
                    ok = status in (0, 1) or (template[0] == "run" and status in (2, 134))
                    if status == 1 and template[0] != "run" and not stderr.strip():
                        ok, status = False, "1 without a diagnostic"
                    if b"Sanitizer" in stderr or b"runtime error:" in stderr:
                        ok = False
                    if status == 1 and os.path.exists(out) and os.path.isfile(out):
                        ok, status = False, "1 with an output file left"
                    if not ok:
                        kept = pathlib.Path(f"hostile-{template[0]}-{seed.stem}-{number}.bin")
                        kept.write_bytes(data)
                        failures.append(f"{' '.join(template)} on {kept}: {status}\n{stderr[-2000:].decode(errors='replace')}")
    print(f"{runs} hostile runs, {len(failures)} failures")
    for failure in failures[:20]:
        print(failure)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
