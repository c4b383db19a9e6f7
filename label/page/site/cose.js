// COSE_Sign1 and COSE_Sign (RFC 9052) through WebCrypto, in the one form that
// package label writes: ES256 and EdDSA, a key hint of four bytes in the protected
// header, nothing in the unprotected one.

import { Reader, decode, refuse, struct, uint, bytes, text, compare } from "./cbor.js";

/** ES256 and EdDSA are algorithm numbers of RFC 9053. */
export const ES256 = -7;
export const EdDSA = -8;

/** Unsupported says that this browser lacks an algorithm: nothing was found out. */
export class Unsupported extends Error {}

const algorithm = (v) => typeof v === "number" ? v : refuse("no algorithm");
const hint = (v) => bytes(v).length === 4 ? hex(v) : refuse("no key hint of four bytes");

const headerOf = {
  signature: struct({ alg: [1, algorithm], hint: [4, hint] }),
  typed: struct({ alg: [1, algorithm], hint: [4, hint], type: [16, text] }),
  body: struct({ type: [16, text] }),
};

export function hex(b) {
  return Array.from(b, (x) => x.toString(16).padStart(2, "0")).join("");
}

export async function sha256(b) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", b));
}

/** parseSign1 reads a COSE_Sign1 with tag 18 and that type in its header. */
export function parseSign1(b, type) {
  const r = new Reader(b);
  if (r.expect(6) !== 18 || r.expect(4) !== 4) refuse("no COSE_Sign1");
  const protectedBytes = r.byteString();
  r.empty();
  const payload = r.byteString(), signature = signatureOf(r);
  r.end();
  const h = headerOf.typed(decode(protectedBytes));
  if (h.type !== type) refuse("another type of document");
  return { alg: h.alg, hint: h.hint, payload, signature, signed: sign1Input(protectedBytes, payload) };
}

/** parseSign reads a COSE_Sign with tag 98, that type, and at most so many signatures. */
export function parseSign(b, type, most) {
  const r = new Reader(b);
  if (r.expect(6) !== 98 || r.expect(4) !== 4) refuse("no COSE_Sign");
  const body = r.byteString();
  r.empty();
  const payload = r.byteString(), n = r.expect(4);
  if (n > most) refuse("too many signatures");
  if (headerOf.body(decode(body)).type !== type) refuse("another type of document");
  const signatures = [];
  for (let i = 0; i < n; i++) {
    if (r.expect(4) !== 3) refuse("no signature");
    const own = r.byteString();
    r.empty();
    const h = headerOf.signature(decode(own));
    signatures.push({ alg: h.alg, hint: h.hint, signature: signatureOf(r), signed: structure("Signature", body, own, new Uint8Array(), payload) });
  }
  r.end();
  return { payload, signatures };
}

function signatureOf(r) {
  const b = r.byteString();
  return b.length > 0 ? b : refuse("an empty signature");
}

/** sign1Input is what a COSE_Sign1 signs (RFC 9052, 4.4). */
export function sign1Input(protectedBytes, payload) {
  return structure("Signature1", protectedBytes, new Uint8Array(), payload);
}

/** structure writes a Sig_structure: an array of the context and byte strings. */
function structure(context, ...parts) {
  const out = [0x80 + parts.length + 1, 0x60 + context.length, ...new TextEncoder().encode(context)];
  const chunks = [Uint8Array.from(out)];
  for (const p of parts) chunks.push(Uint8Array.from(byteStringHead(p.length)), p);
  const whole = new Uint8Array(chunks.reduce((n, c) => n + c.length, 0));
  let at = 0;
  for (const c of chunks) {
    whole.set(c, at);
    at += c.length;
  }
  return whole;
}

function byteStringHead(n) {
  if (n < 24) return [0x40 + n];
  if (n < 1 << 8) return [0x58, n];
  if (n < 1 << 16) return [0x59, n >> 8, n & 255];
  return [0x5a, n >>> 24, n >> 16 & 255, n >> 8 & 255, n & 255];
}

// The beginnings of the two SubjectPublicKeyInfo (RFC 5480, RFC 8410) that are taken.
const spki = [
  { alg: ES256, head: fromHex("3059301306072a8648ce3d020106082a8648ce3d03010703420004"), size: 64, name: { name: "ECDSA", namedCurve: "P-256" }, by: { name: "ECDSA", hash: "SHA-256" } },
  { alg: EdDSA, head: fromHex("302a300506032b6570032100"), size: 32, name: { name: "Ed25519" }, by: { name: "Ed25519" } },
];

function fromHex(s) {
  return Uint8Array.from(s.match(/../g), (h) => parseInt(h, 16));
}

/** publicKey reads a key in its one spelling and checks that it is one. */
export function publicKey(der) {
  const kind = spki.find((k) => der.length === k.head.length + k.size && compare(der.subarray(0, k.head.length), k.head) === 0);
  if (!kind) refuse("no key of a kind that is taken");
  if (kind.alg === ES256 && !onCurve(der.subarray(27))) refuse("a point off the curve");
  let imported = null, hinted = null;
  const load = () => imported ??= crypto.subtle.importKey("spki", der, kind.name, false, ["verify"]);
  const hint = () => hinted ??= sha256(der).then((d) => hex(d.subarray(0, 4)));
  return {
    alg: kind.alg,
    /** hint is the kid: the first four bytes of the SHA-256 of the key. */
    hint,
    /** ready does before a signature comes what can be done without one. */
    ready: () => Promise.allSettled([load(), hint()]),
    /** verify tells whether signature fits; it throws Unsupported when it cannot tell. */
    async verify(alg, signed, signature) {
      if (alg !== kind.alg) return false;
      try {
        return await crypto.subtle.verify(kind.by, await load(), signature, signed);
      } catch (e) {
        if (e.name === "DataError") return false; // no point of the curve
        throw new Unsupported(kind.name.name);
      }
    },
  };
}

// P-256 (SEC 2, 2.4.2): y² = x³ - 3x + b over the prime p.
const p = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;
const b = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;

function onCurve(point) {
  const x = BigInt("0x" + hex(point.subarray(0, 32))), y = BigInt("0x" + hex(point.subarray(32)));
  return x < p && y < p && (y * y - x * x * x + 3n * x - b) % p === 0n;
}
