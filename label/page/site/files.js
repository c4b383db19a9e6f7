// What the page fetches, all of its own origin, and what it keeps on the device: the
// newest signed files it has seen, to work without a network and to notice when
// somebody serves older ones.

import { Refused } from "./cbor.js";
import { openTrust, RolledBack } from "./trust.js";
import { openStatusList, openRange, chunkOf, rangePrefix, maxRangeBits, maxRangeFile, maxStatusFile } from "./status.js";
import { judge } from "./verify.js";

const patience = 8000; // milliseconds for one file
const maxTrust = 1 << 20, maxRecord = 64 << 10, maxKept = 64;

/** fetchFile gets a file of at most so many bytes: {reached, bytes}, bytes null if there is none. */
async function fetchFile(path, most) {
  let reached = false;
  try {
    const res = await fetch(path, {
      cache: "no-cache", credentials: "omit", redirect: "error", referrerPolicy: "no-referrer", signal: AbortSignal.timeout(patience),
    });
    reached = true;
    return { reached, bytes: res.ok ? await bounded(res, most) : null };
  } catch {
    return { reached, bytes: null };
  }
}

async function bounded(res, most) {
  const reader = res.body.getReader(), chunks = [];
  let n = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    n += value.length;
    if (n > most) {
      await reader.cancel();
      return null;
    }
    chunks.push(value);
  }
  const all = new Uint8Array(n);
  chunks.reduce((at, c) => (all.set(c, at), at + c.length), 0);
  return all;
}

// kept is a cache of this origin; where a browser gives none, nothing is kept. What is
// put there waits for keep, so that the answer does not wait for the disk.
const waiting = new Map();
let cache = null;

const kept = {
  open: () => cache ??= globalThis.caches?.open("plimsoll-kept-1"),

  async get(name) {
    if (waiting.has(name)) return waiting.get(name);
    try {
      const res = await (await this.open())?.match("/kept/" + name);
      return res ? new Uint8Array(await res.arrayBuffer()) : null;
    } catch {
      return null;
    }
  },

  put(name, bytes) {
    waiting.set(name, bytes);
  },
};

/** keep writes what was put aside; called when the answer is on the screen. */
export async function keep() {
  try {
    const to = await kept.open(), names = [...waiting];
    waiting.clear();
    await Promise.all(names.map(([name, bytes]) => to?.put("/kept/" + name, new Response(bytes))));
    for (const old of (await to?.keys() ?? []).slice(0, -maxKept)) await to.delete(old);
  } catch {
    // A full disk costs the memory, not the answer.
  }
}

/**
 * newest opens what a fetch brings and what was kept under that name, and gives the
 * newer one or null; open(bytes, atLeast) reads a file and mark tells its age.
 */
async function newest(name, file, open, mark, rolledBack, trouble) {
  let fetched = null;
  const opened = async (b, atLeast) => {
    try {
      return b && await open(b, atLeast);
    } catch (e) {
      if (e instanceof RolledBack) trouble.add(rolledBack);
      else if (!(e instanceof Refused)) throw e;
      else if (b === fetched) trouble.add("unreadable");
      return null;
    }
  };
  const old = await kept.get(name), before = await opened(old, 0); // while the fetch is on its way
  fetched = (await file).bytes;
  if (before && fetched && same(old, fetched)) return before; // verified once is enough
  const now = await opened(fetched, before ? mark(before) : 0);
  if (now) kept.put(name, fetched);
  return now ?? before;
}

const same = (a, b) => a.length === b.length && a.every((v, i) => v === b[i]);

const base64 = (s) => Uint8Array.from(atob(s), (c) => c.charCodeAt(0));
const toBase64 = (b) => btoa(String.fromCharCode(...b));

/** rootsOf reads the pinned roots from the page. */
export const rootsOf = (r) => ({ threshold: r.threshold, keys: r.keys.map(base64) });

/**
 * openPinned opens a trust list under the roots that the page pins or, when it follows
 * later ones, under those of the newest list that was seen, which go back to the same pin.
 */
async function openPinned(b, pinned, atLeast) {
  try {
    return await openTrust(b, rootsOf(pinned), atLeast);
  } catch (e) {
    const note = await kept.get("roots");
    if (!(e instanceof Refused) || !note) throw e;
    const { pin, roots } = JSON.parse(new TextDecoder().decode(note));
    if (pin !== JSON.stringify(pinned)) throw e;
    return openTrust(b, rootsOf(roots), atLeast);
  }
}

/** trustList gets the trust list: {trust, reached}. */
async function trustList(config, trouble) {
  const file = fetchFile("/trust.cose", maxTrust);
  const trust = await newest("trust", file, (b, v) => openPinned(b, config.roots, v), (l) => l.version, "trust-rolled-back", trouble);
  if (trust) {
    const roots = { threshold: trust.roots.threshold, keys: trust.roots.keys.map(toBase64) };
    kept.put("roots", new TextEncoder().encode(JSON.stringify({ pin: JSON.stringify(config.roots), roots })));
  }
  return { trust, reached: (await file).reached };
}

/** bucketBits is how many bits of the digest choose a bucket. */
async function bucketBits() {
  const { bytes } = await fetchFile("/r/bits", 8);
  const b = bytes ?? await kept.get("bits");
  const s = b ? new TextDecoder().decode(b).trim() : "";
  if (!/^[0-9]{1,2}$/.test(s) || Number(s) > maxRangeBits) return null;
  if (bytes) kept.put("bits", bytes);
  return Number(s);
}

/**
 * check answers for an input: {result, trouble, scheme, trust}. Of a label of another
 * scheme the status is not here, so it is judged as if there were no network.
 */
export async function check(input, config, at) {
  const trouble = new Set();
  if (input.problem !== undefined) return { result: await judge(input, null, {}, null, at, "offline"), trouble };
  const ours = input.token?.claims.issuer === config.code;
  const files = ours ? askStatus(input.token) : null; // while the trust list is on its way
  const { trust, reached } = await trustList(config, trouble);
  const status = ours && trust ? await statusFiles(input.token, config.code, trust, files, trouble) : {};
  if (!reached) trouble.add("unreachable");
  const result = await judge(input, trust, status, null, at, ours && reached ? "private" : "offline");
  const scheme = trust?.scheme(input.token?.claims.issuer ?? "");
  if (scheme && !ours) trouble.add("other-scheme");
  return { result, trouble, scheme, trust };
}

/** askStatus begins to fetch the status list and the bucket of a label. */
function askStatus(token) {
  const { chunk } = chunkOf(token.claims.number);
  const bucket = bucketBits().then((bits) => bits === null ? "" : `${bits}/${rangePrefix(token.digest, bits).toString(16)}`);
  return { chunk, list: fetchFile(`/s/${chunk}`, maxStatusFile), bucket, range: bucket.then((b) => b ? fetchFile(`/r/${b}`, maxRangeFile) : null) };
}

async function statusFiles(token, code, trust, files, trouble) {
  const issued = (f) => f.issued, bucket = await files.bucket;
  const [list, range] = await Promise.all([
    newest(`s/${code}/${files.chunk}`, files.list, (b, t) => openStatusList(b, trust, t), issued, "status-rolled-back", trouble),
    bucket ? newest(`r/${code}/${bucket}`, files.range, (b, t) => openRange(b, trust, t), issued, "status-rolled-back", trouble) : null,
  ]);
  return { list, range };
}

/** trustOnly gets the trust list to look the code of a typed number up. */
export async function trustOnly(config) {
  return (await trustList(config, new Set())).trust;
}

const isText = (v) => typeof v === "string" && v.length < 4096;

/**
 * record gets the public record of a label that was verified: {sheet, contacts,
 * written}, or the reason why there is none: "missing" or "mismatch". A record is not
 * signed; it must name the label that was asked for.
 */
export async function record(number, digits) {
  const { bytes } = await fetchFile(`/l/${number}/record.json`, maxRecord);
  if (!bytes) return "missing";
  try {
    const r = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    if (r.schema !== "plimsoll.label-record/1" || r.number !== number || r.token !== digits || !isText(r.written)) return "mismatch";
    const sheet = {};
    for (const [lang, sections] of Object.entries(r.sheet ?? {})) {
      sheet[lang] = sections.slice(0, 32).map((s) => ({ heading: s.heading, lines: (s.lines ?? []).slice(0, 32) }));
      if (!sheet[lang].every((s) => isText(s.heading) && s.lines.every(isText))) return "mismatch";
    }
    const contacts = (r.contacts ?? []).slice(0, 16).filter((c) => isText(c.kind) && isText(c.url) && /^(https|mailto|tel):/.test(c.url));
    return { sheet, contacts, written: r.written };
  } catch {
    return "mismatch";
  }
}
