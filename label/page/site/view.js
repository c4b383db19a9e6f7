// What the page shows. Everything is built of elements and text: no string of a
// label, a list or a record ever becomes markup.

import { words, languages } from "./words.js";
import { genuine, noMark } from "./verify.js";

const svg = "http://www.w3.org/2000/svg";

/** looks: the tone and the symbol of each outcome. Only live has the tick. */
const looks = {
  live: ["good", "tick"], signed: ["plain", "clock"], stale: ["plain", "question"], malformed: ["plain", "question"],
  "not-yet-valid": ["plain", "clock"], "support-ended": ["warn", "warning"], expired: ["warn", "warning"], suspended: ["warn", "warning"],
  revoked: ["bad", "cross"], "not-issued": ["bad", "cross"], "key-distrusted": ["bad", "cross"], "bad-signature": ["bad", "cross"],
  "wrong-host": ["bad", "cross"], "unknown-scheme": ["bad", "cross"],
};

/** el makes an element; attributes that are null or false are left out. */
function el(name, attributes, ...children) {
  const e = document.createElement(name);
  for (const [k, v] of Object.entries(attributes)) {
    if (typeof v === "function") e.addEventListener(k, v);
    else if (v !== null && v !== false && v !== undefined) e.setAttribute(k, v === true ? "" : v);
  }
  e.append(...children.flat().filter((c) => c !== null && c !== undefined && c !== ""));
  return e;
}

function symbol(id) {
  const e = document.createElementNS(svg, "svg"), use = document.createElementNS(svg, "use");
  e.setAttribute("class", "symbol");
  e.setAttribute("aria-hidden", "true");
  use.setAttribute("href", "#" + id);
  e.append(use);
  return e;
}

/** speaker gives the texts of a language: t(key, values). */
export function speaker(lang) {
  return (key, values = {}) => (words[lang][key] ?? words.en[key] ?? "").replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
}

/** dateOf writes a day, given as 2006-01-02 or with a time behind it. */
function dateOf(t, s) {
  const [year, month, day] = s.slice(0, 10).split("-").map(Number);
  return t("date.form", { year, month: t("month." + month), day: day === 1 ? t("date.first") : day });
}

/** momentOf writes a moment, given as 2006-01-02T15:04:05Z, as the pages of labels do. */
function momentOf(t, s) {
  return t("moment.form", { date: dateOf(t, s), time: s.slice(11, 16) });
}

/**
 * render shows a state: {lang, config, example, preview, busy, answer, sheet, problem,
 * typed}; actions are language(tag), submit(text) and sheet().
 */
export function render(root, state, actions) {
  const t = speaker(state.lang), focused = document.activeElement?.id;
  document.documentElement.lang = state.lang;
  root.replaceChildren(header(t, state, actions), main(t, state, actions), footer(t, state));
  if (focused) document.getElementById(focused)?.focus();
  const head = state.answer ? t(`outcome.${state.answer.result.outcome}.head`) : t("start.head");
  document.title = `${head} · ${state.config.name}`;
}

/** clear empties the answer of the label before, while the next one is judged. */
export function clear(root) {
  const main = root.querySelector("main:not(.waiting)");
  main?.setAttribute("aria-busy", "true");
  main?.replaceChildren();
}

function header(t, { lang, config }, actions) {
  return el("header", { class: "site" },
    el("p", { class: "name" }, config.name),
    el("nav", { "aria-label": t("nav.language") }, el("ul", {}, languages.map(({ Tag, Name }) => el("li", {},
      el("button", { type: "button", id: "lang-" + Tag, lang: Tag, "aria-pressed": String(Tag === lang), click: () => actions.language(Tag) }, Name))))));
}

function main(t, state, actions) {
  const { busy, answer } = state;
  return el("main", { "aria-busy": busy ? "true" : null },
    el("p", { class: "said", role: "status" }, busy ? t("check.busy") : answer ? t(`outcome.${answer.result.outcome}.head`) : ""),
    busy ? el("p", { class: "busy", "aria-hidden": "true" }, t("check.busy")) : null,
    answer ? card(t, state) : null,
    answer && ownGenuine(state) ? sheetOf(t, state, actions) : null,
    answer ? details(t, state) : null,
    busy || answer ? null : start(t, state),
    busy ? null : form(t, state, actions));
}

const ownGenuine = ({ answer, config }) => genuine(answer.result.outcome) && answer.scheme?.code === config.code;

function start(t, { example }) {
  return el("section", { class: "start" },
    el("h1", {}, t("start.head")), el("p", { class: "lead" }, t("start.scan")), el("p", {}, t("start.type", { example })));
}

/** card is the answer: assurance first, the outcome large, then the product. */
function card(t, state) {
  const { answer: { result: r, trouble, scheme }, config, preview } = state;
  const [tone, icon] = looks[r.outcome], good = genuine(r.outcome);
  return el("article", { class: `card ${tone}`, "data-outcome": r.outcome },
    good ? el("p", { class: "assurance" }, symbol(r.assurance),
      el("strong", {}, t(`assurance.${r.assurance}.name`)), " ", el("span", {}, t(`assurance.${r.assurance}.say`))) : null,
    el("h1", { id: "outcome", tabindex: "-1" }, symbol(icon), el("span", {}, t(`outcome.${r.outcome}.head`))),
    el("p", { class: "lead" }, t(`outcome.${r.outcome}.say`)),
    r.why && r.why !== "ended-early" ? el("p", { class: "why" }, t("why." + r.why)) : null,
    good ? product(t, state, r, scheme) : null,
    el("p", { class: "do" }, t(`outcome.${r.outcome}.do`, { host: r.host ?? config.host })),
    r.outcome === "wrong-host" ? el("p", {}, link(`https://${r.host}/`, r.host)) : null,
    [...trouble].map((w) => troubleOf(t, w, state)),
    preview ? el("p", { class: "trouble" }, t("check.preview")) : null);
}

function troubleOf(t, what, { answer: { scheme }, digits }) {
  const elsewhere = what === "other-scheme" ? [" ", link(`https://${scheme.hosts[0]}/#${digits}`, scheme.hosts[0])] : [];
  return el("p", { class: "trouble" }, t("trouble." + what, { issuer: scheme?.name ?? "" }), ...elsewhere);
}

const link = (href, text) => el("a", { href, rel: "noreferrer" }, text);

function product(t, { lang }, r, scheme) {
  const levels = scheme.levels.length, name = r.level_names[lang] ?? r.level_name;
  return [
    el("p", { class: "product" }, el("strong", {}, el("bdi", {}, r.brand), " ", el("bdi", {}, r.model)), el("br", {}), t("version.text", { version: r.version })),
    el("p", { class: "signed" }, t("signed.text", { issuer: r.issuer, host: r.host }), " · ",
      r.checked ? t("status.checked", { moment: momentOf(t, r.checked) }) : t("status.never")),
    el("p", { class: "mark" }, r.mark === noMark ? t("mark.none") : t("mark.law", { law: r.mark })),
    el("dl", { class: "facts" },
      fact(t("field.level"), el("span", { class: "steps", "aria-hidden": "true" }, "●".repeat(r.level) + "○".repeat(levels - r.level)), " ",
        el("span", { lang: r.level_names[lang] ? null : "en" }, t("level.text", { level: r.level, levels, name }))),
      fact(t("field.support"), ...r.why === "ended-early" ? [el("s", {}, dateOf(t, r.support_end)), " ", t("why.ended-early")] : [dateOf(t, r.support_end)])),
  ];
}

function fact(name, ...value) {
  return el("div", {}, el("dt", {}, name), el("dd", {}, ...value));
}

/** sheetOf shows rights and responsibilities, once the reader has asked for them. */
function sheetOf(t, state, actions) {
  const { sheet, config, lang, answer: { result: r } } = state;
  const page = el("p", {}, link(`/l/${r.number}/${lang === "en" ? "" : lang + "/"}`, t("record.open")));
  const section = el("section", { class: "sheet" }, el("h2", {}, t("sheet.head")));
  if (sheet === undefined || sheet === "busy") {
    section.append(el("p", {}, t("sheet.lead")),
      el("p", {}, el("button", { type: "button", id: "sheet", class: "button", disabled: sheet === "busy", click: actions.sheet }, t(sheet ? "sheet.busy" : "sheet.button"))),
      el("p", { class: "fine" }, t("sheet.tells", { host: config.host })));
  } else if (typeof sheet === "string") {
    section.append(el("p", { role: "status" }, t("sheet." + sheet)), page);
  } else {
    section.append(...sheetBody(t, lang, sheet), page);
  }
  return section;
}

function sheetBody(t, lang, { sheet, contacts, written }) {
  const tag = sheet[lang] ? lang : "en", parts = sheet[tag] ?? [];
  const body = parts.length === 0 ? [el("p", {}, t("sheet.none"))] : [el("div", { lang: tag === lang ? null : tag }, parts.flatMap((s) => [
    el("h3", {}, s.heading), s.lines.length ? el("ul", {}, s.lines.map((l) => el("li", {}, l))) : null,
  ]))];
  if (contacts.length) {
    body.push(el("h3", {}, t("contact.head")),
      el("ul", { class: "contacts" }, contacts.filter((c) => t("contact." + c.kind)).map((c) => el("li", {}, link(c.url, t("contact." + c.kind))))));
  }
  return [...body, el("p", { class: "fine" }, `${t("field.written")}: ${momentOf(t, written)}`)];
}

/** details: what the answer stands on; of a forgery only what the code claims. */
function details(t, { answer: { result: r }, lang }) {
  if (!r.number) return null;
  const good = genuine(r.outcome), rows = [];
  if (!good) rows.push(fact(t("field.product"), `${r.brand} ${r.model}`));
  rows.push(fact(t("field.number"), r.number));
  if (r.gtin) rows.push(fact(t("field.gtin"), String(r.gtin)));
  if (r.from) rows.push(fact(t("field.from"), dateOf(t, r.from)));
  rows.push(fact(t("field.until"), dateOf(t, r.until)));
  if (r.log_index !== undefined) rows.push(fact(t("field.log"), String(r.log_index)));
  rows.push(fact(t("field.trust"), dateOf(t, r.trust_from)), fact(t("field.mode"), t("mode." + r.mode)));
  return el("details", {}, el("summary", { id: "details" }, t(good ? "details.head" : "claimed.head")), el("dl", { class: "details" }, rows));
}

function form(t, state, actions) {
  const { problem, typed, answer, config, example } = state;
  const hint = el("p", { id: "tells", class: "fine" }, t("form.tells", { host: config.host }));
  const wrong = problem ? el("p", { id: "wrong", class: "wrong", role: "alert" }, symbol("warning"), el("span", {}, t(problem.key, { example, ...problem.values }), problem.href ? [" ", link(problem.href, problem.text)] : [])) : null;
  const submit = (e) => {
    e.preventDefault();
    actions.submit(e.target.elements.label.value);
  };
  return el("form", { submit, autocomplete: "off", novalidate: true },
    answer ? el("h2", {}, t("form.head")) : null,
    el("label", { for: "label" }, t("form.label")),
    el("div", { class: "row" },
      el("input", { id: "label", name: "label", type: "text", autocapitalize: "characters", spellcheck: "false", value: typed ?? "", required: true,
        "aria-describedby": wrong ? "wrong tells" : "tells", "aria-invalid": wrong ? "true" : null }),
      el("button", { id: "go", class: "button" }, t("form.button"))),
    wrong, hint);
}

function footer(t, { config }) {
  return el("footer", {},
    el("p", {}, t("foot.privacy", { host: config.host })), el("p", {}, t("foot.host", { host: config.host })),
    config.home ? el("p", {}, link(config.home, t("foot.home"))) : null);
}
