/* Runs the search of a site's pages without a browser, and prints where it leads, the best first:
 *
 *     node search.js SITE/LANGUAGE QUERY...        page#anchor for each hit
 *
 * docs/theme/site.js gets as much of a browser as its search needs. */
"use strict";
const fs = require("fs");
const path = require("path");
const vm = require("vm");
const [directory, ...words] = process.argv.slice(2);

const read = (name) => fs.readFileSync(path.join(directory, name), "utf8");
const classes = { add() {}, toggle() {} };
const browser = vm.createContext({
    window: { matchMedia: () => ({ matches: false, addEventListener() {} }) },
    localStorage: { getItem: () => null, setItem() {} },
    location: { hash: "" },
    document: {
        documentElement: { classList: classes },
        getElementById: () => null,
        addEventListener() {},
        createElement: () => ({}),
        head: {
            append(script) {
                vm.runInContext(read(script.src), browser);
                script.onload();
            },
        },
    },
});
vm.runInContext(read("site.js"), browser);
vm.runInContext("loadIndex(() => {})", browser);
const { hits } = vm.runInContext(`search(${JSON.stringify(words.join(" "))})`, browser);
for (const { entry } of hits)
    console.log(entry.page + "#" + entry.anchor);
