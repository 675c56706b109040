// Writes package-lock.json without the addresses that packages came from: they are this machine's.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";

// npm's own option for that loses the versions of other platforms' packages.
const options = [
  "--package-lock-only",
  "--ignore-scripts",
  "--omit-lockfile-registry-resolved=false",
];
execFileSync("npm", ["install", ...options], { stdio: "inherit" });
const lock = JSON.parse(readFileSync("package-lock.json", "utf8"));
for (const item of Object.values(lock.packages)) delete item.resolved;
writeFileSync("package-lock.json", `${JSON.stringify(lock, null, 2)}\n`);
