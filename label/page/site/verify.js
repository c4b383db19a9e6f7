// The judgement: the Go package label/verify, once more. Same questions in the same
// order, same outcomes, same fields; only the reason is a key of the words here.

import { assurances, dayOf, numberText, secondsOfDay } from "./token.js";
import { Unsupported } from "./cose.js";
import { signer } from "./trust.js";
import { chunkOf, VALID, REVOKED, SUSPENDED, ENDED } from "./status.js";

export const outcomes = [
  "stale", "live", "signed", "support-ended", "expired", "not-yet-valid", "suspended", "revoked",
  "not-issued", "key-distrusted", "bad-signature", "wrong-host", "unknown-scheme", "malformed",
];

/** genuine tells whether the signature was found good and the label is the scheme's own. */
export const genuine = (outcome) => outcomes.indexOf(outcome) >= 1 && outcomes.indexOf(outcome) <= 7;

/** noMark is said of every label unless the trust list names the scheme's law. */
export const noMark = "not a CE or government mark";

const skew = 300; // by how many seconds clocks may differ

export const dayText = (d) => new Date(d * secondsOfDay * 1000).toISOString().slice(0, 10);
export const momentText = (s) => new Date(s * 1000).toISOString().replace(".000Z", "Z");

/**
 * judge answers for a label: input from parseInput, a trust list or null, the status
 * files {list, range} that opened or a promise of them, the proof of the log ({fits,
 * origin, index}) or null, the moment in seconds, and the mode: offline, private or full.
 */
export async function judge(input, trust, status, proof, at, mode) {
  const r = { input, trust, status, proof, at, mode, found: false, age: "", standing: VALID, out: { mode } };
  let why = "";
  for (const rule of rules) {
    const answer = await rule(r);
    if (answer) {
      [r.out.outcome, why] = answer;
      return { ...r.out, why };
    }
  }
  return { ...r.out, outcome: "live", why };
}

const rules = [
  readable, trustInDate, known, signed, hosted, gather, issued, revoked, included, keyTrusted, suspended, inDate, supported, looked,
];

function readable({ input }) {
  return input.problem !== undefined ? ["malformed", ""] : null;
}

function trustInDate({ trust, at, out }) {
  if (!trust) return ["stale", "no-trust"];
  if (dayOf(at) > trust.expires) return ["stale", "trust-old"];
  if (at + skew < trust.issued * secondsOfDay) return ["stale", "clock"];
  out.trust_from = dayText(trust.issued);
  return null;
}

function known(r) {
  const { input, trust } = r;
  if (!input.token) return trust.resolve(input.issuer) ? ["stale", "number-alone"] : ["unknown-scheme", ""];
  r.scheme = trust.scheme(input.token.claims.issuer);
  return r.scheme ? null : ["unknown-scheme", ""];
}

/**
 * signed finds the key. What the key could not have signed by the dates of the trust
 * list is no signature of the scheme; what this browser cannot check is neither.
 */
async function signed(r) {
  const { token } = r.input, c = token.claims, today = dayOf(r.at);
  let k = null;
  try {
    k = await signer(r.scheme, "label", token);
  } catch (e) {
    if (e instanceof Unsupported) return ["stale", "no-algorithm"];
    throw e;
  }
  if (!k || today < k.signFrom || today > k.verifyUntil) return ["bad-signature", ""];
  if (c.from !== undefined && (dayOf(c.from) < k.signFrom || dayOf(c.from) > k.signUntil)) return ["bad-signature", ""];
  if (c.level > r.scheme.levels.length) return ["stale", "level"];
  r.key = k;
  describe(r.out, c, r.scheme);
  return null;
}

function describe(out, c, s) {
  const names = s.levels[c.level - 1].names;
  Object.assign(out, {
    assurance: assurances[c.assurance], brand: c.brand, model: c.model, version: c.version,
    level: c.level, level_name: names.get("en"), level_names: Object.fromEntries(names),
    support_end: dayText(c.supportEnd), until: momentText(c.until), number: numberText(c.issuer, c.number),
    issuer: s.name, mark: s.official ?? noMark, host: s.hosts[0],
  });
  if (c.gtin !== undefined) out.gtin = Number(c.gtin);
  if (c.from !== undefined) out.from = momentText(c.from);
}

function hosted({ input, scheme }) {
  return input.host && !scheme.hosts.includes(input.host) ? ["wrong-host", ""] : null;
}

/**
 * gather looks at the status files that speak of this label. A status list out of date
 * tells nothing beside a range file in date, except a revocation, which is final.
 */
async function gather(r) {
  const { token } = r.input, c = token.claims, { list, range } = await r.status;
  r.old = "no-range";
  r.supportEnd = c.supportEnd;
  let checked = null;
  if (range?.scheme === c.issuer) {
    const e = range.find(token.digest);
    if (e.held) {
      r.old = outOfDate(range, r.at);
      r.found = e.found;
      checked = range.issued;
      if (e.found) {
        Object.assign(r, { standing: e.standing, age: r.old, supportEnd: e.supportEnd });
        r.out.log_index = e.logIndex;
        r.out.support_end = dayText(e.supportEnd);
      }
    }
  }
  const { chunk, index } = chunkOf(c.number);
  if (list?.scheme === c.issuer && list.chunk === chunk) {
    const s = list.at(index), age = outOfDate(list, r.at);
    if (checked === null || worse(s, r.standing) && (s === REVOKED || r.old || !age)) {
      Object.assign(r, { standing: s, age });
      checked = list.issued;
    }
  }
  if (checked !== null) r.out.checked = momentText(checked);
  return null;
}

/** outOfDate says why a file is, or "". */
function outOfDate({ issued: from, expires }, at) {
  if (at >= expires) return "status-old";
  return at + skew < from ? "clock" : "";
}

function worse(a, b) {
  const rank = { [VALID]: 0, [ENDED]: 1, [SUSPENDED]: 2, [REVOKED]: 3 };
  return rank[a] > rank[b];
}

function issued(r) {
  return !r.old && !r.found ? ["not-issued", ""] : null;
}

function revoked(r) {
  return r.standing === REVOKED ? ["revoked", r.found ? "" : "never-issued"] : null;
}

/** included asks the proof of the log; the page itself has none. */
function included(r) {
  if (!r.proof) return null;
  const { fits, origin, index } = r.proof;
  if (!fits || origin !== r.scheme.logOrigin || r.out.log_index !== undefined && r.out.log_index !== index) return ["not-issued", ""];
  r.out.log_index = index;
  r.out.proven = true;
  return null;
}

function keyTrusted({ key, out }) {
  if (key.distrustFrom === undefined) return null;
  if (out.log_index === undefined) return ["stale", "key-stolen"];
  return out.log_index >= key.distrustFrom ? ["key-distrusted", ""] : null;
}

function suspended(r) {
  return r.standing === SUSPENDED && (!r.age || r.mode === "offline") ? ["suspended", ""] : null;
}

function inDate({ input, at }) {
  const c = input.token.claims;
  if (at < (c.from ?? 0)) return ["not-yet-valid", ""];
  return at >= c.until ? ["expired", ""] : null;
}

function supported(r) {
  if (dayOf(r.at) > r.supportEnd) return ["support-ended", ""];
  return r.standing === ENDED ? ["support-ended", "ended-early"] : null;
}

/** looked: without what the mode asks for nothing is called live. */
function looked(r) {
  if (r.old) return [r.mode === "offline" ? "signed" : "stale", r.old];
  return r.mode === "full" && !r.out.proven ? ["stale", "no-proof"] : null;
}

