// A load of encrypted POST /prove requests, as clients send them, until standard input closes.
//
//   node load.mjs URL SHORT IDLE
//
// SHORT clients open a connection for each request; IDLE clients keep one connection and pause 0 to
// 4 seconds between requests. Each encrypts to the key the service shows and, told 409 stale_key,
// fetches the key and encrypts once more, as the SDK does. Nothing else is retried: a reset, an
// answer that is not the documented one, or a second stale key is a failed request.
//
// At the end: one JSON line {requests, ok, failed, stale, statuses, failures:[…]}.
import http from "node:http";
import * as openpgp from "openpgp";

const [url, shortClients, idleClients] = process.argv.slice(2);
const totals = { requests: 0, ok: 0, failed: 0, stale: 0, statuses: {}, failures: [] };
// What a service without bb answers to a good request; with one it answers 200.
const EXPECTED = (status, body) => status === 200 || (status === 503 && body.code === "no_bb");
let running = true;

function request(agent, method, path, body) {
  return new Promise((resolve, reject) => {
    const options = { agent, method, headers: body ? { "content-type": "application/json" } : {} };
    const sent = http.request(new URL(path, url), options, (response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        // As fetch does: an instance that drains sends us to its successor.
        if (response.statusCode === 307) {
          request(agent, method, response.headers.location, body).then(resolve, reject);
          return;
        }
        try {
          resolve({ status: response.statusCode, body: JSON.parse(Buffer.concat(chunks)) });
        } catch (error) {
          reject(error);
        }
      });
    });
    sent.setTimeout(15000, () => sent.destroy(new Error("no answer in 15 s")));
    sent.on("error", reject);
    sent.end(body);
  });
}

let shared = null; // the message, encrypted to the newest key that anybody has seen

async function encrypt(agent) {
  const { body } = await request(agent, "GET", "/encryption-public-key");
  const key = await openpgp.readKey({ armoredKey: body.publicKey });
  const config = { aeadProtect: true, preferredAEADAlgorithm: openpgp.enums.aead.gcm };
  const message = await openpgp.createMessage({ binary: new Uint8Array(4096) });
  const data = await openpgp.encrypt({ message, encryptionKeys: key, format: "binary", config });
  return JSON.stringify({ data: Buffer.from(data).toString("base64") });
}

async function prove(agent) {
  let sent = (shared ??= await encrypt(agent));
  let answer = await request(agent, "POST", "/prove", sent);
  if (answer.status === 409 && answer.body.code === "stale_key") {
    totals.stale += 1;
    sent = shared = await encrypt(agent);
    answer = await request(agent, "POST", "/prove", sent);
  }
  return answer;
}

function failed(kind, text) {
  totals.failed += 1;
  if (totals.failures.length < 20) totals.failures.push(`${kind}: ${text}`);
}

async function one(kind, agent) {
  totals.requests += 1;
  try {
    const { status, body } = await prove(agent);
    totals.statuses[status] = (totals.statuses[status] ?? 0) + 1;
    if (EXPECTED(status, body)) totals.ok += 1;
    else failed(kind, `status ${status} ${JSON.stringify(body)}`);
  } catch (error) {
    failed(kind, `${error.code ?? ""} ${error.message}`);
  }
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function shortClient() {
  while (running) await one("short", new http.Agent({ keepAlive: false }));
}

async function idleClient() {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  while (running) {
    await one("idle", agent);
    await pause(Math.random() * 4000);
  }
  agent.destroy();
}

process.stdin.on("end", () => (running = false)).resume();
const clients = [];
for (let i = 0; i < Number(shortClients); i++) clients.push(shortClient());
for (let i = 0; i < Number(idleClients); i++) clients.push(idleClient());
console.log("started");
await Promise.all(clients);
console.log(JSON.stringify(totals));
