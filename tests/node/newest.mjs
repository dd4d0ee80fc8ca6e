// The newest nightly of a packument on stdin: the version; milliseconds on stderr.
import {readFileSync} from "node:fs";

const text = readFileSync(0);
const began = performance.now();
const shape = /^(\d+)\.(\d+)\.(\d+)-nightly\.(\d{8})(?:-(\d+))?$/;
let best, place;
for (const version of Object.keys(JSON.parse(text.toString("utf8")).versions)) {
  const found = shape.exec(version)?.slice(1).map(part => Number(part ?? -1));
  const differs = found && place ? found.findIndex((part, i) => part !== place[i]) : 0;
  if (found && (!place || (differs >= 0 && found[differs] > place[differs])))
    [best, place] = [version, found];
}
console.error((performance.now() - began).toFixed(2));
console.log(best);
