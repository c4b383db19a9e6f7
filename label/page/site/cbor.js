// Deterministic CBOR (RFC 8949, 4.2.1), as much of it as labels and their files use:
// integers, byte strings, text, arrays and maps. One value has one spelling; every
// other spelling is refused, as the Go package label does.

/** Refused is thrown for whatever does not read; its file counts as missing. */
export class Refused extends Error {}

/** refuse ends reading; why is for a developer, never for people. */
export function refuse(why) {
  throw new Refused(why);
}

const maxDepth = 8, maxArray = 4096, maxMap = 64;
const strictText = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Reader takes bytes apart from the front. */
export class Reader {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }

  /** take gives the next n bytes. */
  take(n) {
    if (n > this.bytes.length - this.at) refuse("cut off");
    this.at += n;
    return this.bytes.subarray(this.at - n, this.at);
  }

  /** head is the major type and argument of the next item, in its shortest form. */
  head() {
    const [first] = this.take(1);
    const major = first >> 5, info = first & 31;
    if (info < 24) return [major, info];
    if (info > 27) refuse("indefinite length or reserved");
    const size = 1 << (info - 24);
    let n = 0n;
    for (const b of this.take(size)) n = n << 8n | BigInt(b);
    if (n < (size === 1 ? 24n : 1n << BigInt(size * 4))) refuse("not the shortest integer");
    return [major, n <= Number.MAX_SAFE_INTEGER ? Number(n) : n];
  }

  /** expect reads a head of that type and gives its argument. */
  expect(major) {
    const [got, n] = this.head();
    return got === major ? n : refuse("another type");
  }

  byteString() {
    return this.take(this.expect(2));
  }

  /** empty reads a map without entries. */
  empty() {
    if (this.expect(5) !== 0) refuse("an unprotected header");
  }

  end() {
    if (this.at !== this.bytes.length) refuse("bytes behind the end");
  }

  /** value reads any item; maps become Map, integers above 2^53 BigInt. */
  value(depth) {
    if (depth > maxDepth) refuse("too deep");
    const [major, n] = this.head();
    switch (major) {
      case 0: return n;
      case 1: return typeof n === "number" && n < Number.MAX_SAFE_INTEGER ? -1 - n : -1n - BigInt(n);
      case 2: return this.take(n);
      case 3: return decodeText(this.take(n));
      case 4: return this.array(n, depth);
      case 5: return this.map(n, depth);
    }
    return refuse("a tag, a float or a simple value");
  }

  array(n, depth) {
    if (n > maxArray) refuse("too many elements");
    const out = [];
    for (let i = 0; i < n; i++) out.push(this.value(depth + 1));
    return out;
  }

  map(n, depth) {
    if (n > maxMap) refuse("too many entries");
    const out = new Map();
    let before = null;
    for (let i = 0; i < n; i++) {
      const start = this.at, key = this.value(depth + 1);
      if (typeof key !== "number" && typeof key !== "string") refuse("a key of another type");
      const spelled = this.bytes.subarray(start, this.at);
      if (before && compare(before, spelled) >= 0) refuse("keys unsorted or repeated");
      before = spelled;
      out.set(key, this.value(depth + 1));
    }
    return out;
  }
}

function decodeText(bytes) {
  try {
    return strictText.decode(bytes);
  } catch {
    return refuse("not UTF-8");
  }
}

/** compare orders bytes: negative, 0 or positive. */
export function compare(a, b) {
  const n = Math.min(a.length, b.length);
  for (let i = 0; i < n; i++) if (a[i] !== b[i]) return a[i] - b[i];
  return a.length - b.length;
}

/** decode reads exactly one item. */
export function decode(bytes) {
  const r = new Reader(bytes), v = r.value(1);
  r.end();
  return v;
}

// Readers of fields: each takes a decoded value and gives it back, or refuses.

export const uint = (bits) => (v) => {
  const whole = typeof v === "bigint" || typeof v === "number";
  return whole && v >= 0 && (bits === 64 || v < 2 ** bits) ? v : refuse("no integer of the right size");
};

export const text = (v) => typeof v === "string" ? v : refuse("no text");

export const bytes = (v) => v instanceof Uint8Array ? v : refuse("no byte string");

export const list = (item) => (v) => Array.isArray(v) ? v.map(item) : refuse("no array");

export const texts = (v) => {
  if (!(v instanceof Map)) refuse("no map");
  for (const [k, t] of v) text(k), text(t);
  return v;
};

/**
 * struct reads a map with exactly the fields of shape, name: [key, reader, left out].
 * A field whose "left out" is "zero" is absent when it is 0 or "", one with "absent"
 * may be absent; all others must be there, and no further ones.
 */
export const struct = (shape) => (v) => {
  if (!(v instanceof Map)) refuse("no map");
  const out = {};
  let seen = 0;
  for (const [name, [key, reader, optional]] of Object.entries(shape)) {
    if (v.has(key)) {
      seen++;
      out[name] = reader(v.get(key));
      if (optional === "zero" && !out[name]) refuse("a zero that should be absent");
    } else if (!optional) {
      refuse("a field is missing");
    }
  }
  return seen === v.size ? out : refuse("an unknown field");
};
