// openpgp.js as the counterpart of pkg/pgp: what it sees in our key, and whether we read what it
// writes. Usage: pgp_peer.mjs COMMAND TOOL SEED SECONDS [ARGUMENT]; one line of JSON per finding.
import { spawn, execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import * as openpgp from "openpgp";

const [command, tool, seed, seconds, argument] = process.argv.slice(2);
const MAX = 8 * 1024 * 1024;
const REFUSED = "the message cannot be decrypted";
const FOREIGN = "the message is encrypted to another key";
openpgp.config.aeadProtect = true; // as the published client does

const armored = execFileSync(tool, ["key", seed, seconds], { encoding: "utf8" });
const ourKey = await openpgp.readKey({ armoredKey: armored });

function say(finding) {
  console.log(JSON.stringify(finding));
}

// Our side as a process: ask(message) resolves to {ok, bytes}.
class Opener {
  constructor() {
    this.child = spawn(tool, ["decrypt", seed, seconds, String(MAX)], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.pending = Buffer.alloc(0);
    this.waiting = null;
    this.child.stdout.on("data", (part) => {
      this.pending = Buffer.concat([this.pending, part]);
      this.deliver();
    });
    this.child.on("exit", (code, signal) => {
      if (this.waiting) throw new Error(`pgp_tool ended: ${code ?? signal}`);
    });
  }

  deliver() {
    if (!this.waiting || this.pending.length < 5) return;
    const len = this.pending.readUInt32BE(1);
    if (this.pending.length < 5 + len) return;
    const reply = { ok: this.pending[0] === 0x2b, bytes: this.pending.subarray(5, 5 + len) };
    this.pending = this.pending.subarray(5 + len);
    const resolve = this.waiting;
    this.waiting = null;
    resolve(reply);
  }

  ask(message) {
    const head = Buffer.alloc(4);
    head.writeUInt32BE(message.length);
    this.child.stdin.write(Buffer.concat([head, message]));
    return new Promise((resolve) => {
      this.waiting = resolve;
      this.deliver();
    });
  }

  close() {
    this.child.stdin.end();
  }
}

async function encrypt(plain, config = {}, options = {}) {
  const message = options.message ?? (await openpgp.createMessage({ binary: plain }));
  return openpgp.encrypt({
    message,
    encryptionKeys: ourKey,
    format: "binary",
    config,
    ...options.encrypt,
  });
}

async function expectPlain(opener, message, plain, what) {
  const reply = await opener.ask(message);
  if (!reply.ok) throw new Error(`${what}: ${reply.bytes}`);
  if (Buffer.compare(reply.bytes, Buffer.from(plain))) throw new Error(`${what}: other plaintext`);
}

async function expectRefused(opener, message, what, ...words) {
  const reply = await opener.ask(message);
  const text = reply.bytes.toString();
  if (reply.ok) throw new Error(`${what}: accepted`);
  if (!(words.length ? words : [REFUSED]).includes(text)) throw new Error(`${what}: says ${text}`);
}

async function describeKey() {
  await ourKey.verifyPrimaryKey();
  const users = await ourKey.verifyAllUsers();
  const { user, selfCertification: self } = await ourKey.getPrimaryUser();
  const encryption = await ourKey.getEncryptionKey();
  const binding = encryption.bindingSignatures[0];
  say({
    version: ourKey.keyPacket.version,
    algorithm: ourKey.keyPacket.algorithm,
    fingerprint: ourKey.getFingerprint(),
    created: ourKey.getCreationTime().getTime() / 1000,
    userID: user.userID.userID,
    valid: users.every((each) => each.valid),
    hash: self.hashAlgorithm,
    features: [...self.features],
    keyFlags: [...self.keyFlags],
    ciphers: self.preferredSymmetricAlgorithms,
    hashes: self.preferredHashAlgorithms,
    compression: self.preferredCompressionAlgorithms,
    suites: self.preferredCipherSuites,
    subkey: {
      version: encryption.keyPacket.version,
      algorithm: encryption.keyPacket.algorithm,
      keyFlags: [...binding.keyFlags],
      hash: binding.hashAlgorithm,
    },
  });
}

// Every size around the chunks' boundaries, then random ones, in both modes.
async function roundTrips(opener) {
  const { gcm, ocb } = openpgp.enums.aead;
  let count = 0;
  const one = async (size, aead, octet) => {
    const plain = randomBytes(size);
    const config = { preferredAEADAlgorithm: aead, aeadChunkSizeByte: octet };
    await expectPlain(opener, await encrypt(plain, config), plain, `${size} ${aead} ${octet}`);
    count++;
  };
  for (let size = 0; size < 300; size++)
    for (const aead of [gcm, ocb]) await one(size, aead, 0);
  while (count < Number(argument)) {
    const octet = Math.floor(Math.random() * 8);
    const chunk = 64 << octet;
    const near = chunk * Math.floor(Math.random() * 5) + Math.floor(Math.random() * 48) - 24;
    await one(Math.max(0, near), count % 2 ? gcm : ocb, octet);
  }
  for (const octet of [12, 16])
    for (const size of [262000, 262144, 3000000]) await one(size, gcm, octet);
  say({ roundTrips: count });
}

async function otherForms(opener) {
  const plain = randomBytes(1000);
  const { publicKey: theirs } = await openpgp.generateKey({
    userIDs: { name: "other" }, format: "object",
    config: { v6Keys: false },
  });
  const forms = {
    text: await encrypt(null, {}, { message: await openpgp.createMessage({ text: "grüß" }) }),
    named: await encrypt(null, {}, {
      message: await openpgp.createMessage({ binary: plain, filename: "x".repeat(200) }),
    }),
    "second of two": await encrypt(plain, {}, { encrypt: { encryptionKeys: [theirs, ourKey] } }),
    anonymous: await encrypt(plain, {}, { encrypt: { wildcard: true } }),
  };
  for (const [what, message] of Object.entries(forms))
    await expectPlain(opener, message, what === "text" ? Buffer.from("grüß") : plain, what);
  await expectRefused(opener, await encrypt(plain, {}, { encrypt: { encryptionKeys: theirs } }),
    "another key", FOREIGN);
  say({ forms: Object.keys(forms) });
}

async function compressed(algorithm, plain) {
  const literal = new openpgp.LiteralDataPacket();
  literal.setBytes(plain, openpgp.enums.literal.binary);
  const packet = new openpgp.CompressedDataPacket();
  packet.algorithm = algorithm;
  packet.packets = new openpgp.PacketList();
  packet.packets.push(literal);
  await packet.compress();
  const list = new openpgp.PacketList();
  list.push(packet);
  return encrypt(null, {}, { message: new openpgp.Message(list) });
}

async function compression(opener) {
  const { zip, zlib } = openpgp.enums.compression;
  const plain = Buffer.from("compress me ".repeat(5000));
  for (const algorithm of [zip, zlib])
    await expectPlain(opener, await compressed(algorithm, plain), plain, `kind ${algorithm}`);
  await expectRefused(opener, await compressed(zlib, Buffer.alloc(MAX + 1)), "a bomb");
  await expectPlain(opener, await compressed(zlib, Buffer.alloc(MAX)), Buffer.alloc(MAX), "just so");
  say({ compression: true });
}

// A session key packet of version 3 before data of version 1, or of version 2 with a mode.
async function fromParts(message, aeadAlgorithm) {
  const data = randomBytes(32);
  const algorithm = "aes256";
  const key = await openpgp.encryptSessionKey({
    data, algorithm, encryptionKeys: ourKey, format: "binary",
  });
  const sessionKey = { data, algorithm, aeadAlgorithm };
  return Buffer.concat([key, await openpgp.encrypt({ message, sessionKey, format: "binary" })]);
}

async function refusals(opener) {
  const plain = randomBytes(400);
  const message = await openpgp.createMessage({ binary: plain });
  const { privateKey } = await openpgp.generateKey({
    userIDs: { name: "signer" }, format: "object",
  });
  const bad = {
    "no AEAD": await fromParts(message, undefined),
    "a session key of version 3": await fromParts(message, "gcm"),
    "a password": await openpgp.encrypt({ message, passwords: "x", format: "binary" }),
    "key and password": await encrypt(plain, {}, { encrypt: { passwords: "x" } }),
    "only signed": await openpgp.sign({ message, signingKeys: privateKey, format: "binary" }),
    "signed inside": await encrypt(plain, {}, { encrypt: { signingKeys: privateKey } }),
    "not encrypted": message.write(),
    "too long": await encrypt(Buffer.alloc(MAX + 1)),
    "something after it": Buffer.concat([await encrypt(plain), message.write()]),
    "a public key": ourKey.write(),
    nothing: Buffer.alloc(0),
  };
  for (const [what, bytes] of Object.entries(bad)) await expectRefused(opener, bytes, what);
  say({ refusals: Object.keys(bad) });
}

// A message cut anywhere, or with one bit changed anywhere, is refused.
async function mutations(opener) {
  const config = { aeadChunkSizeByte: 0 };
  const message = Buffer.from(await encrypt(randomBytes(150), config));
  for (let len = 0; len < message.length; len++)
    await expectRefused(opener, message.subarray(0, len), `cut to ${len}`);
  for (let at = 0; at < message.length * 8; at++) {
    const changed = Buffer.from(message);
    changed[at >> 3] ^= 1 << (at & 7);
    await expectRefused(opener, changed, `bit ${at}`, REFUSED, FOREIGN);
  }
  say({ bytes: message.length, mutations: message.length * 9 });
}

// A message of that many bytes on stdout, for pgp_tool measure.
async function write() {
  process.stdout.write(await encrypt(Buffer.alloc(Number(argument))));
}

const commands = { roundTrips, otherForms, compression, refusals, mutations };
if (command === "describeKey" || command === "write") {
  await { describeKey, write }[command]();
} else {
  const opener = new Opener();
  await commands[command](opener);
  opener.close();
}
