/** The last project of this page, in the browser's own store. */

export interface Keepsake {
  name: string;
  /** Milliseconds since 1970. */
  saved: number;
  file: Blob;
  /** Names what the file is made of: settings with the same name belong to it. */
  revision: string;
  /** The settings as they were last, as text; those in the file may be older. */
  settings: string;
}

type Settings = Pick<Keepsake, "saved" | "revision" | "settings">;

const DATABASE = "relief_widget";
const STORE = "projects";

function open(version?: number): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, version);
    request.onupgradeneeded = () => {
      if (!request.result.objectStoreNames.contains(STORE)) request.result.createObjectStore(STORE);
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("another page holds the store"));
  });
}

/** The database with its store, which one that something else has opened first lacks. */
async function ready(): Promise<IDBDatabase> {
  const database = await open();
  if (database.objectStoreNames.contains(STORE)) return database;
  database.close();
  return open(database.version + 1);
}

/** Each page keeps a project of its own: the file, and beside it the settings, which are small. */
function keys(): { project: string; settings: string } {
  return { project: location.pathname, settings: `${location.pathname}#settings` };
}

async function run<T>(
  mode: IDBTransactionMode,
  act: (store: IDBObjectStore) => IDBRequest<T>[],
): Promise<T[]> {
  const database = await ready();
  try {
    return await new Promise<T[]>((resolve, reject) => {
      const transaction = database.transaction(STORE, mode);
      const requests = act(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(requests.map((request) => request.result));
      transaction.onabort = transaction.onerror = () =>
        reject(transaction.error ?? new Error("the store gave up"));
    });
  } finally {
    database.close();
  }
}

/** Keep a project in the place of the last one. */
export async function keep(project: Omit<Keepsake, "saved">): Promise<void> {
  const { settings, ...rest } = project;
  const saved = Date.now();
  const beside: Settings = { saved, revision: project.revision, settings };
  await run("readwrite", (store) => [
    store.put({ ...rest, saved }, keys().project),
    store.put(beside, keys().settings),
  ]);
}

/** Keep newer settings of the project that is kept. */
export async function keepSettings(revision: string, settings: string): Promise<void> {
  const beside: Settings = { saved: Date.now(), revision, settings };
  await run("readwrite", (store) => [store.put(beside, keys().settings)]);
}

/** What was kept; null where there is nothing, or no store, as in some private windows. */
export async function kept(): Promise<Keepsake | null> {
  try {
    const [project, beside] = await run<unknown>("readonly", (store) => [
      store.get(keys().project),
      store.get(keys().settings),
    ]);
    if (!project) return null;
    const found = { settings: "", ...(project as Omit<Keepsake, "settings">) };
    const newer = beside as Settings | undefined;
    // Another tab may have kept settings of another project.
    return newer && newer.revision === found.revision ? { ...found, ...newer } : found;
  } catch {
    return null;
  }
}

export async function forget(): Promise<void> {
  await run("readwrite", (store) => [store.delete(keys().project), store.delete(keys().settings)]);
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
