import { PerspectiveCamera, Vector3 } from "three";
import { expect, test } from "vitest";
import { userEvent } from "vitest/browser";
import { Orbit } from "./orbit";
import { stand } from "./testing";

const EXTENT = new Vector3(1, 0.6, 0.15);

function orbit() {
  const { place, end } = stand();
  const canvas = document.createElement("canvas");
  place.append(canvas);
  const camera = new PerspectiveCamera(26, 1, 0.05, 20);
  const made = new Orbit(camera, canvas, end.signal);
  made.resize(400, 300);
  made.fit(EXTENT, false);
  made.show("start");
  return { made, camera, canvas };
}

/** Where the camera looks from, in degrees to the right and up, and how far from what it looks at. */
function direction(camera: PerspectiveCamera) {
  const away = camera.getWorldDirection(new Vector3()).negate();
  const degrees = (radians: number) => (radians * 180) / Math.PI;
  return { right: degrees(Math.atan2(away.x, away.z)), up: degrees(Math.asin(away.y)) };
}

const distance = (camera: PerspectiveCamera) =>
  camera.position.distanceTo(new Vector3(0, 0, EXTENT.z / 2));

/** Send a key; whether it was one of the view's. */
function key(canvas: HTMLElement, name: string, init: KeyboardEventInit = {}): boolean {
  const event = new KeyboardEvent("keydown", { key: name, cancelable: true, ...init });
  return !canvas.dispatchEvent(event);
}

test("arrows turn the view by five degrees", async () => {
  const { camera, canvas } = orbit();
  canvas.focus();
  await userEvent.keyboard("{ArrowRight}{ArrowRight}{ArrowUp}");
  expect(direction(camera).right).toBeCloseTo(26, 4);
  expect(direction(camera).up).toBeCloseTo(15, 4);
});

test("with Shift they move it, and it looks the same way", () => {
  const { camera, canvas } = orbit();
  const before = direction(camera);
  const from = camera.position.clone();
  expect(key(canvas, "ArrowLeft", { shiftKey: true })).toBe(true);
  expect(camera.position.distanceTo(from)).toBeCloseTo(0.05, 6);
  expect(direction(camera).right).toBeCloseTo(before.right, 4);
});

test("plus and minus zoom, as far as makes sense", () => {
  const { camera, canvas } = orbit();
  const start = distance(camera);
  key(canvas, "+");
  expect(start / distance(camera)).toBeCloseTo(1.15, 4);
  for (let i = 0; i < 40; i++) key(canvas, "+");
  expect(distance(camera)).toBeCloseTo(0.3, 4);
  for (let i = 0; i < 60; i++) key(canvas, "-");
  expect(distance(camera)).toBeCloseTo(12, 4);
  key(canvas, "Home");
  expect(distance(camera)).toBeCloseTo(start, 4);
});

test("keys that are not the view's are left to the page", () => {
  const { camera, canvas } = orbit();
  const before = camera.position.clone();
  expect(key(canvas, "ArrowLeft", { ctrlKey: true })).toBe(false);
  expect(key(canvas, "a")).toBe(false);
  expect(camera.position).toEqual(before);
});

test("the page scrolls over a view until the view was asked for", () => {
  const { canvas } = orbit();
  const wheel = () =>
    !canvas.dispatchEvent(new WheelEvent("wheel", { deltaY: 100, cancelable: true }));
  expect(wheel()).toBe(false);
  canvas.focus();
  expect(wheel()).toBe(true);
  canvas.blur();
  expect(wheel()).toBe(false);
});

test.each([
  [400, 300],
  [200, 600],
  [300, 300],
])("all of the part is seen in %i × %i, from every named direction", (width, height) => {
  const { made, camera } = orbit();
  made.resize(width, height);
  for (const view of ["front", "three_quarter", "start"] as const) {
    made.show(view);
    camera.updateMatrixWorld();
    for (const x of [-0.5, 0.5]) {
      for (const y of [-0.5, 0.5]) {
        const corner = new Vector3(x * EXTENT.x, y * EXTENT.y, EXTENT.z).project(camera);
        expect(Math.abs(corner.x)).toBeLessThan(1);
        expect(Math.abs(corner.y)).toBeLessThan(1);
      }
    }
  }
});

test("another size keeps the direction, and how much nearer somebody went", () => {
  const { made, camera, canvas } = orbit();
  const start = distance(camera);
  key(canvas, "ArrowLeft");
  key(canvas, "+");
  const { right, up } = direction(camera);
  made.fit(new Vector3(0.5, 1, 0.15));
  made.fit(EXTENT);
  expect(distance(camera)).toBeCloseTo(start / 1.15, 4);
  expect(direction(camera).right).toBeCloseTo(right, 4);
  expect(direction(camera).up).toBeCloseTo(up, 4);
});
