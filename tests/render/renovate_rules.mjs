// Which rules of a renovate.json hold for which dependency, by Renovate's own matchers: argv 2 is the folder of the package,
// stdin {rules, dependencies}, stdout a list of lists of the numbers of rules.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const require = createRequire(`${process.argv[2]}/`);
const { applyPackageRules } = require(`${process.argv[2]}/dist/util/package-rules/index.js`);
const { rules, dependencies } = JSON.parse(readFileSync(0, "utf8"));
const found = [];
for (const dependency of dependencies) {
  const holds = [];
  for (const [number, rule] of rules.entries()) {
    const updateType = rule.matchUpdateTypes?.[0];
    const asked = { ...dependency, updateType, packageRules: [{ ...rule, groupName: "holds" }] };
    if ((await applyPackageRules(asked, "pre-lookup")).groupName === "holds") holds.push(number);
  }
  found.push(holds);
}
process.stdout.write(JSON.stringify(found));
