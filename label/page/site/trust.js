// The trust list: which schemes exist and which keys speak for them. The Go files
// trust.go, trustcheck.go and reserved.go of package label, once more.

import { refuse, decode, struct, uint, text, bytes, list, texts } from "./cbor.js";
import { parseSign, publicKey, hex, Unsupported } from "./cose.js";
import { isCode, fold, checkText, byteLength } from "./token.js";
import { countryCodes, reservedWords } from "./tables.js";

/** RolledBack says that somebody serves something older than was seen before. */
export class RolledBack extends Error {}

const trustType = "application/plimsoll-trust+cbor";
const maxTrust = 1 << 20, maxDays = 90, maxSignatures = 16;
const maxSchemes = 512, maxKeys = 32, maxHosts = 8, maxLong = 4096, maxLevel = 9;
const hostForm = /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/;
const languageForm = /^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/;

const day = uint(16);
const trustOf = struct({
  version: ["version", uint(64)], issued: ["issued", day], expires: ["expires", day],
  roots: ["roots", struct({ threshold: ["threshold", uint(8)], keys: ["keys", list(bytes)] })],
  schemes: ["schemes", list(struct({
    code: ["code", text], name: ["name", text], hosts: ["hosts", list(text)],
    logOrigin: ["log_origin", text], logPolicy: ["log_policy", text], official: ["official", text, "zero"],
    levels: ["levels", list(struct({ names: ["names", texts] }))],
    keys: ["keys", list(struct({
      use: ["use", text], public: ["public", bytes], signFrom: ["sign_from", day], signUntil: ["sign_until", day],
      verifyUntil: ["verify_until", day], distrustFrom: ["distrust_from_log_size", uint(64), "absent"],
    }))],
  }))],
});

/**
 * openTrust reads a trust list that enough of the pinned roots have signed and, when
 * it names other roots, enough of these too. pinned is {threshold, keys: [DER]}; a
 * version below atLeast, which may be a promise, is RolledBack. Its dates are for judge.
 */
export async function openTrust(b, pinned, atLeast = 0) {
  if (b.length > maxTrust) refuse("too long");
  const m = parseSign(b, trustType, maxSignatures);
  await enoughSigned(checkRoots(pinned), m);
  const l = trustOf(decode(m.payload));
  check(l);
  const own = checkRoots(l.roots);
  if (!sameRoots(l.roots, pinned)) await enoughSigned(own, m);
  if (l.version < await atLeast) throw new RolledBack("trust list");
  return {
    version: l.version, issued: l.issued, expires: l.expires, roots: l.roots,
    scheme: (code) => l.schemes.find((s) => s.code === code),
    resolve: (typed) => l.schemes.find((s) => fold(s.code) === fold(typed)),
  };
}

const sameRoots = (a, b) => a.threshold === b.threshold && a.keys.map(hex).join() === b.keys.map(hex).join();

/** checkRoots gives the keys of roots with their threshold. */
function checkRoots({ threshold, keys }) {
  if (keys.length === 0 || keys.length > maxSignatures || threshold === 0 || threshold > keys.length) refuse("roots");
  if (new Set(keys.map(hex)).size !== keys.length) refuse("a root twice");
  return { threshold, keys: keys.map(publicKey) };
}

async function enoughSigned({ threshold, keys }, m) {
  const have = await Promise.all(keys.map((k) => hasSigned(k, m)));
  if (have.filter(Boolean).length < threshold) refuse("too few roots have signed");
}

async function hasSigned(k, { signatures }) {
  const hint = await k.hint();
  for (const s of signatures) {
    if (s.hint !== hint) continue;
    if (await k.verify(s.alg, s.signed, s.signature).catch((e) => e instanceof Unsupported ? false : Promise.reject(e))) return true;
  }
  return false;
}

function check(l) {
  if (l.version == 0 || l.issued === 0 || l.expires < l.issued || l.expires - l.issued > maxDays || l.schemes.length > maxSchemes) refuse("version or dates");
  const owned = new Set(l.roots.keys.map(hex)), codes = new Set();
  let before = "";
  for (const s of l.schemes) {
    if (s.code <= before && before) refuse("schemes unsorted or repeated");
    before = s.code;
    if (codes.has(fold(s.code))) refuse("two codes that people would confuse");
    codes.add(fold(s.code));
    checkScheme(s, owned);
  }
}

function checkScheme(s, owned) {
  if (!isCode(s.code) || !s.official && reserved(s.code)) refuse("code");
  checkText(s.name, 80);
  for (const t of [s.official ?? "", s.logPolicy, s.logOrigin]) checkLong(t);
  if (s.hosts.length === 0 || s.hosts.length > maxHosts || !s.hosts.every((h) => h.length <= 253 && hostForm.test(h))) refuse("hosts");
  if (s.levels.length === 0 || s.levels.length > maxLevel) refuse("levels");
  for (const { names } of s.levels) {
    if (!names.get("en")) refuse("a level without a name in English");
    for (const [lang, name] of names) {
      if (!languageForm.test(lang)) refuse("language");
      checkText(name, 80);
    }
  }
  if (s.keys.length > maxKeys) refuse("keys");
  for (const k of s.keys) {
    if (k.use !== "label" && k.use !== "status") refuse("use of a key");
    k.key = publicKey(k.public);
    if (k.signFrom === 0 || k.signUntil < k.signFrom || k.verifyUntil < k.signUntil) refuse("dates of a key");
    if (owned.has(hex(k.public))) refuse("a key with two uses");
    owned.add(hex(k.public));
  }
}

function checkLong(s) {
  if (byteLength(s) > maxLong || /[\u0000-\u0008\u000b-\u001f\u007f\ufffd]/.test(s)) refuse("a long text");
}

const countries = new Set(countryCodes.split(" ")), words = new Set(reservedWords.split(" "));

/** reserved tells whether no scheme of one's own may take a code. */
export function reserved(code) {
  const parts = code.toUpperCase().split("-");
  const listed = (codes, word) => word !== "" && codes.has(fold(word));
  return /^[A-Z]{2}$/.test(parts[0]) || listed(countries, parts[0]) || [...parts, parts.join("")].some((p) => listed(words, p));
}

/**
 * signer finds the key of a scheme for that use which has signed, or null. It throws
 * Unsupported when no key fits and one of them could not be tried here.
 */
export async function signer(scheme, use, { alg, hint, signed, signature }) {
  let untried = null;
  const hints = await Promise.all(scheme.keys.map((k) => k.key.hint()));
  for (const [i, k] of scheme.keys.entries()) {
    if (k.use !== use || hints[i] !== hint) continue;
    try {
      if (await k.key.verify(alg, signed, signature)) return k;
    } catch (e) {
      if (!(e instanceof Unsupported)) throw e;
      untried = e;
    }
  }
  if (untried) throw untried;
  return null;
}
