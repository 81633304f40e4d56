#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Components that unfold to 2^60 of something, or nest 10,000 deep, in text and in binary, to every subcommand that
takes a component.

Each ends by itself within a second of processor time: with status 1 and a diagnostic, or with status 0 where nothing had
to be unfolded, which running always has to.

usage: explode.py WITC [SECONDS]
"""

import os
import pathlib
import resource
import subprocess
import sys
import tempfile

LEVELS = 60
GOOD = '(component (import "x" (instance (export "f" (func)))))'
WORLD = "package a:b;\nworld w { import x: interface { f: func(); } }\n"

# Subcommands, and whether they have to refuse what cannot be written out in full.
COMMANDS = [
    (["parse", "{}", "-o", "OUT"], False),
    (["validate", "--features", "all", "{}"], False),
    (["print", "{}"], False),
    (["objdump", "{}"], False),
    (["strip", "{}", "-o", "OUT"], False),
    (["wit", "{}"], False),
    (["targets", "{}", "WORLD"], False),
    (["plug", "{}", "--plug", "GOOD", "-o", "OUT"], False),
    (["plug", "GOOD", "--plug", "{}", "-o", "OUT"], False),
    (["compose", "COMPOSITION", "--dep", "a:b={}", "-o", "OUT"], False),
    (["wast", "{}"], False),
    (["adapters", "{}"], False),
    (["run", "{}"], True),
    (["run", "--invoke", "f()", "{}"], True),
]


def doubled(first, step, last):
    """A component whose definition i is made of two of definition i - 1."""
    return "(component\n" + first + "\n" + "\n".join(step.format(i=i, p=i - 1) for i in range(1, LEVELS + 1)) + "\n" \
        + last.format(i=LEVELS) + ")\n"


TWICE = '(type $t{i} (instance (alias outer 1 $t{p} (type $p)) (export "a" (instance (type $p))) (export "b" (instance (type $p)))))'
TEXTS = {
    "instances": doubled("(component $c0 (core module $m) (core instance (instantiate $m)))",
                         "(component $c{i} (alias outer 1 $c{p} (component $p)) (instance (instantiate $p)) (instance (instantiate $p)))",
                         "(instance (instantiate $c{i}))"),
    "exports": doubled("(component $c0)",
                       "(component $c{i} (alias outer 1 $c{p} (component $p)) (instance $a (instantiate $p)) (instance $b (instantiate $p))"
                       ' (export "a" (instance $a)) (export "b" (instance $b)))',
                       '(instance $x (instantiate $c{i})) (export "x" (instance $x))'),
    "inline-instances": doubled("(instance $i0)",
                                '(instance $i{i} (export "a" (instance $i{p})) (export "b" (instance $i{p})))',
                                '(export "x" (instance $i{i}))'),
    "instance-types": doubled('(type $t0 (instance (export "f" (func))))', TWICE,
                              '(import "x" (instance $x (type $t{i}))) (export "y" (instance $x))'),
    "resources": doubled('(type $t0 (instance (export "r" (type (sub resource)))))', TWICE,
                         '(import "x" (instance $x (type $t{i})))'),
    "component-types": doubled('(type $t0 (component (export "r" (type (sub resource)))))',
                               '(type $t{i} (component (alias outer 1 $t{p} (type $p)) (import "a" (component (type $p)))'
                               ' (export "b" (component (type $p)))))', '(import "x" (component (type $t{i})))'),
    "tuples": doubled("(type $t0 (tuple u8 u8))", "(type $t{i} (tuple $t{p} $t{p}))", '(import "f" (func (param "x" $t{i})))'),
    "lists": doubled("(type $t0 (list u8))", "(type $t{i} (tuple (list $t{p}) (list $t{p})))",
                     '(import "f" (func (param "x" $t{i})))'),
    "fixed-lists": doubled("(type $t0 (list u8 2))", "(type $t{i} (list $t{p} 2))", '(import "f" (func (param "x" $t{i})))'),
    "subtypes": doubled('(type $t0 (instance (export "f" (func)))) (type $u0 (instance (export "f" (func))))',
                        TWICE + " " + TWICE.replace("$t", "$u"),
                        '(import "x" (instance $x (type $t{i}))) (component $c (alias outer 1 $u{i} (type $p))'
                        ' (import "y" (instance (type $p)))) (instance (instantiate $c (with "y" (instance $x))))'),
    "deep-components": "(component " * 10000 + ")" * 10000,
    "deep-types": "(component (type " + "(component (type " * 5000 + "(component)" + "))" * 5000 + "))",
    "deep-values": "(component (type " + "(list " * 10000 + "u8" + ")" * 10000 + "))",
}


def leb(value):
    out = bytearray()
    while True:
        out.append(value & 0x7f | (0x80 if value > 0x7f else 0))
        value >>= 7
        if not value:
            return bytes(out)


def deep_binary():
    preamble = b"\0asm\x0d\0\x01\0"
    component = preamble
    for _ in range(10000):
        component = preamble + b"\x04" + leb(len(component)) + component
    return component


def main() -> int:
    witc, limit = sys.argv[1], float(sys.argv[2]) if len(sys.argv) > 2 else 1.0
    environment = dict(os.environ, ASAN_OPTIONS="handle_segv=0:allocator_may_return_null=1", NO_COLOR="1")
    failures, runs = [], 0
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        inputs = []
        for name, text in TEXTS.items():
            path = folder / f"{name}.wat"
            path.write_text(text)
            inputs.append(path)
        inputs.append(folder / "deep-components.wasm")
        inputs[-1].write_bytes(deep_binary())
        fixed = {"GOOD": (folder / "good.wat", GOOD), "WORLD": (folder / "world.wit", WORLD),
                 "COMPOSITION": (folder / "compose.wac", "package c:d;\nlet x = new a:b { ... };\nexport x...;\n")}
        for path, text in fixed.values():
            path.write_text(text)
        for path in inputs:
            for template, has_to_refuse in COMMANDS:
                out = folder / f"out{runs}"
                words = [str(fixed[w][0]) if w in fixed else w.replace("{}", str(path)).replace("OUT", str(out)) for w in template]
                before = resource.getrusage(resource.RUSAGE_CHILDREN)
                try:
                    done = subprocess.run([witc, *words], stdin=subprocess.DEVNULL, capture_output=True, env=environment, timeout=60)
                    wrong = None
                except subprocess.TimeoutExpired:
                    wrong = "a hang"
                after = resource.getrusage(resource.RUSAGE_CHILDREN)
                spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
                runs += 1
                if wrong is None and done.returncode not in (0, 1):
                    wrong = f"status {done.returncode}: {done.stderr.decode(errors='replace')[-1000:]}"
                if wrong is None and done.returncode == 1 and not (done.stderr + done.stdout).strip():
                    wrong = "status 1 without a diagnostic"
                if wrong is None and done.returncode == 0 and has_to_refuse:
                    wrong = "status 0"
                if wrong is None and spent > limit:
                    wrong = f"{spent:.1f} seconds"
                if wrong:
                    failures.append(f"witc {' '.join(template)} on {path.name}: {wrong}")
    print(f"{runs} runs, {len(failures)} failures")
    for failure in failures[:40]:
        print(failure)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
