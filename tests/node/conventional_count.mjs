// The commits of the repository at hand, parsed by conventional-commits-parser, grouped by type.
import { execFileSync } from 'node:child_process';
import { CommitParser } from 'conventional-commits-parser';

const text = execFileSync('git', ['log', '-z', '--format=%B'], { maxBuffer: 1 << 28 }).toString();
const parser = new CommitParser(), groups = {};
for (const message of text.split('\0')) {
  if (message.trim() === '') continue;
  const { type } = parser.parse(message);
  groups[type] = (groups[type] ?? 0) + 1;
}
console.log(JSON.stringify(groups));
