// Sorts versions, a line each, with npm's semver; milliseconds on stderr, as semver_tool does.
import { readFileSync } from "node:fs";
import semver from "semver";

const list = readFileSync(0, "utf8").split("\n").slice(0, -1);
const began = performance.now();
semver.sort(list);
process.stderr.write(`${(performance.now() - began).toFixed(3)}\n`);
process.stdout.write(list.map((text) => `${text}\n`).join(""));
