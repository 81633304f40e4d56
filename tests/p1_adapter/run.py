#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The built-in preview 1 adapter.

run.py program WITC WORK NAME COMPILER...
    Compiles NAME.c or NAME.cpp for wasm32-wasi, makes a component of it, and compares what the component imports with
    NAME.imports and what it prints in an empty directory with NAME.expected. Hosts preview 1 itself, if this one
    does, must have the core module print the same.
run.py reactor WITC WORK NAME COMPILER...
    The same with a library, whose world is that of NAME.wit and whose function `note` is called.
run.py go WITC WORK NAME GO
    The same with a Go program.
run.py witx WITC WORK ADAPTER WITX
    The adapter is small enough, and `witc new` adapts a module that imports every function the witx file has, with
    the signature that follows from it.

Exit status 77: a compiler, or something of the host, is not there."""
import os
import re
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
SKIP = 77
MOST_BYTES = 60000


def fail(*lines):
    print(*lines, sep="\n")
    sys.exit(1)


def run(*command, **options):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=900, **options)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def need(*command, **options):
    status, out, err = run(*command, **options)
    if status != 0:
        fail("failed: " + " ".join(command), out, err)
    return out


def compare(what, got, wanted):
    if got == wanted:
        return
    import difflib
    fail(what, *difflib.unified_diff(wanted.splitlines(), got.splitlines(), "expected", "found", lineterm="", n=2))


def read(name):
    with open(os.path.join(HERE, name), encoding="utf-8") as file:
        return file.read()


def imports_of(witc, component):
    need(witc, "validate", component)
    return "".join(line + "\n" for line in re.findall(r"^  import (.*);$", need(witc, "wit", component), re.M))


def execute(witc, file, root, invoke=()):
    """What the program prints, and its status; with an empty directory as /work unless `root` is none."""
    grants = ["--env", "TEST_VARIABLE=set"]
    if root is not None:
        shutil.rmtree(root, ignore_errors=True)
        os.makedirs(root)
        grants += ["--dir", root + "::/work"]
    program = [*invoke, file] if invoke else [file, "one"]
    status, out, err = run(witc, "run", *grants, *program, input=b"input\n")
    return "%s%sstatus %d\n" % (out, err, 1 if status == 3 else status)  # 0.2 knows no more of a status than success


# What is known to be printed otherwise by the core module under the host's own preview 1: (found, expected).
# A position of `telldir` has 32 bits; the host's cookies are the kernel's, which on many file systems have more.
KNOWN_HOSTED = [("seekdir: 0", "seekdir: 1")]


def check(witc, work, name, core, invoke=()):
    component, root = os.path.join(work, name + ".wasm"), os.path.join(work, name + ".dir")
    need(witc, "new", core, "-o", component)
    imports = imports_of(witc, component)
    compare("imports", imports, read(name + ".imports"))
    if "wasi:filesystem" not in imports:
        root = None
    elif "--dir" not in need(witc, "run", "--help"):
        print("skipped: this host has no directories")
        sys.exit(SKIP)
    compare("adapted", execute(witc, component, root, invoke), read(name + ".expected"))
    if not invoke and "is a core module" not in run(witc, "run", core)[2]:
        found = execute(witc, core, root)
        for other, expected in KNOWN_HOSTED:
            found = found.replace(other + "\n", expected + "\n")
        compare("hosted", found, read(name + ".expected"))


def program(witc, work, name, *compiler):
    core = os.path.join(work, name + ".core.wasm")
    source = next(f for f in (name + ".c", name + ".cpp") if os.path.exists(os.path.join(HERE, f)))
    need(*compiler, "-O1", os.path.join(HERE, source), "-o", core)
    check(witc, work, name, core)


def reactor(witc, work, name, *compiler):
    core, embedded = os.path.join(work, name + ".core.wasm"), os.path.join(work, name + ".embedded.wasm")
    need(*compiler, "-mexec-model=reactor", "-O1", os.path.join(HERE, name + ".c"), "-o", core)
    need(witc, "embed", os.path.join(HERE, name + ".wit"), core, "--world", name, "-o", embedded)
    check(witc, work, name, embedded, ("--invoke", 'note("h\u00e9llo")'))


def go(witc, work, name, compiler):
    core = os.path.join(work, name + ".core.wasm")
    environment = dict(os.environ, GOOS="wasip1", GOARCH="wasm", GOFLAGS="-mod=mod", GOTOOLCHAIN="local")
    environment.setdefault("GOCACHE", os.path.join(work, "go-cache"))
    need(compiler, "build", "-o", core, os.path.join(HERE, name + ".go"), env=environment)
    check(witc, work, name, core)


WIDE = {"filesize", "timestamp", "rights", "filedelta", "dircookie", "userdata", "inode", "device", "linkcount"}
PAIRS = {"string", "$iovec_array", "$ciovec_array"}


def signature(text):
    """The core type of a function in witx: pairs for lists, an address for each result but the error."""
    params = []
    for kind in re.findall(r"\(param \$\w+ (\([^)]*\)+|\S+?)\)", text):
        params += ["i32", "i32"] if kind in PAIRS else ["i64" if kind.lstrip("$") in WIDE else "i32"]
    result = re.search(r"\(result \$error \(expected (.*)\(error \$errno\)\)\)", text)
    if result is None:
        return " (param %s)" % " ".join(params)
    tuple_ = re.match(r"\(tuple (.*)\)", result[1].strip())
    params += ["i32"] * len(tuple_[1].split() if tuple_ else result[1].split())
    return (" (param %s)" % " ".join(params) if params else "") + " (result i32)"


def witx(witc, work, adapter, path):
    size = os.path.getsize(adapter)
    print("the adapter has %d bytes" % size)
    if size > MOST_BYTES:
        fail("which is more than %d" % MOST_BYTES)
    if not os.path.exists(path):
        print("skipped: no witx file")
        sys.exit(SKIP)
    with open(path, encoding="utf-8") as file:
        text = re.sub(r";;.*", "", file.read())
    functions = re.findall(r'@interface func \(export "(\w+)"\)(.*?)(?=@interface|\Z)', text, re.S)
    if len(functions) < 40:
        fail("only %d functions in %s" % (len(functions), path))
    lines = ['(import "wasi_snapshot_preview1" "%s" (func%s))' % (n, signature(" ".join(t.split()))) for n, t in functions]
    wat, component = os.path.join(work, "all.wat"), os.path.join(work, "all.wasm")
    with open(wat, "w", encoding="utf-8") as file:
        file.write("(module\n%s\n(memory (export \"memory\") 1)\n(func (export \"_start\")))\n" % "\n".join(lines))
    need(witc, "new", wat, "-o", component)
    print("%d functions" % len(functions))
    compare("imports", imports_of(witc, component), read("all.imports"))


if __name__ == "__main__":
    os.makedirs(sys.argv[3], exist_ok=True)
    {"program": program, "reactor": reactor, "go": go, "witx": witx}[sys.argv[1]](*sys.argv[2:])
