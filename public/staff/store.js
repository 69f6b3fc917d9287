// What this phone keeps: its settings, the roster, and every scan until the server has it. IndexedDB, so that a dead
// battery or a closed browser loses nothing.

const NAME = "lizan-staff";
const KEPT = "kept";
const SCANS = "scans";

function answered(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

export async function openStore() {
  const opening = indexedDB.open(NAME, 1);
  opening.onupgradeneeded = () => {
    opening.result.createObjectStore(KEPT);
    opening.result.createObjectStore(SCANS, { keyPath: "nonce" });
  };
  const database = await answered(opening);
  // The browser may otherwise clear it when the disk runs low; it asks nobody where the page is on the home screen.
  navigator.storage?.persist?.().catch(() => {});

  /** Resolved only when what was written is on the disk. */
  function within(store, mode, work) {
    return new Promise((resolve, reject) => {
      const transaction = database.transaction(store, mode, { durability: "strict" });
      const request = work(transaction.objectStore(store));
      transaction.oncomplete = () => resolve(request?.result);
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
    });
  }

  return {
    get: (key) => within(KEPT, "readonly", (store) => store.get(key)),
    put: (key, value) => within(KEPT, "readwrite", (store) => store.put(value, key)),
    forget: (key) => within(KEPT, "readwrite", (store) => store.delete(key)),
    scans: () => within(SCANS, "readonly", (store) => store.getAll()),
    putScan: (scan) => within(SCANS, "readwrite", (store) => store.put(scan)),
    dropScan: (nonce) => within(SCANS, "readwrite", (store) => store.delete(nonce)),
  };
}
