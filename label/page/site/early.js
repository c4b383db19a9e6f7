// Stands in the head of the page, before all else: what every label needs is asked for
// while the script is on its way.

/** ask gets a file of this origin, revalidated, with nothing that tells who asks. */
const ask = (path) => fetch(path, {
  cache: "no-cache", credentials: "omit", redirect: "error", referrerPolicy: "no-referrer", signal: AbortSignal.timeout(8000),
});

/** recall gets what this page kept under a name. */
const recall = (name) => globalThis.caches?.match("/kept/" + name, { cacheName: "plimsoll-kept-1" });

/** begun holds what was asked for here, by what was called. */
const begun = new Map();

// What to do without a script stands in the page for when that does not come.
setTimeout(() => document.getElementById("plain")?.removeAttribute("hidden"), 3000);

if (location.hash.length > 1) {
  for (const [get, name] of [[recall, "trust"], [ask, "/trust.cose"], [ask, "/r/bits"]]) {
    begun.set(name, get(name));
    begun.get(name)?.catch(() => {}); // told where it is awaited
  }
}
