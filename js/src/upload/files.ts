/** Which file of a drop, a paste or a choice is the photo, and what is wrong with it. */

import { PHOTO_SUFFIXES, PROJECT_SUFFIXES } from "../generated/wire";

export interface Picked {
  file?: File;
  /** What people should know: an error where there is no file. */
  sentence: string;
}

/** The size for people; small files never read as 0.0 MB. */
export function megabytes(bytes: number): string {
  const value = bytes / 1e6;
  return `${value >= 10 ? Math.round(value) : Math.max(0.1, value).toFixed(1)} MB`;
}

function endsWith(file: File, suffixes: readonly string[]): boolean {
  const name = file.name.toLowerCase();
  return suffixes.some((suffix) => name.endsWith(suffix));
}

function isPicture(file: File): boolean {
  return file.type.startsWith("image/") || endsWith(file, PHOTO_SUFFIXES);
}

/** A file whose type nobody knows may well be a photo: Python looks at the bytes. */
function isForeign(file: File): boolean {
  return file.type !== "" && !isPicture(file) && !endsWith(file, PROJECT_SUFFIXES);
}

export function pick(files: readonly File[]): Picked {
  if (files.length === 0) {
    return { sentence: "There is no file in what was dropped: save the picture and choose it." };
  }
  const file = files.find(isPicture) ?? files.find((candidate) => !isForeign(candidate));
  if (!file) {
    return { sentence: `${files[0].name} is not a picture: choose a JPEG, PNG or HEIC photo.` };
  }
  if (file.size === 0) {
    return { sentence: `${file.name} is empty: choose another photo.` };
  }
  const sentence =
    files.length > 1 ? `${files.length} files were dropped: ${file.name} was taken.` : "";
  return { file, sentence };
}

/** The files of a drop; a folder looks like a file until it is read, so it is asked first. */
export function pickDropped(data: DataTransfer): Picked {
  const items = [...data.items].filter((item) => item.kind === "file");
  const folders = items.filter((item) => item.webkitGetAsEntry?.()?.isDirectory);
  if (folders.length > 0 && folders.length === items.length) {
    return { sentence: "That is a folder: drop one photo instead." };
  }
  const files = items
    .filter((item) => !folders.includes(item))
    .map((item) => item.getAsFile())
    .filter((file) => file !== null);
  return pick(files.length > 0 ? files : [...data.files]);
}

/** Whether typing goes somewhere else, so that a paste belongs there. */
export function isTyping(): boolean {
  let active = document.activeElement;
  while (active?.shadowRoot?.activeElement) {
    active = active.shadowRoot.activeElement;
  }
  if (!(active instanceof HTMLElement)) {
    return false;
  }
  if (active.isContentEditable || active.closest(".cm-editor, .CodeMirror")) {
    return true;
  }
  // The file input takes no text: a paste while it has the focus is meant for it.
  return active.matches("textarea, input:not([type=file], [type=range], [type=checkbox])");
}
