// The verifier page: reads the fragment, which no server sees, and shows the answer.

import { parseInput, fold, numberText } from "./token.js";
import { shared, prepare, check, trustOnly, record, keep } from "./files.js";
import { languages } from "./words.js";
import { clear, render } from "./view.js";

const config = JSON.parse(document.getElementById("config").textContent);
const root = document.getElementById("page");

// A page on this very computer is a preview: nobody else can serve it.
const preview = /^(localhost|127\.0\.0\.1|\[::1\])$/.test(location.hostname);

const state = { lang: preferred(), config, preview, example: numberText(config.code, 1420), busy: false };

/** preferred is the first language of the reader that the page has. */
function preferred() {
  const tags = languages.map((l) => l.Tag);
  return navigator.languages.map((l) => l.slice(0, 2).toLowerCase()).find((l) => tags.includes(l)) ?? tags[0];
}

const actions = {
  language(tag) {
    state.lang = tag;
    show();
  },
  submit(typed) {
    submit(typed).catch(fail);
  },
  async sheet() {
    const { digits, answer } = state;
    state.sheet = "busy";
    show();
    const got = await record(answer.result.number, digits);
    if (state.answer !== answer) return; // another label was scanned meanwhile
    state.sheet = got;
    show();
  },
};

function show(changes = {}) {
  Object.assign(state, changes);
  render(root, state, actions);
}

let runs = 0;
const quick = 150; // milliseconds within which no reader misses a word of patience

/** answer judges the input that read gives and shows it, unless a later one has come. */
async function answer(read, digits) {
  const run = ++runs, asked = shared();
  Object.assign(state, { busy: true, answer: undefined, sheet: undefined, problem: undefined, digits });
  clear(root);
  setTimeout(() => run === runs && state.busy && show(), quick);
  const got = await check(await read(), config, Math.floor(Date.now() / 1000), asked);
  if (run !== runs) return;
  show({ busy: false, answer: got });
  performance.mark("answer");
  setTimeout(() => keep().then(() => performance.mark("kept")), 50); // once it is painted
}

function fail(e) {
  console.error(e);
  runs++;
  show({ busy: false, answer: { result: { outcome: "stale", why: "page-error", mode: "offline" }, trouble: new Set() } });
}

/** fromAddress reads the label in the fragment of the address. */
async function fromAddress() {
  const fragment = location.hash.slice(1);
  if (fragment === "") {
    runs++;
    show({ busy: false, answer: undefined, sheet: undefined, problem: undefined });
    prepare(config).then(() => performance.mark("prepared"), (e) => console.error(e));
    return;
  }
  await answer(() => parseInput(preview ? fragment : `${location.protocol}//${location.host}/#${fragment}`), fragment);
}

/**
 * submit takes what was typed: digits or the address of a code are judged here; a
 * number opens its record, at the scheme that issues it.
 */
async function submit(typed) {
  const input = await parseInput(typed);
  const problem = (key, more = {}) => show({ typed, problem: { key, ...more } });
  if (input.token) {
    await answer(() => input, typed.replace(/^.*#/s, "").trim());
    return;
  }
  if (input.problem !== undefined) {
    problem("form.problem");
    return;
  }
  const scheme = (await trustOnly(config))?.resolve(input.issuer) ?? (fold(input.issuer) === fold(config.code) ? { code: config.code } : null);
  if (!scheme) {
    problem("form.unknown", { values: { code: input.issuer } });
    return;
  }
  const path = `/l/${numberText(scheme.code, input.number)}/`;
  if (scheme.code === config.code) location.assign(path + (state.lang === "en" ? "" : state.lang + "/"));
  else problem("form.other", { values: { issuer: scheme.name }, href: `https://${scheme.hosts[0]}${path}`, text: scheme.hosts[0] });
}

addEventListener("hashchange", () => fromAddress().catch(fail));
await fromAddress().catch(fail);

// Kept for use without a network only now: the answer comes first.
if ("serviceWorker" in navigator) {
  await new Promise((resolve) => setTimeout(resolve, 500));
  const policy = globalThis.trustedTypes?.createPolicy("plimsoll", { createScriptURL: (s) => s === "/sw.js" ? s : "" });
  navigator.serviceWorker.register(policy ? policy.createScriptURL("/sw.js") : "/sw.js", { updateViaCache: "none" }).catch((e) => console.warn(String(e)));
}
