/** The last projects of this browser, in its own store. */

import { unique } from "./dom";

/** What is kept of a project beside its file, and changes more often. */
export interface Beside {
  /** Milliseconds since 1970. */
  saved: number;
  /** Names what the file is made of: what has the same name belongs to it. */
  revision: string;
  /** The settings as they were last, as text; those in the file may be older. */
  settings: string;
  /** The steps of undo, as text. */
  steps: string;
  /** A small picture, as a JPEG file. */
  picture: Blob | null;
}

export interface Keepsake extends Beside {
  id: string;
  name: string;
  file: Blob;
}

const DATABASE = "relief_widget";
const STORE = "projects";
const MOST = 10;
/** Of names of records; ids have none of it. */
const BESIDE = "#settings";
/** A photo on its way, of which there is no project yet. */
const ARRIVING = "#arriving";
const DAY_MS = 86_400_000;
/** After this time it has come, or it never will. */
const ARRIVING_MS = 300_000;
const FULL =
  "the space that it gives to this page is used up. Forget older projects, or free some space";

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

/** Do something in one transaction; what `act` returns is filled by its end. */
async function run<T>(mode: IDBTransactionMode, act: (store: IDBObjectStore) => T): Promise<T> {
  const database = await ready();
  try {
    return await new Promise<T>((resolve, reject) => {
      const transaction = database.transaction(STORE, mode);
      const result = act(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(result);
      transaction.onabort = transaction.onerror = () =>
        reject(transaction.error ?? new Error("the store gave up"));
    });
  } finally {
    database.close();
  }
}

/** Keep a project, instead of what had its id; the oldest give way where there is no room. */
export async function keep(project: Omit<Keepsake, "saved">): Promise<void> {
  const { id, name, file, ...rest } = project;
  const saved = Date.now();
  const older = (await list()).filter((other) => other.id !== id).map((other) => other.id);
  const gone = older.splice(MOST - 1);
  for (;;) {
    try {
      await run("readwrite", (store) => {
        for (const other of gone) remove(store, other);
        store.put({ id, name, file, saved, revision: project.revision }, id);
        store.put({ ...rest, saved }, id + BESIDE);
      });
      return;
    } catch (error) {
      if (!isFull(error)) throw error;
      const oldest = older.pop();
      if (oldest === undefined) throw new Error(FULL);
      // In a transaction of its own: the room has to be there before it is asked for.
      await forget(oldest);
    }
  }
}

/** Keep newer settings of a project; whether it is there, with the file that they belong to. */
export async function keepBeside(id: string, beside: Omit<Beside, "saved">): Promise<boolean> {
  try {
    const found = await run("readwrite", (store) => {
      const said = { there: false };
      const asked = store.get(id);
      asked.onsuccess = () => {
        if (asked.result?.revision !== beside.revision) return;
        said.there = true;
        store.put({ ...beside, saved: Date.now() }, id + BESIDE);
      };
      return said;
    });
    return found.there;
  } catch (error) {
    throw isFull(error) ? new Error(FULL) : error;
  }
}

/** What is kept, the newest first; nothing where there is no store, as in some private windows. */
export async function list(): Promise<Keepsake[]> {
  try {
    const found = await run("readonly", (store) => ({
      keys: store.getAllKeys(),
      values: store.getAll(),
    }));
    const records = new Map(
      found.keys.result.map((key, place) => [String(key), found.values.result[place]]),
    );
    const kept: Keepsake[] = [];
    for (const [id, project] of records) {
      if (id.includes("#")) continue;
      const bare = { settings: "", steps: "", picture: null, ...project, id };
      const beside = records.get(id + BESIDE) as Beside | undefined;
      const fits = beside?.revision === project.revision;
      kept.push(fits ? { ...bare, ...beside } : bare);
    }
    return kept.sort((one, other) => other.saved - one.saved);
  } catch {
    return [];
  }
}

export async function forget(id: string): Promise<void> {
  await run("readwrite", (store) => remove(store, id));
}

function remove(store: IDBObjectStore, id: string): void {
  store.delete(id);
  store.delete(id + BESIDE);
}

function isFull(error: unknown): boolean {
  return error instanceof DOMException && error.name === "QuotaExceededError";
}

// This tab: what it works on, also after a reload

const PROJECT = "relief_widget project";
const PHOTO = "relief_widget photo";
const REOPENED = "relief_widget reopened";
const RESUME = "relief_widget resume";
const UNSAVED = "relief_widget unsaved";

/** The project that this tab worked on last; empty where it had none. */
export function ownProject(): string {
  return sessionStorage.getItem(PROJECT) ?? "";
}

const held = new Set<string>();

/** Whether this tab has worked on something. */
export function hasWork(): boolean {
  return Boolean(sessionStorage.getItem(PROJECT) ?? sessionStorage.getItem(PHOTO));
}

/** A photo that is on its way, or was: its record, and what this tab worked on when it was chosen. */
interface Arriving {
  key: string;
  project: string;
  chosen: number;
}

function arriving(): Arriving | null {
  const text = sessionStorage.getItem(PHOTO);
  return text ? (JSON.parse(text) as Arriving) : null;
}

/** From now on this tab works on a project: no other tab offers it, as long as it does. */
export function own(id: string): void {
  sessionStorage.setItem(PROJECT, id);
  const photo = arriving();
  // Work on the project before it may go on while a photo is on its way, but not for long.
  const isOver = photo && (photo.project !== id || Date.now() - photo.chosen > ARRIVING_MS);
  if (isOver) void dropPhoto(photo.key);
  const before = sessionStorage.getItem(REOPENED);
  sessionStorage.removeItem(REOPENED);
  if (before && before !== id) void forget(before);
  hold(id);
}

/** A kept project is opened in this tab: what is kept next takes its place. */
export function reopen(id: string): void {
  sessionStorage.setItem(REOPENED, id);
  sessionStorage.setItem(PROJECT, id);
  hold(id);
}

/** Something else is opened in this tab: what was reopened before stays as it is. */
export function leave(): void {
  sessionStorage.removeItem(REOPENED);
}

function hold(id: string): void {
  if (held.has(id)) return;
  held.add(id);
  // Until the page ends. Browsers refuse locks to pages that came over plain HTTP from elsewhere.
  void navigator.locks?.request(PROJECT + id, () => new Promise<void>(() => {}));
}

/** The projects that some tab works on. */
export async function opened(): Promise<Set<string>> {
  const locks = (await navigator.locks?.query())?.held ?? [];
  const names = locks.map(({ name }) => name ?? "").filter((name) => name.startsWith(PROJECT));
  return new Set(names.map((name) => name.slice(PROJECT.length)));
}

/** Keep a photo on its way to a project, in the place of the last one of this tab. */
export async function keepPhoto(file: File): Promise<void> {
  const before = arriving();
  const key = `${unique()}${ARRIVING}`;
  const made: Arriving = { key, project: ownProject(), chosen: Date.now() };
  try {
    await run("readwrite", (store) => {
      if (before) store.delete(before.key);
      store.put({ file, name: file.name, saved: Date.now() }, key);
    });
    sessionStorage.setItem(PHOTO, JSON.stringify(made));
  } catch {
    // Without room it comes all the same.
  }
}

/** The photo that was on its way in this tab; null where its project is kept already. */
export async function photo(): Promise<File | null> {
  const made = arriving();
  if (!made) return null;
  try {
    const found = await run("readonly", (store) => store.get(made.key));
    return found.result ? new File([found.result.file], found.result.name) : null;
  } catch {
    return null;
  }
}

async function dropPhoto(key: string): Promise<void> {
  sessionStorage.removeItem(PHOTO);
  try {
    await run("readwrite", (store) => {
      store.delete(key);
      // Those of tabs that never came back.
      const all = store.openCursor();
      all.onsuccess = () => {
        const cursor = all.result;
        if (!cursor) return;
        const old = Date.now() - (cursor.value.saved ?? 0) > DAY_MS;
        if (old && String(cursor.key).endsWith(ARRIVING)) cursor.delete();
        cursor.continue();
      };
    });
  } catch {
    // It is no worse than before.
  }
}

/** The next page in this tab goes on by itself where this one ends. */
export function resumeNext(): void {
  sessionStorage.setItem(RESUME, "yes");
}

/** Whether this page is to go on by itself; asked once. */
export function takesUp(): boolean {
  const wanted = sessionStorage.getItem(RESUME) !== null;
  sessionStorage.removeItem(RESUME);
  return wanted;
}

/** A file that was asked for was not made before the kernel was lost. */
export function unsaved(): void {
  sessionStorage.setItem(UNSAVED, "yes");
}

/** Whether a file was not made before this page; asked once. */
export function takeUnsaved(): boolean {
  const missing = sessionStorage.getItem(UNSAVED) !== null;
  sessionStorage.removeItem(UNSAVED);
  return missing;
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
