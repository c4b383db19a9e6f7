// The service worker keeps the page itself, so that it opens without a network. A
// release is taken whole, each file by its hash, or not at all. Trust lists and
// statuses are none of its business: the page verifies and keeps these.

self.addEventListener("install", (e) => {
  // What is not of the release needs no worker; browsers that can skip it do.
  const direct = ["/trust.cose", "/r/*", "/s/*", "/l/*"].map((pathname) => ({ condition: { urlPattern: { pathname } }, source: "network" }));
  for (const pathname of Object.keys(release.assets)) direct.push({ condition: { urlPattern: { pathname } }, source: { cacheName: release.name } });
  e.addRoutes?.(direct)?.catch?.(() => {});
  e.waitUntil(install());
});
self.addEventListener("activate", (e) => e.waitUntil(activate()));

self.addEventListener("fetch", (e) => {
  const url = new URL(e.request.url), path = url.pathname === "/index.html" ? "/" : url.pathname;
  if (e.request.method === "GET" && url.origin === location.origin && Object.hasOwn(release.assets, path)) {
    e.respondWith(answer(e.request, path));
  }
});

async function install() {
  const cache = await caches.open(release.name);
  await cache.addAll(Object.entries(release.assets).map(([path, integrity]) => new Request(path, { integrity, cache: "reload", credentials: "omit" })));
  await self.skipWaiting();
}

async function activate() {
  const names = await caches.keys();
  await Promise.all(names.filter((n) => n.startsWith("plimsoll-page-") && n !== release.name).map((n) => caches.delete(n)));
  await self.clients.claim();
}

async function answer(request, path) {
  const cache = await caches.open(release.name);
  return await cache.match(path) ?? fetch(request);
}
