// Keeps the scanning page so that it starts with no network. `SHELL` and `VERSION` are set by the server above this
// line: every file of the page under one name, replaced together or not at all. What the API says is never kept.

const PREFIX = "lizan-staff-";
const CACHE = PREFIX + VERSION;

addEventListener("install", (event) => {
  const fresh = SHELL.map((address) => new Request(address, { cache: "reload" }));
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(fresh)));
});

addEventListener("activate", (event) => {
  event.waitUntil(dropOlder().then(() => clients.claim()));
});

// The page asks at its start, when nothing is under way.
addEventListener("message", (event) => {
  if (event.data === "activate") skipWaiting();
});

addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== location.origin || address.pathname.startsWith("/api/")) return;
  const wanted = request.mode === "navigate" && address.pathname === "/staff/" ? "/staff/" : request;
  event.respondWith(kept(wanted, request));
});

async function kept(wanted, request) {
  const cache = await caches.open(CACHE);
  return (await cache.match(wanted)) ?? fetch(request);
}

async function dropOlder() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(PREFIX) && name !== CACHE).map((name) => caches.delete(name)));
}
