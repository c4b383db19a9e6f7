// Status lists and range files: what the scheme says of its labels today. The Go
// files status.go and ranges.go of package label, once more.

import { refuse, decode, struct, uint, text, bytes, compare } from "./cbor.js";
import { parseSign1 } from "./cose.js";
import { dayOf, moment } from "./token.js";
import { signer, RolledBack } from "./trust.js";

export const VALID = 0;
export const REVOKED = 1;
export const SUSPENDED = 2;
export const ENDED = 3;

/** Bounds of the files in bytes; a reader fetches no more. */
export const maxStatusFile = 64 << 10;
export const maxRangeFile = 256 << 10;
export const maxRangeBits = 24;
const chunkSize = 1 << 17, statusBytes = chunkSize / 4, life = 24 * 3600;
const recordSize = 24, restSize = 16;

/** chunkOf is the status list that holds a number, and its place there. */
export function chunkOf(number) {
  return { chunk: Math.floor(number / chunkSize), index: number % chunkSize };
}

const statusOf = struct({
  sub: [2, text], exp: [4, uint(64)], iat: [6, uint(64)],
  list: [65533, struct({ bits: ["bits", uint(8)], lst: ["lst", bytes] })], ttl: [65534, uint(64)], scheme: [-65537, text],
});

/** openStatusList reads a status list token; one issued before notBefore, which may be a promise, is RolledBack. */
export async function openStatusList(b, trust, notBefore = 0) {
  if (b.length > maxStatusFile) refuse("too long");
  const m = parseSign1(b, "application/statuslist+cwt"), w = statusOf(decode(m.payload));
  const scheme = await statusSigner(trust, w.scheme, m, w);
  const chunk = w.sub.slice(w.sub.lastIndexOf("/") + 1);
  if (!/^[0-9]{1,10}$/.test(chunk) || chunk >= 2 ** 32 || w.sub !== `https://${scheme.hosts[0]}/s/${Number(chunk)}`) refuse("of another address");
  if (w.list.bits !== 2) refuse("bits");
  const packed = await inflate(w.list.lst);
  return {
    ...await dates(w, notBefore), scheme: scheme.code, chunk: Number(chunk),
    /** at is the standing of the label at index of the chunk. */
    at: (index) => packed[index >> 2] >> index % 4 * 2 & 3,
  };
}

/** inflate unpacks exactly one chunk and stops where there is more. */
async function inflate(b) {
  const out = new Uint8Array(statusBytes);
  let n = 0;
  try {
    const { readable, writable } = new DecompressionStream("deflate"), reader = readable.getReader();
    feed(writable.getWriter(), b);
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      if (n + value.length > statusBytes) {
        reader.cancel().catch(() => {});
        refuse("more than a chunk");
      }
      out.set(value, n);
      n += value.length;
    }
  } catch {
    refuse("unpacking");
  }
  return n === statusBytes && endsWithSum(b, out) ? out : refuse("less than a chunk, or bytes behind it");
}

/** feed writes all; what goes wrong there is told to the reader. */
function feed(writer, b) {
  writer.write(b).catch(() => {});
  writer.close().catch(() => {});
}

/**
 * endsWithSum tells whether the packed bytes end with the Adler-32 of the unpacked ones
 * (RFC 1950): not every engine notices bytes behind the end.
 */
function endsWithSum(packed, unpacked) {
  let low = 1, high = 0;
  for (let i = 0; i < unpacked.length; i++) {
    low += unpacked[i];
    high += low; // below 2 ** 53 for all of a chunk
  }
  low %= 65521;
  high %= 65521;
  return new DataView(packed.buffer, packed.byteOffset + packed.length - 4).getUint32(0) === high * 65536 + low;
}

const rangeOf = struct({
  scheme: [1, text], exp: [4, uint(64)], iat: [6, uint(64)],
  range: [-65537, struct({ bits: [0, uint(8)], prefix: [1, uint(32)], records: [2, bytes] })],
});

/** openRange reads a range file; one issued before notBefore, which may be a promise, is RolledBack. */
export async function openRange(b, trust, notBefore = 0) {
  if (b.length > maxRangeFile) refuse("too long");
  const m = parseSign1(b, "application/plimsoll-range+cwt"), w = rangeOf(decode(m.payload));
  const scheme = await statusSigner(trust, w.scheme, m, w);
  const { bits, prefix, records } = w.range;
  if (bits > maxRangeBits || prefix >= 2 ** bits) refuse("bucket");
  checkRecords(records);
  return {
    ...await dates(w, notBefore), scheme: scheme.code, bits, prefix,
    /** find looks a digest up: {held: it belongs here, found: it stands here, ...}. */
    find(digest) {
      if (rangePrefix(digest, bits) !== prefix) return { held: false, found: false };
      const rest = digest.subarray(digest.length - restSize);
      let low = 0, high = records.length / recordSize;
      while (low < high) {
        const mid = low + high >> 1;
        if (compare(restAt(records, mid), rest) < 0) low = mid + 1;
        else high = mid;
      }
      if (low === records.length / recordSize || compare(restAt(records, low), rest) !== 0) return { held: true, found: false };
      return { held: true, found: true, ...recordAt(records, low) };
    },
  };
}

/** rangePrefix is the bucket of a digest: its first bits. */
export function rangePrefix(digest, bits) {
  return bits === 0 ? 0 : new DataView(digest.buffer, digest.byteOffset).getUint32(0) >>> 32 - bits;
}

const restAt = (records, i) => records.subarray(i * recordSize, i * recordSize + restSize);

function recordAt(records, i) {
  const v = new DataView(records.buffer, records.byteOffset + i * recordSize + restSize);
  return { standing: v.getUint8(0), logIndex: v.getUint8(1) * 2 ** 32 + v.getUint32(2), supportEnd: v.getUint16(6) };
}

/** checkRecords: whole records, each label once, in order, with a known standing. */
function checkRecords(b) {
  if (b.length % recordSize !== 0) refuse("half a record");
  for (let i = 0; i < b.length / recordSize; i++) {
    const e = recordAt(b, i);
    if (e.standing > ENDED || e.supportEnd === 0) refuse("a record");
    if (i > 0 && compare(restAt(b, i - 1), restAt(b, i)) >= 0) refuse("records unsorted or repeated");
  }
}

/** statusSigner finds the scheme of a file that one of its status keys, in its time, signed. */
async function statusSigner(trust, code, m, w) {
  const scheme = trust?.scheme(code);
  if (!scheme) refuse("another scheme");
  const k = await signer(scheme, "status", m), today = dayOf(moment(w.iat));
  if (!k || today < k.signFrom || today > k.signUntil || k.distrustFrom !== undefined) refuse("signature");
  if (w.exp <= w.iat || BigInt(w.exp) - BigInt(w.iat) > life) refuse("good for longer than a day");
  return scheme;
}

async function dates(w, notBefore) {
  const issued = moment(w.iat);
  if (issued < await notBefore) throw new RolledBack("status");
  return { issued, expires: moment(w.exp) };
}
