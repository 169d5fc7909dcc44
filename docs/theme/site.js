/* What the pages do beside being read: the colour scheme, the contents on a narrow screen, the
 * language switch that stays at its place, and the search. No dependency, and it works on pages
 * opened from a folder, where scripts may not fetch: the index of the search is a script itself. */
"use strict";

/* Some browsers keep nothing for pages from a folder: then a choice lasts as long as the page. */
const memory = {
    get(key) {
        try { return localStorage.getItem(key); } catch (error) { return null; }
    },
    set(key, value) {
        try { localStorage.setItem(key, value); } catch (error) { /* not kept */ }
    },
};

/* ---- colour scheme: before the page is painted ---- */

const root = document.documentElement;
const prefersDark = window.matchMedia("(prefers-color-scheme: dark)");

function isDark() {
    const kept = memory.get("scheme");
    return kept ? kept === "dark" : prefersDark.matches;
}

function applyScheme() {
    root.classList.toggle("dark-mode", isDark());
    root.classList.toggle("light-mode", !isDark());
    const button = document.getElementById("site-scheme");
    if (button)
        button.textContent = isDark() ? button.dataset.light : button.dataset.dark;
}

root.classList.add("with-script");
applyScheme();
prefersDark.addEventListener("change", applyScheme);

function setUpScheme() {
    applyScheme();
    document.getElementById("site-scheme").addEventListener("click", () => {
        memory.set("scheme", isDark() ? "light" : "dark");
        applyScheme();
    });
}

/* ---- contents on a narrow screen, and the language ---- */

function setUpMenu() {
    const button = document.getElementById("site-menu");
    const nav = document.getElementById("site-nav");
    function show(open) {
        nav.classList.toggle("open", open);
        button.setAttribute("aria-expanded", String(open));
    }
    button.addEventListener("click", () => show(!nav.classList.contains("open")));
    nav.addEventListener("keydown", (event) => {
        if (event.key === "Escape") {
            show(false);
            button.focus();
        }
    });
    const current = nav.querySelector("[aria-current]");
    if (current && nav.scrollHeight > nav.clientHeight)
        nav.scrollTop = current.offsetTop - nav.clientHeight / 2;
}

/* The anchors are the same in both languages. The one of the section that is on the screen is
 * better than the one by which the page was opened. */
function sectionOnScreen() {
    let found = "";
    for (const anchor of document.querySelectorAll("main .anchor[id]")) {
        if (anchor.getBoundingClientRect().top > window.innerHeight / 3)
            break;
        found = anchor.id;
    }
    return found ? "#" + found : location.hash;
}

function setUpLanguage() {
    const link = document.getElementById("site-language");
    link.addEventListener("click", () => {
        link.hash = sectionOnScreen();
        memory.set("language", link.hreflang);
    });
}

/* ---- search ---- */

/* Each entry of the index: page, anchor, title of the page, title of the section, text. */
let index = null;
const LIMIT = 30;

function loadIndex(then) {
    if (index !== null) {
        then();
        return;
    }
    const script = document.createElement("script");
    script.src = "search-index.js";
    script.onload = () => {
        index = window.searchIndex.map(([page, anchor, title, section, text]) => ({
            page, anchor, title, section, text,
            head: (title + " " + section).toLowerCase(),
            body: text.toLowerCase(),
        }));
        then();
    };
    document.head.append(script);
}

/* Made from the comments of headers: what pages say comes first, but for an exact name. */
function isReference(entry) {
    return /_8h\.html$|^(struct|union)[^-]*\.html$/.test(entry.page);
}

/* All words have to be in a section, in any place: parts of words count, as Korean words carry
 * their particles with them. Titles weigh more than text, whole words more than parts. */
function weigh(entry, words) {
    const reference = isReference(entry);
    const name = entry.section.toLowerCase().replace(/\(\)$/, "");
    let weight = 0;
    for (const word of words) {
        const inHead = entry.head.includes(word);
        const inBody = entry.body.includes(word);
        if (!inHead && !inBody)
            return 0;
        weight += (inHead && !reference ? 10 : 0) + (inBody ? 1 : 0);
        weight += name === word ? 20 : 0;
        if ((" " + entry.body + " ").includes(" " + word + " "))
            weight += 2;
        if (name.startsWith(word) && !reference)
            weight += 5;
    }
    return weight;
}

function search(query) {
    const words = query.toLowerCase().split(/\s+/).filter((word) => word !== "");
    if (words.length === 0)
        return { words, hits: [] };
    const hits = index
        .map((entry, order) => ({ entry, order, weight: weigh(entry, words) }))
        .filter((hit) => hit.weight > 0)
        .sort((a, b) => b.weight - a.weight || a.order - b.order);
    return { words, hits };
}

/* Some text around the first word, with all of the words marked. */
function excerpt(entry, words) {
    const places = words.map((word) => entry.body.indexOf(word)).filter((place) => place >= 0);
    const from = Math.max(0, Math.min(...places, entry.text.length) - 40);
    const piece = entry.text.slice(from, from + 160);
    const paragraph = document.createElement("p");
    const pattern = words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|");
    for (const part of piece.split(new RegExp("(" + pattern + ")", "i"))) {
        const isWord = words.includes(part.toLowerCase());
        const node = document.createElement(isWord ? "mark" : "span");
        node.textContent = part;
        paragraph.append(node);
    }
    return paragraph;
}

function resultOf(entry, words) {
    const item = document.createElement("li");
    const link = document.createElement("a");
    link.href = entry.page + (entry.anchor ? "#" + entry.anchor : "");
    link.textContent = entry.section ? entry.section + " - " + entry.title : entry.title;
    item.append(link, excerpt(entry, words));
    return item;
}

function showResults(query) {
    const results = document.getElementById("site-results");
    const { words, hits } = search(query);
    results.hidden = words.length === 0;
    results.replaceChildren();
    if (words.length === 0)
        return;
    const status = document.createElement("p");
    status.setAttribute("role", "status");
    const more = hits.length > LIMIT ? ` (${hits.length - LIMIT} ${results.dataset.more})` : "";
    status.textContent = hits.length === 0 ? results.dataset.none
        : `${Math.min(hits.length, LIMIT)}${more}`;
    const list = document.createElement("ol");
    list.append(...hits.slice(0, LIMIT).map((hit) => resultOf(hit.entry, words)));
    results.append(status, list);
}

/* Up and down go through the input and the links below it. */
function moveFocus(event) {
    const results = document.getElementById("site-results");
    const stops = [document.getElementById("site-search"), ...results.querySelectorAll("a")];
    const at = stops.indexOf(document.activeElement);
    const to = at + (event.key === "ArrowDown" ? 1 : -1);
    if (results.hidden || at === -1 || to < 0 || to >= stops.length)
        return;
    stops[to].focus();
    event.preventDefault();
}

function setUpSearch() {
    const input = document.getElementById("site-search");
    const results = document.getElementById("site-results");
    function close() {
        input.value = "";
        results.hidden = true;
    }
    input.addEventListener("input", () => loadIndex(() => showResults(input.value)));
    input.form.addEventListener("submit", (event) => {
        const first = results.querySelector("a");
        if (first)
            first.click();
        event.preventDefault();
    });
    results.addEventListener("click", (event) => {
        if (event.target.closest("a"))
            close();
    });
    document.addEventListener("keydown", (event) => {
        const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName);
        if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
            input.focus();
            event.preventDefault();
        } else if (event.key === "Escape" && !results.hidden) {
            close();
            input.focus();
        } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
            moveFocus(event);
        }
    });
}

document.addEventListener("DOMContentLoaded", () => {
    setUpScheme();
    setUpMenu();
    setUpLanguage();
    setUpSearch();
});
