// Tokens and numbers of labels, and what is typed or scanned: the Go files token.go,
// number.go, label.go of package label and input.go of package verify, once more.

import { Refused, refuse, decode, struct, uint, text, compare } from "./cbor.js";
import { ES256, EdDSA, hex, sha256, sign1Input } from "./cose.js";
import { visible, marks } from "./tables.js";

export const secondsOfDay = 86400;
const latest = 65535 * secondsOfDay; // the end of the days that 16 bits hold
const maxToken = 154, overhead = 80, minPayload = 24, maxDigits = 372, maxInput = 2048;
const codeForm = /^[A-Z0-9][A-Z0-9-]{0,6}[A-Z0-9]$/;

export const assurances = [null, "self-declared", "lab-tested", "authority-checked"];

/** moment bounds a date of CWT to what is worth telling apart. */
export function moment(seconds) {
  return Number(seconds > latest ? latest + 1 : seconds);
}

export function dayOf(seconds) {
  return Math.min(Math.max(Math.trunc(seconds / secondsOfDay), 0), 65535);
}

export function isCode(s) {
  return codeForm.test(s);
}

const utf8 = new TextEncoder();
export const byteLength = (s) => utf8.encode(s).length;

/** inTable looks a code point up in a table of [first, last, first, last, ...]. */
function inTable(of, c) {
  const table = of();
  let low = 0, high = table.length / 2;
  while (low < high) {
    const mid = low + high >> 1;
    if (c > table[2 * mid + 1]) low = mid + 1;
    else high = mid;
  }
  return low < table.length / 2 && c >= table[2 * low];
}

/** checkText holds a text that people compare by eye to what they can see. */
export function checkText(s, most) {
  if (s === "" || byteLength(s) > most || s.normalize("NFC") !== s) refuse("a text missing, too long, or not in form C");
  if (s.startsWith(" ") || s.endsWith(" ") || s.includes("  ")) refuse("spaces");
  if (/^[ -~]*$/.test(s)) return; // what ASCII can show needs no table
  let row = 0, first = true;
  for (const c of s) {
    const point = c.codePointAt(0);
    row = inTable(marks, point) ? row + 1 : 0;
    if (c !== " " && !inTable(visible, point)) refuse("a character that cannot be seen");
    if (row > 2 || row > 0 && first) refuse("accents");
    first = false;
  }
}

const claimsOf = struct({
  issuer: [1, text], until: [4, uint(64)], from: [5, uint(64), "zero"],
  label: [-65537, struct({
    number: [0, uint(32)], level: [1, uint(8)], supportEnd: [2, uint(16)], brand: [3, text], model: [4, text],
    gtin: [5, uint(64), "zero"], assurance: [7, uint(8)], version: [8, text],
  })],
});

function readClaims(payload) {
  const { label: l, ...w } = claimsOf(decode(payload));
  const c = { issuer: w.issuer, ...l, until: moment(w.until), from: w.from === undefined ? undefined : moment(w.from) };
  if (!isCode(c.issuer)) refuse("issuer");
  if (c.level < 1 || c.level > 9 || !assurances[c.assurance] || c.supportEnd === 0) refuse("level, assurance or support end");
  checkText(c.brand, 40);
  checkText(c.model, 40);
  checkText(c.version, 16);
  if (c.gtin !== undefined && !validGTIN(c.gtin)) refuse("GTIN");
  if (c.until <= 0 || c.until > latest || c.from !== undefined && (c.from > latest || c.from >= c.until)) refuse("times");
  return c;
}

/** validGTIN checks the length and the check digit of the GS1 General Specifications. */
function validGTIN(g) {
  if (g > 99999999999999) return false;
  let sum = 0, weight = 1;
  for (const d of [...String(g)].reverse()) {
    sum += weight * Number(d);
    weight = 4 - weight;
  }
  return sum % 10 === 0;
}

// The two protected headers that a token may have, up to the key hint.
const heads = [[ES256, [0x49, 0xa2, 0x01, 0x26, 0x04, 0x44]], [EdDSA, [0x49, 0xa2, 0x01, 0x27, 0x04, 0x44]]];

/** parseToken reads the version byte and the untagged COSE_Sign1 of a label. */
export async function parseToken(raw) {
  if (raw.length > 1 + maxToken || raw.length < 1 + overhead + minPayload || raw[0] !== 1 || raw[1] !== 0x84) refuse("size or version");
  const head = heads.find(([, h]) => compare(raw.subarray(2, 8), h) === 0);
  const n = raw.length - 1 - overhead, body = raw.subarray(15, 15 + n);
  if (!head || raw[12] !== 0xa0 || raw[13] !== 0x58 || raw[14] !== n || raw[15 + n] !== 0x58 || raw[16 + n] !== 0x40) refuse("frame");
  return {
    claims: readClaims(body), alg: head[0], hint: hex(raw.subarray(8, 12)),
    signed: sign1Input(raw.subarray(3, 12), body), signature: raw.subarray(17 + n), digest: await sha256(raw),
  };
}

/** parseDigits reads the digits behind the # of the URL. */
export function parseDigits(s) {
  if (s.length > maxDigits || !/^[1-9][0-9]*$/.test(s)) refuse("digits");
  const h = BigInt(s).toString(16);
  return parseToken(Uint8Array.from((h.length % 2 ? "0" + h : h).match(/../g), (x) => parseInt(x, 16)));
}

// Douglas Crockford's base 32: no I, L, O, U.
const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const lookalike = { I: "1", L: "1", O: "0", U: "V" };

/** symbol is the value of a character, look-alikes folded; -1 when it is none. */
function symbol(c) {
  return crockford.indexOf(lookalike[c] ?? c);
}

/** fold writes a code so that two that a person could confuse are equal. */
export function fold(code) {
  return [...upper(code)].map(symbol).filter((v) => v >= 0).map((v) => crockford[v]).join("");
}

/** upper maps each character alone, as Go does: "ß" stays one. */
function upper(s) {
  return Array.from(s, (c) => [...c.toUpperCase()].length === 1 ? c.toUpperCase() : c).join("");
}

/** checkSum runs over GF(32): one wrong symbol and one swap of two change it. */
function checkSum(s) {
  let sum = 0, weight = 1;
  for (const v of [...s].reverse().map(symbol)) {
    if (v < 0) continue; // the dash of a code
    weight = times(weight, 2);
    sum ^= times(v, weight);
  }
  return sum;
}

function times(a, b) {
  let product = 0;
  for (let i = 0; i < 5; i++) {
    if (b >> i & 1) product ^= a;
    a <<= 1;
    if (a & 32) a ^= 0b100101;
  }
  return product;
}

/** numberText writes the number of a label for people, such as HARB-0000-1CC4. */
export function numberText(issuer, n) {
  const d = Array.from({ length: 7 }, (_, i) => crockford[Math.floor(n / 32 ** (6 - i)) % 32]).join("");
  return `${issuer}-${d.slice(0, 4)}-${d.slice(4)}${crockford[checkSum(issuer + d)]}`;
}

/** parseNumber reads what a person typed. */
export function parseNumber(typed) {
  if (byteLength(typed) > 64) refuse("number too long");
  const s = upper(trim(typed));
  let cut = s.length, tail = "";
  while (cut > 0 && tail.length < 8) {
    const c = s[--cut];
    if (c !== "-" && c !== " ") tail = c + tail;
  }
  const issuer = s.slice(0, cut).replace(/^[- ]+|[- ]+$/g, "");
  if (!isCode(issuer)) refuse("no code before the number");
  const values = [...tail].map(symbol);
  if (values.length !== 8 || values.includes(-1)) refuse("a character that is not used");
  if (values[7] !== checkSum(issuer + tail.slice(0, 7))) refuse("the check character does not fit");
  const number = values.slice(0, 7).reduce((n, v) => n * 32 + v, 0);
  return number < 2 ** 32 ? { issuer, number } : refuse("number too large");
}

// White space of Unicode, as Go trims it: String.trim takes a byte order mark as well.
const space = "[\\t-\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]+";
const ends = new RegExp(`^${space}|${space}$`, "g");

function trim(s) {
  return s.replace(ends, "");
}

/**
 * parseInput reads the URL of a label, its digits, its number, or the URL of its page:
 * {token} or {issuer, number}, and the host; {problem} when it is none of them.
 */
export async function parseInput(typed) {
  const s = trim(typed);
  let host = "";
  try {
    if (byteLength(s) > maxInput) refuse("too long");
    let rest = s;
    const i = s.indexOf("://");
    if (i >= 0) {
      if (!/^https$/iu.test(s.slice(0, i))) refuse("not https");
      rest = s.slice(i + 3);
      const end = rest.search(/[/?#]/);
      if (end <= 0) refuse("no host");
      host = lower(rest.slice(0, end));
      rest = rest.slice(end);
      if (rest.startsWith("/#")) rest = rest.slice(2);
      else if (rest.startsWith("#")) rest = rest.slice(1);
      else if (rest.startsWith("/l/")) return { host, ...parseNumber(rest.slice(3).replace(/^([^/]*)\/([a-z]{2}\/?)?$/, "$1")) };
      else refuse("not the path of a label");
    } else if (!/^[0-9]+$/.test(rest)) {
      return { host, ...parseNumber(rest) };
    }
    return { host, token: await parseDigits(rest) };
  } catch (e) {
    if (e instanceof Refused) return { host, problem: e.message };
    throw e;
  }
}

/** lower maps each character alone, as Go does: U+0130 becomes i. */
function lower(s) {
  return Array.from(s, (c) => c === "\u0130" ? "i" : c.toLowerCase()).join("");
}
