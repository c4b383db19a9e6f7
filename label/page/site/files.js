// What the page fetches, all of its own origin, and what it keeps on the device: the
// newest signed files it has seen, to work without a network and to notice when
// somebody serves older ones.

import { Refused } from "./cbor.js";
import { openTrust, RolledBack } from "./trust.js";
import { openStatusList, openRange, chunkOf, rangePrefix, maxRangeBits, maxRangeFile, maxStatusFile } from "./status.js";
import { judge } from "./verify.js";

const maxTrust = 1 << 20, maxRecord = 64 << 10, maxKept = 64;

/** once gives what early.js has begun, the first time, or begins it. */
function once(get, name) {
  const was = begun.get(name) ?? get(name);
  begun.delete(name);
  return was;
}

/** fetchFile gets a file of at most so many bytes: {reached, bytes}, bytes null if there is none. */
async function fetchFile(path, most) {
  let reached = false;
  try {
    const res = await once(ask, path);
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

const kept = {
  async get(name) {
    if (waiting.has(name)) return waiting.get(name);
    try {
      const res = await once(recall, name);
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
    const to = await globalThis.caches?.open("plimsoll-kept-1"), names = [...waiting];
    waiting.clear();
    await Promise.all(names.map(([name, bytes]) => to?.put("/kept/" + name, new Response(bytes))));
    for (const old of (await to?.keys() ?? []).slice(0, -maxKept)) await to.delete(old);
  } catch {
    // A full disk costs the memory, not the answer.
  }
}

/** seek begins to fetch a file and to recall what was kept of it. */
const seek = (name, path, most) => ({ name, file: fetchFile(path, most), old: kept.get(name) });

/**
 * newest opens what a fetch brings and what was kept of a file that is sought, and
 * gives the newer one or null; open(bytes, atLeast) reads one and mark tells its age.
 */
async function newest(sought, open, mark, rolledBack, trouble) {
  const opened = async (b, atLeast, refused) => {
    try {
      return b && await open(b, atLeast);
    } catch (e) {
      if (e instanceof RolledBack) trouble.add(rolledBack);
      else if (!(e instanceof Refused)) throw e;
      else refused();
      return null;
    }
  };
  const old = await sought.old, opening = opened(old, 0, () => {}); // while the fetch is on its way
  const fetched = (await sought.file).bytes;
  if (!fetched || old && same(old, fetched) && await opening) return opening; // verified once is enough
  const now = await opened(fetched, opening.then((o) => o ? mark(o) : 0), () => trouble.add("unreadable"));
  if (now) kept.put(sought.name, fetched);
  return now ?? opening;
}

const same = (a, b) => a.length === b.length && a.every((v, i) => v === b[i]);

const base64 = (s) => Uint8Array.from(atob(s), (c) => c.charCodeAt(0));
const toBase64 = (b) => btoa(String.fromCharCode(...b));

/** rootsOf reads the pinned roots from the page. */
export const rootsOf = (r) => ({ threshold: r.threshold, keys: r.keys.map(base64) });

let last = null; // the trust list that this page has opened last, with its bytes

/**
 * openPinned opens a trust list under the roots that the page pins or, when it follows
 * later ones, under those of the newest list that was seen, which go back to the same
 * pin. One that this page has open is not verified again.
 */
async function openPinned(b, pinned, atLeast) {
  const list = last && same(last.bytes, b) ? last.list : await openUnder(b, pinned);
  last = { bytes: b, list };
  if (list.version < await atLeast) throw new RolledBack("trust list");
  return list;
}

async function openUnder(b, pinned) {
  try {
    return await openTrust(b, rootsOf(pinned));
  } catch (e) {
    const note = await kept.get("roots");
    if (!(e instanceof Refused) || !note) throw e;
    const { pin, roots } = JSON.parse(new TextDecoder().decode(note));
    if (pin !== JSON.stringify(pinned)) throw e;
    return openTrust(b, rootsOf(roots));
  }
}

const seekTrust = () => seek("trust", "/trust.cose", maxTrust);

/** trustList gets the trust list: {trust, reached}. */
async function trustList(config, sought, trouble) {
  const trust = await newest(sought, (b, v) => openPinned(b, config.roots, v), (l) => l.version, "trust-rolled-back", trouble);
  if (trust) {
    const roots = { threshold: trust.roots.threshold, keys: trust.roots.keys.map(toBase64) };
    kept.put("roots", new TextEncoder().encode(JSON.stringify({ pin: JSON.stringify(config.roots), roots })));
  }
  return { trust, reached: (await sought.file).reached };
}

let lastBits = null; // what bucketBits gave last

/** bucketBits is how many bits of the digest choose a bucket, or null. */
async function bucketBits(file) {
  const { bytes } = await file;
  const b = bytes ?? await kept.get("bits");
  const s = b ? new TextDecoder().decode(b).trim() : "";
  if (!/^[0-9]{1,2}$/.test(s) || Number(s) > maxRangeBits) return null;
  if (bytes) kept.put("bits", bytes);
  return lastBits = Number(s);
}

/** shared begins to fetch what every label needs. */
export function shared() {
  return { trust: seekTrust(), bits: fetchFile("/r/bits", 8) };
}

/**
 * check answers for an input: {result, trouble, scheme, trust}. Of a label of another
 * scheme the status is not here, so it is judged as if there were no network.
 */
export async function check(input, config, at, asked = shared()) {
  const trouble = new Set();
  if (input.problem !== undefined) return { result: await judge(input, null, {}, null, at, "offline"), trouble };
  const ours = input.token?.claims.issuer === config.code;
  const files = ours ? askStatus(input.token, asked.bits) : null; // while the trust list is on its way
  const { trust, reached } = await trustList(config, asked.trust, trouble);
  const status = ours && trust ? statusFiles(trust, files, trouble) : {}; // opened beside the signature
  if (!reached) trouble.add("unreachable");
  const [result] = await Promise.all([judge(input, trust, status, null, at, ours && reached ? "private" : "offline"), status]);
  const scheme = trust?.scheme(input.token?.claims.issuer ?? "");
  if (scheme && !ours) trouble.add("other-scheme");
  return { result, trouble, scheme, trust };
}

/**
 * askStatus begins to fetch the status list and the bucket of a label; where this page
 * knows how many bits there were, it does not wait to hear that they are as many still.
 */
function askStatus({ claims: { issuer, number }, digest }, bits) {
  const { chunk } = chunkOf(number), guess = lastBits;
  const bucket = (n) => {
    if (n === null) return null;
    const at = `${n}/${rangePrefix(digest, n).toString(16)}`;
    return seek(`r/${issuer}/${at}`, `/r/${at}`, maxRangeFile);
  };
  const first = bucket(guess), range = bucketBits(bits).then((n) => n === guess ? first : bucket(n));
  return { list: seek(`s/${issuer}/${chunk}`, `/s/${chunk}`, maxStatusFile), range };
}

async function statusFiles(trust, files, trouble) {
  const opened = (sought, open) => sought && newest(sought, (b, t) => open(b, trust, t), (f) => f.issued, "status-rolled-back", trouble);
  const [list, range] = await Promise.all([opened(files.list, openStatusList), files.range.then((f) => opened(f, openRange))]);
  return { list, range };
}

/** trustOnly gets the trust list to look the code of a typed number up. */
export async function trustOnly(config, asked = shared()) {
  return (await trustList(config, asked.trust, new Set())).trust;
}

/** prepare opens and keeps what every label needs before one comes. */
export async function prepare(config) {
  const asked = shared();
  const [trust] = await Promise.all([trustOnly(config, asked), bucketBits(asked.bits)]);
  await Promise.all(trust?.scheme(config.code)?.keys.map((k) => k.key.ready()) ?? []);
  await keep();
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
