// Filters from a file (blank lines between them), paths on stdin, each ended by NUL: how many paths
// each filter selects; milliseconds that passed, and of the processor, on stderr.
import { readFileSync } from 'node:fs';
import picomatch from 'picomatch';

const lists = readFileSync(process.argv[2], 'utf8').trim().split('\n\n').map((l) => l.split('\n'));
const paths = readFileSync(0, 'utf8').split('\0').slice(0, -1);
const begin = process.hrtime.bigint(), used = process.cpuUsage();
const matchers = lists.map((list) => list.map((one) => picomatch(one, { dot: true })));
const counts = matchers.map((list) => paths.filter((path) => list.some((m) => m(path))).length);
const passed = Number(process.hrtime.bigint() - begin) / 1e6, cpu = process.cpuUsage(used);
console.error(passed.toFixed(3), ((cpu.user + cpu.system) / 1e3).toFixed(3));
console.log(counts.join('\n'));
