#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""terminal.py WITC GUEST...: each guest, made of terminal.c, on terminals and on pipes, and ended by signals.

A guest sees a terminal where there is one, and only there. Whatever it is doing, SIGINT and SIGTERM end the program, and
whoever started it can tell."""
import os
import pty
import signal
import subprocess
import sys

TIMEOUT = 60


def check(is_good, *lines):
    if not is_good:
        print(*lines, sep="\n")
        sys.exit(1)


def streams(witc, guest, terminals):
    """What the guest says of its streams, of which those in `terminals` are a terminal and the others pipes."""
    outer, inner = pty.openpty()
    ends = [inner if number in terminals else subprocess.PIPE for number in range(3)]
    process = subprocess.Popen([witc, "run", guest], stdin=ends[0], stdout=ends[1], stderr=ends[2])
    os.close(inner)
    if 2 in terminals:
        process.wait(TIMEOUT)
        said = os.read(outer, 1000).decode()
    else:
        said = process.communicate(timeout=TIMEOUT)[1].decode()
    os.close(outer)
    check(process.returncode == 0, f"{guest}: exit status {process.returncode}", said)
    return said.strip()


def ends_by(witc, guest, way, number):
    process = subprocess.Popen([witc, "run", guest, way], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        check(process.stderr.readline() == b"ready\n", f"{guest} {way}: did not begin")
        process.send_signal(number)
        status = process.wait(TIMEOUT)
    finally:
        process.kill()
    check(status == -number, f"{guest} {way}: exit status {status} after signal {number}")


def main(witc, *guests):
    for guest in guests:
        for terminals in ((), (0,), (1,), (2,), (0, 1, 2)):
            wanted = " ".join("1" if number in terminals else "0" for number in range(3))
            said = streams(witc, guest, terminals)
            check(said == wanted, f"{guest}: terminals are {wanted}", f"it says          {said}")
        for way in ("read", "sleep", "spin"):
            for number in (signal.SIGINT, signal.SIGTERM):
                ends_by(witc, guest, way, number)


main(*sys.argv[1:])
