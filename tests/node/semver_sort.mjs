// Sorts versions, a line each, with npm's semver; on stderr what semver_tool says there.
import { readFileSync } from "node:fs";
import semver from "semver";

const list = readFileSync(0, "utf8").split("\n").slice(0, -1);
const began = performance.now(), worked = process.cpuUsage();
semver.sort(list);
const { user, system } = process.cpuUsage(worked);
process.stderr.write(`${(performance.now() - began).toFixed(3)} ${(user + system) / 1000}\n`);
process.stdout.write(list.map((text) => `${text}\n`).join(""));
