// npm's semver as the counterpart of pkg/semver: pairs are made at random, near one another and a
// little broken, and both must say the same of each.
// Usage: semver_peer.mjs COMMAND TOOL SEED COUNT; one line of JSON.
import { spawn, spawnSync } from "node:child_process";
import semver from "semver";

const [command, tool, seed, count] = process.argv.slice(2);
const ALL = { includePrerelease: true };
const BATCH = 20000;
const VERSIONS_PER_RANGE = 4;

// ---- chance ----

let word = Number(seed);

// mulberry32
function random() {
  word = (word + 0x6d2b79f5) | 0;
  let t = Math.imul(word ^ (word >>> 15), 1 | word);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}
const below = (n) => Math.floor(random() * n);
const pick = (list) => list[below(list.length)];
const chance = (share) => random() < share;
const some = (least, most, make) => Array.from({ length: least + below(most - least + 1) }, make);

// ---- texts ----

// Numbers above 2^53 are as far apart as doubles can tell: npm rounds them, we do not.
const HUGE = ["9007199254740990", "9007199254740991", "9007199254740992", "99999999999999999999",
  "10000000000000000000000000000000", "1" + "0".repeat(240), "0".repeat(17), "9".repeat(258)];
const NAMES = ["alpha", "beta", "rc", "devnet", "nightly", "20251030-2", "6-patch", "20260214",
  "x", "X", "v", "a", "A", "-", "--", "a-b", "0a", "00", "01", "-1", "1-", "a".repeat(249),
  "b".repeat(251), "0x10", "1e3"];
const SPACES = [" ", " ", " ", "  ", "\t", "\n", "\r\n", "\u00a0", "\ufeff", "\u3000"];
const ODD = [..."0123456789....xX**vv==<>^~||--++   aZ_é\0", "||", " - ", "~>", "\u2003", "+b"];

const number = () => (chance(0.01) ? pick(HUGE) : String(pick([0, 0, 1, 1, 2, 3, 9, 10, 11])));
const identifier = () => (chance(0.5) ? number() : chance(0.02) ? pick(HUGE) : pick(NAMES));
const prerelease = () => "-" + some(1, 3, identifier).join(".");
const build = () => "+" + some(1, 2, identifier).join(".");

function spoil(text) {
  if (/\d{16}/.test(text)) return text;
  for (const times = 1 + below(2), done = { n: 0 }; done.n < times; done.n++) {
    const at = below(text.length + 1);
    text = text.slice(0, at) + (chance(0.7) ? pick(ODD) : "") + text.slice(at + below(2));
  }
  return text;
}

function version() {
  let text = [number(), number(), number()].join(".");
  if (chance(0.5)) text += prerelease();
  if (chance(0.1)) text += build();
  if (chance(0.03)) text = pick(["v", "=", "V", "vv", " "]) + text;
  if (chance(0.03)) text += pick(SPACES);
  return chance(0.04) ? spoil(text) : text;
}

const part = () => (chance(0.15) ? pick(["x", "X", "*"]) : number());

function partial() {
  const parts = some(1, 3, part);
  let text = parts.join(".");
  if (parts.length === 3 && chance(0.35)) text += prerelease();
  if (chance(0.06)) text += build();
  return chance(0.06) ? pick(["v", "=", "v=", "= ", "v "]) + text : text;
}

function comparator() {
  const operator = pick(["", "", "^", "^", "~", "~", ">=", ">=", ">", "<", "<=", "=", "~>", "=="]);
  return operator + (chance(0.15) ? pick(SPACES) : "") + partial();
}

function alternative() {
  if (chance(0.03)) return pick(["", "*", " ", "x", ">=0.0.0", ">=0.0.0-0", "<0.0.0-0", "+a"]);
  if (chance(0.15)) return partial() + pick([" - ", " - ", " -  ", "- ", " -\t"]) + partial();
  return some(1, 3, comparator).join(pick(SPACES));
}

// Nobody writes this; but a registry may hold it.
const soup = () => some(1, 12, () => pick([...ODD, "1.2.3", "1.2.*3", "-v", " ", " +a"])).join("");

function range() {
  if (chance(0.1)) return soup();
  const text = some(1, chance(0.3) ? 3 : 1, alternative).join(pick(["||", " || ", "| |", " ||"]));
  return chance(0.15) ? spoil(text) : text;
}

// A version that has a chance to lie at the edge of a range.
function near(text) {
  const found = text.match(/\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?/g);
  if (!found || chance(0.4)) return version();
  const [core, ...rest] = pick(found).split("-");
  const parts = core.split(".");
  const at = below(3);
  if (parts[at].length < 9 && chance(0.5))
    parts[at] = String(Math.max(0, Number(parts[at]) + pick([-1, 0, 1])));
  const tail = chance(0.6) ? rest : [];
  return [parts.join("."), ...tail].join("-") + (chance(0.3) ? prerelease() : "");
}

function* comparisons() {
  for (;;) {
    const a = version();
    yield ["c", a, chance(0.5) ? version() : near(a)];
  }
}

function* membership() {
  for (;;) {
    const text = range();
    for (let i = 0; i < VERSIONS_PER_RANGE; i++) yield ["s", near(text), text];
  }
}

// ---- both answers ----

function npmCompares(a, b) {
  const one = semver.parse(a), other = semver.parse(b);
  return one && other ? "=><".at(one.compare(other)) : "?";
}

function npmSatisfies(v, text) {
  const bits = semver.satisfies(v, text) | (semver.satisfies(v, text, ALL) << 1) |
    ((semver.validRange(text) !== null) << 2) | ((semver.validRange(text, ALL) !== null) << 3);
  return String.fromCharCode(48 + bits);
}

const npm = { c: npmCompares, s: npmSatisfies };

function framed(text) {
  const bytes = Buffer.from(text);
  return [Buffer.from([bytes.length >> 8, bytes.length & 255]), bytes];
}

// The child's answers, a character to a question.
async function answers(questions) {
  const child = spawn(tool, ["answer"], { stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.end(Buffer.concat(
    questions.flatMap(([kind, a, b]) => [Buffer.from(kind), ...framed(a), ...framed(b)])));
  const parts = [];
  for await (const part of child.stdout) parts.push(part);
  return Buffer.concat(parts).toString("latin1");
}

async function run(pairs) {
  const seen = {}, differences = [];
  let asked = 0;
  while (asked < Number(count)) {
    const questions = Array.from({ length: BATCH }, () => pairs.next().value);
    const answer = answers(questions);
    const expected = questions.map(([kind, a, b]) => npm[kind](a, b));
    const ours = await answer;
    if (ours.length !== BATCH) throw new Error(`${ours.length} answers to ${BATCH} questions`);
    questions.forEach((question, i) => {
      seen[expected[i]] = (seen[expected[i]] ?? 0) + 1;
      if (ours[i] !== expected[i] && differences.length < 20)
        differences.push([...question, `npm ${expected[i]}`, `ours ${ours[i]}`]);
    });
    asked += BATCH;
  }
  return { asked, seen, differences };
}

// ---- lists ----

// Build metadata without leading zeros: by those npm's own sort is not an order.
function soundVersion() {
  for (;;) {
    const text = version();
    if (semver.valid(text) && /^\d/.test(text) && !/\s$|\+.*\b0\d/.test(text)) return text;
  }
}

function ask(args, lines) {
  const done = spawnSync(tool, args, { input: lines.join("\n"), encoding: "utf8", maxBuffer: 1 << 28 });
  if (done.status !== 0) throw new Error(`${args}: status ${done.status}`);
  return done.stdout.split("\n").slice(0, -1);
}

function lists() {
  const differences = [];
  let sorted = 0;
  for (; sorted < Number(count); sorted++) {
    const list = some(0, 60, soundVersion);
    const ours = ask(["sort"], list);
    const theirs = semver.sort([...list]);
    if (ours.join() !== theirs.join()) differences.push([ours, theirs]);
    const text = pick(["*", "^1", "~1.2", ">=1.0.0-alpha <3", "1.x || 2.0.0-rc", "<0"]);
    const best = ask(["max", text], list)[0] ?? null;
    if (best !== semver.maxSatisfying(list, text)) differences.push([text, best, list]);
  }
  return { sorted, differences };
}

// What npm takes for the same because it reads numbers as doubles.
function rounding() {
  const a = "1.0.0-9007199254740993", b = "1.0.0-9007199254740992";
  const asked = spawnSync(tool, ["answer"], {
    input: Buffer.concat([Buffer.from("c"), ...framed(a), ...framed(b)]), encoding: "latin1" });
  return { npm: npmCompares(a, b), ours: asked.stdout };
}

const commands = {
  compare: () => run(comparisons()),
  satisfies: () => run(membership()),
  lists,
  rounding,
};
console.log(JSON.stringify(await commands[command]()));
