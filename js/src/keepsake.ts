/** The last project of this page, in the browser's own store. */

export interface Keepsake {
  name: string;
  /** Milliseconds since 1970. */
  saved: number;
  file: Blob;
}

const STORE = "projects";

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open("relief_widget", 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("another page holds the store"));
  });
}

/** Each page keeps a project of its own. */
function key(): string {
  return location.pathname;
}

async function run<T>(
  mode: IDBTransactionMode,
  act: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  const database = await open();
  try {
    return await new Promise<T>((resolve, reject) => {
      const transaction = database.transaction(STORE, mode);
      const request = act(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = transaction.onerror = () =>
        reject(transaction.error ?? request.error ?? new Error("the store gave up"));
    });
  } finally {
    database.close();
  }
}

export async function keep(name: string, file: Blob): Promise<void> {
  const saved = Date.now();
  await run("readwrite", (store) => store.put({ name, saved, file } satisfies Keepsake, key()));
}

/** What was kept; null where there is nothing, or no store, as in some private windows. */
export async function kept(): Promise<Keepsake | null> {
  try {
    const found = await run<Keepsake | undefined>("readonly", (store) => store.get(key()));
    return found ?? null;
  } catch {
    return null;
  }
}

export async function forget(): Promise<void> {
  await run("readwrite", (store) => store.delete(key()));
}

/** How long ago, for people. */
export function since(saved: number, now = Date.now()): string {
  const minutes = Math.round((now - saved) / 60_000);
  if (minutes < 1) return "just now";
  const format = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  if (minutes < 60) return format.format(-minutes, "minute");
  if (minutes < 60 * 24) return format.format(-Math.round(minutes / 60), "hour");
  return format.format(-Math.round(minutes / 60 / 24), "day");
}
