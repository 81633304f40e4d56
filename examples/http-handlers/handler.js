// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A request handler on StarlingMonkey's fetch event: routes, JSON, headers, bodies that are read and streamed.
addEventListener("fetch", (event) => event.respondWith(handle(event.request)));

async function handle(request) {
  const url = new URL(request.url);
  switch (`${request.method} ${url.pathname}`) {
    case "GET /":
      return new Response("hello from JavaScript\n", { headers: { "content-type": "text/plain", "x-engine": "StarlingMonkey" } });
    case "POST /sum": {
      const numbers = await request.json();
      return Response.json({ sum: numbers.reduce((a, b) => a + b, 0) });
    }
    case "GET /count": {
      const to = Number(url.searchParams.get("to"));
      const encoder = new TextEncoder();
      let next = 1;
      return new Response(new ReadableStream({
        pull(controller) {
          if (next > to) return controller.close();
          controller.enqueue(encoder.encode(`${next++}\n`));
        },
      }));
    }
    default:
      return new Response(`no ${url.pathname}\n`, { status: 404 });
  }
}
