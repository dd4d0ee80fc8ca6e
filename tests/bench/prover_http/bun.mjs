// The contestant in Bun: the same answer as the prover's /health.
const headers = Object.fromEntries(process.env.HEADERS.split("\n").map((line) => line.split(/: (.*)/)));
const health = JSON.parse(process.env.BODY);

Bun.serve({
  port: Number(process.env.PORT),
  hostname: "127.0.0.1",
  idleTimeout: 75,
  fetch(request) {
    if (new URL(request.url).pathname !== "/health") return new Response(null, { status: 404 });
    return Response.json(health, { headers: { ...headers, "X-Request-Id": crypto.randomUUID() } });
  },
});
