// Puts Scalar's API reference, one script of some 4 MB, where `/docs` serves it from.
//
// The package for Fastify carries that script built; the package it is built from needs 190 others and
// 290 MB to be installed. The script is asked for as Fastify would ask for it: by its route.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

import scalar from "@scalar/fastify-api-reference";

const target = new URL("../src/brickyard/faces/static/", import.meta.url);
const packageFolder = dirname(dirname(createRequire(import.meta.url).resolve("@scalar/fastify-api-reference")));

const routes = new Map();
const server = { route: (route) => routes.set(route.url, route.handler), hasPlugin: () => false };
await scalar(server, { routePrefix: "/docs", configuration: { url: "/openapi.json" } }, () => {});
const found = [...routes].find(([url]) => url.endsWith(".js"));
if (!found) throw new Error(`Scalar has no route to a script: ${[...routes.keys()]}`);

let script;
const reply = { header: () => reply, send: (body) => (script = body) };
found[1]({}, reply);

mkdirSync(target, { recursive: true });
writeFileSync(new URL("reference.js", target), script);
copyFileSync(join(packageFolder, "LICENSE"), new URL("reference.LICENSE.txt", target));
console.log(`${readFileSync(new URL("reference.js", target)).length} bytes in ${target.pathname}reference.js`);
