// Tests of the site in Debian's chromium, opened from its folder as a reader does: accessibility,
// keyboard, language switch, colour scheme, search, phone, paper, and no script at all. Prints TAP.
//
//     node browser.mjs SITE SHOTS       where playwright-core and axe-core are in node's path
//
// Screenshots of ten pages go to SHOTS; how pages look is for people to judge.
import { createRequire } from "node:module";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const require = createRequire(path.resolve(process.env.NODE_MODULES, "x.js"));
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const [site, shots] = process.argv.slice(2).map((name) => path.resolve(name));
const address = (name) => pathToFileURL(path.join(site, name)).href.replace("%23", "#");

const PAGES = ["en/index", "en/lab-01-blocking", "ko/lab-01-blocking", "ko/connection", "en/calls", "ko/errno",
    "en/grading", "ko/glossary", "en/address_8h", "en/files"];
const DESKTOP = { width: 1300, height: 900 };
const PHONE = { width: 390, height: 844 };

let number = 0;
let failed = 0;

function result(holds, description, ...details) {
    number++;
    console.log(`${holds ? "ok" : "not ok"} ${number} - ${description}`);
    if (!holds) {
        failed = 1;
        for (const detail of details.flat().slice(0, 20))
            console.log(`# ${detail}`);
    }
}

// A test that throws has failed: the others still run.
async function test(description, body) {
    try {
        const wrong = await body();
        result(wrong === undefined || wrong === true || (Array.isArray(wrong) && wrong.length === 0), description,
            wrong);
    } catch (error) {
        result(false, description, String(error).split("\n"));
    }
}

const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM || ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find(existsSync),
    args: process.getuid() === 0 ? ["--no-sandbox"] : [],
});

// Opens a page of its own, and closes it behind the body.
async function on(options, name, body) {
    const context = await browser.newContext({ viewport: DESKTOP, ...options });
    context.setDefaultTimeout(30000);
    const page = await context.newPage();
    const said = [];
    page.on("console", (message) => message.type() === "error" && said.push(message.text()));
    page.on("pageerror", (error) => said.push(String(error)));
    page.on("requestfailed", (request) => said.push(`not loaded: ${request.url()}`));
    try {
        await page.goto(address(name));
        return await body(page, said);
    } finally {
        await context.close();
    }
}

const current = (page) => decodeURIComponent(page.url()).replace(/^.*\/(en|ko)\//, "$1/");
const focused = (page) => page.evaluate(() => {
    const element = document.activeElement;
    return element.id || element.getAttribute("href") || element.className || element.tagName;
});

// ---- ten pages, in both colour schemes, on a desktop and a phone --------------------------------

mkdirSync(shots, { recursive: true });
for (const name of PAGES) {
    for (const colorScheme of ["light", "dark"]) {
        await test(`${name}, ${colorScheme}: axe finds nothing serious, the console is silent`, () =>
            on({ colorScheme }, `${name}.html`, async (page, said) => {
                await page.evaluate(axe);
                const found = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"], preload: false }));
                const file = path.join(shots, `${name.replace("/", "-")}.${colorScheme}`);
                await page.screenshot({ path: `${file}.desktop.png` });
                await page.setViewportSize(PHONE);
                await page.screenshot({ path: `${file}.phone.png` });
                return [...said, ...found.violations
                    .filter((violation) => ["serious", "critical"].includes(violation.impact))
                    .flatMap((violation) => violation.nodes.slice(0, 4).map((node) =>
                        `${violation.id}: ${node.target.join(" ")}: ${node.failureSummary.replace(/\s+/g, " ")}`))];
            }));
    }
}

for (const width of [390, 320]) {
    await test(`no page scrolls sideways at ${width} pixels`, async () => {
        const wide = [];
        for (const name of PAGES) {
            await on({ viewport: { width, height: 844 } }, `${name}.html`, async (page) => {
                const over = await page.evaluate(() =>
                    document.documentElement.scrollWidth - document.documentElement.clientWidth);
                if (over <= 0)
                    return;
                const what = await page.evaluate(() => [...document.querySelectorAll("body *")]
                    .filter((element) => element.getBoundingClientRect().right > innerWidth + 1 &&
                        !element.parentElement.closest(".table, .fragment, .figure"))
                    .slice(0, 3).map((element) => `${element.tagName}.${element.className}`));
                wide.push(`${name}: ${over} pixels: ${what.join(" ")}`);
            });
        }
        return wide;
    });
}

// ---- language, colour scheme ------------------------------------------------------------------

// As a hand does: click() of a locator would scroll.
async function switchLanguage(page, language) {
    const box = await page.locator("#site-language").boundingBox();
    await page.mouse.click(box.x + 5, box.y + 5);
    await page.waitForURL(new RegExp(`/${language}/`));
}

await test("the language switch stays on the page and at the section", () =>
    on({}, "en/lab-01-blocking.html#descriptors", async (page) => {
        await switchLanguage(page, "ko");
        const there = current(page);
        await switchLanguage(page, "en");
        const back = current(page);
        return there === "ko/lab-01-blocking.html#descriptors" && back === "en/lab-01-blocking.html#descriptors"
            ? [] : [there, back];
    }));

await test("it follows the section that is on the screen, not the one of the address", () =>
    on({}, "en/lab-01-blocking.html#descriptors", async (page) => {
        await page.evaluate(() => document.getElementById("waiting-without-spinning").scrollIntoView());
        await switchLanguage(page, "ko");
        return current(page) === "ko/lab-01-blocking.html#waiting-without-spinning" ? [] : [current(page)];
    }));

await test("the start page leads to the language of the browser, and then to the last one chosen", () =>
    on({ locale: "ko-KR" }, "index.html", async (page) => {
        await page.waitForURL(/\/ko\/index\.html/);
        await page.click("#site-language");
        await page.waitForURL(/\/en\/index\.html/);
        await page.goto(address("index.html"));
        await page.waitForURL(/\/en\/index\.html/);
    }));

await test("the colour scheme is changed by keyboard, and kept on the next page", () =>
    on({ colorScheme: "light" }, "en/index.html", async (page) => {
        const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
        const light = await background();
        await page.focus("#site-scheme");
        await page.keyboard.press("Enter");
        const dark = await background();
        await page.goto(address("ko/errno.html"));
        const next = await background();
        await page.focus("#site-scheme");
        await page.keyboard.press("Space");
        const again = await background();
        return light !== dark && next === dark && again === light ? [] : [light, dark, next, again];
    }));

// ---- search -------------------------------------------------------------------------------------

async function look(page, words) {
    await page.keyboard.press("/");
    if (await focused(page) !== "site-search")
        throw new Error(`/ went to ${await focused(page)}`);
    await page.keyboard.type(words);
    await page.waitForSelector("#site-results:not([hidden]) a");
    return page.$$eval("#site-results a", (links) => links.map((link) => link.getAttribute("href")));
}

await test("/ begins a search, arrows and Enter follow a Korean word", () =>
    on({}, "ko/index.html", async (page, said) => {
        const hits = await look(page, "좀비");
        await page.keyboard.press("ArrowDown");
        await page.keyboard.press("ArrowDown");
        await page.keyboard.press("ArrowUp");
        if (await focused(page) !== hits[0])
            return [`focus on ${await focused(page)}, not on ${hits[0]}`];
        await page.keyboard.press("Enter");
        await page.waitForURL((url) => decodeURIComponent(url.href).endsWith(hits[0]));
        return [...said, ...(await page.textContent("main")).includes("좀비") ? [] : ["the page has no such word"]];
    }));

await test("Enter in the box goes to the first that was found", () =>
    on({}, "en/index.html", async (page) => {
        const hits = await look(page, "address_resolve");
        await page.keyboard.press("Enter");
        await page.waitForURL((url) => url.href.endsWith(hits[0]));
        return hits[0].startsWith("address_8h.html") ? [] : hits;
    }));

await test("a word of a figure is found", () =>
    on({}, "en/connection.html", async (page) => {
        const word = await page.evaluate(() => {
            const drawn = [...document.querySelectorAll("main svg text")].flatMap((text) => text.textContent.split(/\s+/));
            return drawn.find((word) => /^[A-Za-z_]{6,}$/.test(word));
        });
        if (!word)
            return ["no figure has words"];
        const hits = await look(page, word);
        return hits.some((hit) => hit.startsWith("connection.html")) ? [] : [word, ...hits];
    }));

await test("Escape closes what was found and empties the box", () =>
    on({}, "en/index.html", async (page) => {
        await look(page, "socket");
        await page.keyboard.press("ArrowDown");
        await page.keyboard.press("Escape");
        const closed = await page.isHidden("#site-results");
        const empty = await page.inputValue("#site-search") === "";
        return closed && empty && await focused(page) === "site-search" ? [] : [closed, empty, await focused(page)];
    }));

await test("what is nowhere is said to be nowhere", () =>
    on({}, "en/index.html", async (page) => {
        await page.keyboard.press("/");
        await page.keyboard.type("xyzzyplugh");
        await page.waitForSelector("#site-results:not([hidden]) p");
        return (await page.textContent("#site-results")).includes("Nothing found");
    }));

// ---- keyboard -----------------------------------------------------------------------------------

await test("the first Tab shows a link that skips to the text", () =>
    on({}, "en/errno.html", async (page) => {
        await page.keyboard.press("Tab");
        const box = await page.locator(".skip").boundingBox();
        await page.keyboard.press("Enter");
        const to = await focused(page);
        return box.x >= 0 && box.y >= 0 && to === "site-text" ? [] : [JSON.stringify(box), to];
    }));

await test("on a phone the contents open and close by keyboard", () =>
    on({ viewport: PHONE }, "en/errno.html", async (page) => {
        const states = [await page.isVisible("#site-nav")];
        await page.focus("#site-menu");
        await page.keyboard.press("Enter");
        states.push(await page.isVisible("#site-nav"), await page.getAttribute("#site-menu", "aria-expanded"));
        await page.focus("#site-nav a");
        await page.keyboard.press("Escape");
        states.push(await page.isVisible("#site-nav"), await focused(page));
        return JSON.stringify(states) === '[false,true,"true",false,"site-menu"]' ? [] : [JSON.stringify(states)];
    }));

// Tab goes to everything that can be used, once, in the order of the page, and it is seen where it is.
for (const [name, viewport] of [["en/lab-02-fork", DESKTOP], ["ko/errno", PHONE], ["en/address_8h", DESKTOP]]) {
    await test(`${name}: Tab reaches everything at ${viewport.width} pixels, and shows where it is`, () =>
        on({ viewport, reducedMotion: "reduce" }, `${name}.html`, async (page) => {
            const total = await page.evaluate(() => {
                const all = [...document.querySelectorAll("a[href], button, input, [tabindex='0'], summary")]
                    .filter((element) => element.checkVisibility());
                all.forEach((element, order) => { element.dataset.order = order; });
                return all.length;
            });
            const wrong = [];
            for (let order = 0; order < total && wrong.length < 5; order++) {
                await page.keyboard.press("Tab");
                const here = await page.evaluate(() => {
                    const element = document.activeElement;
                    const style = getComputedStyle(element);
                    const box = element.getBoundingClientRect();
                    const header = document.querySelector(".site-header").getBoundingClientRect();
                    const hidden = !element.closest(".site-header, .skip, .site-nav") &&
                        getComputedStyle(document.querySelector(".site-header")).position === "sticky" &&
                        box.bottom <= header.bottom;
                    return {
                        order: Number(element.dataset.order ?? -1), name: element.outerHTML.slice(0, 90),
                        seen: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0 && !hidden,
                    };
                });
                if (here.order !== order || !here.seen)
                    wrong.push(`${order}: ${JSON.stringify(here)}`);
            }
            return wrong;
        }));
}

// ---- without scripts, and on paper ----------------------------------------------------------------

await test("without scripts the pages read, link and list their contents", () =>
    on({ javaScriptEnabled: false, viewport: PHONE }, "index.html", async (page, said) => {
        await page.click("a[hreflang=ko]");
        await page.waitForURL(/\/ko\/index\.html/);
        await page.click("#site-nav a[href='lab-01-blocking.html']");
        await page.waitForURL(/\/ko\/lab-01-blocking\.html/);
        const dead = await page.locator(".only-with-script, .search").evaluateAll((all) =>
            all.filter((element) => element.checkVisibility()).map((element) => `${element.tagName} cannot work`));
        await page.click("#site-language");
        await page.waitForURL(/\/en\/lab-01-blocking\.html/);
        await page.click("nav.neighbours a[rel=next]");
        await page.waitForURL(/\/en\/lab-02-fork\.html/);
        return [...said, ...dead];
    }));

for (const language of ["en", "ko"]) {
    await test(`${language}/lab-01-blocking on paper: all of the text, nothing of the frame`, () =>
        on({ colorScheme: "dark" }, `${language}/lab-01-blocking.html`, async (page) => {
            const file = path.join(shots, `lab-01-blocking.${language}.pdf`);
            await page.pdf({ path: file, preferCSSPageSize: true });
            const plain = (text) => text.normalize("NFC").replace(/\s+/g, "");
            const paper = plain(execFileSync("pdftotext", [file, "-"], { encoding: "utf8" }));
            const [last, frame] = await page.evaluate(() => [
                [...document.querySelectorAll(".contents p, .contents li")].pop().innerText,
                [document.querySelector("#site-scheme").textContent, document.querySelector(".site-footer").textContent],
            ]);
            return [
                ...paper.includes(plain(last).slice(0, 40)) ? [] : [`not on paper: ${last}`],
                ...frame.filter((words) => paper.includes(plain(words)) && plain(words).length > 5),
            ];
        }));
}

await browser.close();
console.log(`1..${number}`);
process.exit(failed);
