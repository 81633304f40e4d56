# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A request handler in Python on the functions of wasi:http: routes, JSON, headers, bodies that are read and written."""

import json
from urllib.parse import parse_qs, urlsplit

from componentize_py_types import Err, Ok, Some
from wit_world import exports
from wit_world.imports.streams import StreamError_Closed
from wit_world.imports.types import (
    Fields,
    IncomingBody,
    IncomingRequest,
    Method_Get,
    Method_Post,
    OutgoingBody,
    OutgoingResponse,
    ResponseOutparam,
)


def read(request: IncomingRequest) -> bytes:
    body, parts = request.consume(), []
    with body.stream() as stream:
        while True:
            try:
                parts.append(stream.blocking_read(65536))
            except Err as error:
                if isinstance(error.value, StreamError_Closed):
                    break
                raise
    IncomingBody.finish(body)
    return b"".join(parts)


def route(request: IncomingRequest):
    url = urlsplit(request.path_with_query() or "/")
    match request.method(), url.path:
        case Method_Get(), "/":
            return 200, "text/plain", [b"hello from Python\n"]
        case Method_Post(), "/sum":
            return 200, "application/json", [json.dumps({"sum": sum(json.loads(read(request)))}).encode()]
        case Method_Get(), "/count":
            to = int(parse_qs(url.query)["to"][0])
            return 200, "text/plain", (f"{i}\n".encode() for i in range(1, to + 1))
        case _:
            return 404, "text/plain", [f"no {url.path}\n".encode()]


class IncomingHandler(exports.IncomingHandler):
    def handle(self, request: IncomingRequest, response_out: ResponseOutparam) -> None:
        status, kind, parts = route(request)
        response = OutgoingResponse(Fields.from_list([("content-type", kind.encode()), ("x-engine", b"CPython")]))
        response.set_status_code(status)
        body = response.body()
        ResponseOutparam.set(response_out, Ok(response))
        with body.write() as stream:
            for part in parts:
                stream.blocking_write_and_flush(part)
        OutgoingBody.finish(body, None)
