// The contestant in Node: the same answer as the prover's /health.
import { randomUUID } from "node:crypto";
import http from "node:http";

const headers = Object.fromEntries(process.env.HEADERS.split("\n").map((line) => line.split(/: (.*)/)));
const health = JSON.parse(process.env.BODY);

const server = http.createServer((request, response) => {
  if (request.url !== "/health") return response.writeHead(404).end();
  response.writeHead(200, { ...headers, "X-Request-Id": randomUUID() });
  response.end(JSON.stringify(health));
});
server.keepAliveTimeout = 75000;
server.listen(Number(process.env.PORT), "127.0.0.1", 4096);
