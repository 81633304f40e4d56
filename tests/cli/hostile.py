#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Hostile input to every subcommand: truncated, mutated and random bytes and text, a fixed seed.

Whatever it is given, `witc` ends by itself, with status 0 (the mutant happened to be good), 1 and a
diagnostic, or for `run` the guest's own; it is never ended by a signal or a sanitizer, never hangs, and
leaves no output file behind when it fails.

usage: hostile.py WITC SEEDS ROUNDS      SEEDS: the folder with adder.wat, adder.wit, composition.wat, compose.wac
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
    (["print", "--print-offsets", "--name-unnamed", "{}"], "core"),
    (["parse", "{}", "-o", "OUT"], "wat"),
    (["objdump", "{}"], "wasm"),
    (["objdump", "-d", "{}"], "wasm"),
    (["strip", "--delete", "a.*b|name", "{}", "-o", "OUT"], "wasm"),
    (["wit", "{}"], "wit"),
    (["wit", "--json", "{}"], "wit"),
    (["wit", "{}"], "component"),
    (["bindgen", "cpp", "{}", "--out-dir", "OUT"], "wit"),
    (["embed", "{}", "GOOD_CORE", "-o", "OUT"], "wit"),
    (["new", "{}", "-o", "OUT"], "core"),
    (["plug", "{}", "--plug", "GOOD_COMPONENT", "-o", "OUT"], "component"),
    (["plug", "GOOD_COMPONENT", "--plug", "{}", "-o", "OUT"], "component"),
    (["compose", "{}", "--dep", "example:adder=GOOD_COMPONENT", "-o", "OUT"], "wac"),
    (["wast", "{}"], "wat"),
    (["wast", "{}"], "script"),
    (["semver-check", "{}", "--prev", "adder", "--new", "adder"], "wit"),
    (["semver-check", "GOOD_COMPONENT", "--prev", "{}"], "component"),
    (["unbundle", "{}", "--threshold", "0", "--module-dir", "OUT.modules", "-o", "OUT"], "component"),
    (["link", "{}", "GOOD_LIBRARY", "--use-built-in-libdl", "-o", "OUT"], "library"),
    (["link", "GOOD_LIBRARY", "--stub-missing-functions", "--dl-openable", "libhelp.so={}", "-o", "OUT"], "library"),
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


def make_seeds(witc: str, sources: pathlib.Path, folder: pathlib.Path) -> dict:
    """Seeds by kind; the binaries are made by witc itself of the texts in the source folder."""
    def run(*words):
        subprocess.run([witc, *map(str, words)], check=True, capture_output=True)

    core, embedded = folder / "adder.core.wasm", folder / "adder.embedded.wasm"
    component, composition = folder / "adder.wasm", folder / "composition.wasm"
    run("parse", sources / "adder.wat", "-o", core)
    run("embed", sources / "adder.wit", "--world", "adder", core, "-o", embedded)
    run("new", embedded, "-o", component)
    run("parse", sources / "composition.wat", "-o", composition)
    libraries, inputs = [folder / "app.so", folder / "libhelp.so"], sources.parent / "Inputs" / "link"
    for library in libraries:
        run("embed", inputs / "app.wit", inputs / (library.stem.removeprefix("lib") + ".wat"), "-o", library)
    return {"core": [embedded], "library": libraries, "component": [component, composition], "wasm": [core, component, composition],
            "script": [sources.parent / "Inputs" / name for name in ("wrong.wast", "wrong-component.wast")],
            "wat": [sources / "adder.wat", sources / "composition.wat"], "wit": [sources / "adder.wit"],
            "wac": [sources / "compose.wac"]}


def failure_of(template, words, out, environment):
    """What is wrong with how witc took it; none if nothing is."""
    try:
        done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, env=environment,
                              timeout=TIMEOUT_SECONDS)
    except subprocess.TimeoutExpired:
        return "a hang"
    stderr = done.stderr.decode(errors="replace")
    if "Sanitizer" in stderr or "runtime error:" in stderr:
        return stderr[-3000:]
    if done.returncode not in ((0, 1, 134) if template[0] == "run" else (0, 1)):
        return f"status {done.returncode}: {stderr[-2000:]}"
    if done.returncode == 1 and template[0] not in ("run", "wast") and not stderr.strip():
        return "status 1 without a diagnostic"
    if done.returncode == 1 and os.path.isfile(out):
        return "status 1, and an output file left behind"
    return None


def main() -> int:
    witc, sources, rounds = sys.argv[1], pathlib.Path(sys.argv[2]), int(sys.argv[3])
    rng = random.Random(20261121)
    failures, runs = [], 0
    environment = dict(os.environ, ASAN_OPTIONS="handle_segv=0:allocator_may_return_null=1", NO_COLOR="1")
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        seeds = make_seeds(witc, sources, folder)
        good = {"GOOD_CORE": str(seeds["core"][0]), "GOOD_COMPONENT": str(seeds["component"][0]),
                "GOOD_LIBRARY": str(seeds["library"][0])}
        for template, kind in COMMANDS:
            for seed in seeds[kind]:
                for data in mutants(seed.read_bytes(), rng, rounds):
                    path, out = folder / f"input{seed.suffix}", folder / f"out{runs}"
                    path.write_bytes(data)
                    words = [good.get(w, w).replace("{}", str(path)).replace("OUT", str(out)) for w in template]
                    runs += 1
                    wrong = failure_of(template, [witc, *words], out, environment)
                    if wrong:
                        kept = pathlib.Path(f"hostile-{runs}{seed.suffix}")
                        kept.write_bytes(data)
                        failures.append(f"witc {' '.join(template)} on {kept.absolute()}: {wrong}")
    print(f"{runs} hostile runs, {len(failures)} failures")
    for failure in failures[:20]:
        print(failure)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
