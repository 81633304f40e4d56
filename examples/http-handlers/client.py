# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Asks the server at the address given and prints the answers."""

import http.client
import sys

server = http.client.HTTPConnection(sys.argv[1], timeout=float(sys.argv[2]))


def ask(method: str, path: str, body: str | None = None) -> None:
    server.request(method, path, body)
    answer = server.getresponse()
    text = answer.read().decode()
    shown = text if len(text) < 100 else f"{len(text)} characters, the last line {text.splitlines()[-1]}"
    print(method, path, answer.status, answer.getheader("content-type"), answer.getheader("x-engine"), shown.strip(), sep=" | ")


ask("GET", "/")
ask("POST", "/sum", "[1, 2, 3.5]")
ask("POST", "/sum", str(list(range(50000))))
ask("GET", "/count?to=3")
ask("GET", "/count?to=2000")
ask("GET", "/nothing")
