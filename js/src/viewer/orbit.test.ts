import { PerspectiveCamera, Vector3 } from "three";
import { expect, onTestFinished, test } from "vitest";
import { cdp, userEvent } from "vitest/browser";
import { Orbit } from "./orbit";
import { stand } from "./testing";

const EXTENT = new Vector3(1, 0.6, 0.2);

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

test("plus and minus zoom, as far as makes sense", async () => {
  const { camera, canvas } = orbit();
  const start = distance(camera);
  key(canvas, "+");
  expect(start / distance(camera)).toBeCloseTo(1.15, 4);
  for (let i = 0; i < 40; i++) key(canvas, "+");
  expect(distance(camera)).toBeCloseTo(0.3, 4);
  for (let i = 0; i < 60; i++) key(canvas, "-");
  expect(distance(camera)).toBeCloseTo(12, 4);
  key(canvas, "Home");
  await expect.poll(() => distance(camera)).toBeCloseTo(start, 4);
});

test("keys that are not the view's are left to the page", () => {
  const { camera, canvas } = orbit();
  const before = camera.position.clone();
  expect(key(canvas, "ArrowLeft", { ctrlKey: true })).toBe(false);
  expect(key(canvas, "a")).toBe(false);
  expect(camera.position).toEqual(before);
});

const wheel = (canvas: HTMLElement, init: WheelEventInit = {}) =>
  !canvas.dispatchEvent(new WheelEvent("wheel", { deltaY: 100, cancelable: true, ...init }));

test("the page scrolls over a view until the view was asked for", () => {
  const { canvas } = orbit();
  expect(wheel(canvas)).toBe(false);
  canvas.focus();
  expect(wheel(canvas)).toBe(true);
  canvas.blur();
  expect(wheel(canvas)).toBe(false);
  // As a pinch on a touchpad is told.
  expect(wheel(canvas, { ctrlKey: true })).toBe(true);
});

test("a wheel zooms where the pointer was moved, not where a scrolling page carried it", async () => {
  const { canvas } = orbit();
  const move = (movementX: number) =>
    canvas.dispatchEvent(new PointerEvent("pointermove", { movementX }));
  move(0);
  expect(wheel(canvas)).toBe(false);
  // The hand on the wheel shakes while the page goes on.
  move(3);
  expect(wheel(canvas)).toBe(false);
  const refused = performance.now();
  await expect.poll(() => performance.now() - refused).toBeGreaterThan(450);
  move(3);
  expect(wheel(canvas)).toBe(true);
  canvas.dispatchEvent(new PointerEvent("pointerleave"));
  expect(wheel(canvas)).toBe(false);
});

test("what is under the pointer stays there while the wheel zooms", () => {
  const { camera, canvas } = orbit();
  canvas.style.cssText = "width: 400px; height: 300px";
  const { left, top } = canvas.getBoundingClientRect();
  camera.updateMatrixWorld();
  const eye = new Vector3(0.3, 0.15, 0.1).project(camera);
  const [x, y] = [left + 200 * (1 + eye.x), top + 150 * (1 - eye.y)];
  for (let i = 0; i < 5; i++) {
    wheel(canvas, { ctrlKey: true, deltaY: -40, clientX: x, clientY: y });
  }
  camera.updateMatrixWorld();
  const after = new Vector3(0.3, 0.15, 0.1).project(camera);
  expect(distance(camera)).toBeLessThan(2.2);
  expect(after.x).toBeCloseTo(eye.x, 1);
  expect(after.y).toBeCloseTo(eye.y, 1);
});

/** How far out the farthest corner of a part is: 1 is the edge of the picture. */
function farthest(camera: PerspectiveCamera, { x, y, z }: Vector3): number {
  camera.updateMatrixWorld();
  const corners = [0, 1, 2, 3, 4, 5, 6, 7].map((bits) =>
    new Vector3(bits & 1 ? x / 2 : -x / 2, bits & 2 ? y / 2 : -y / 2, bits & 4 ? z : 0).project(
      camera,
    ),
  );
  return Math.max(...corners.map((corner) => Math.max(Math.abs(corner.x), Math.abs(corner.y))));
}

test("all of any part is seen from any direction in a picture of any size, and fills it", () => {
  const { made, camera, canvas } = orbit();
  let seed = 7;
  const random = (low: number, high: number) => {
    seed = (seed * 16807) % 2147483647;
    return low + (high - low) * (seed / 2147483647);
  };
  const arrows = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"];
  for (let i = 0; i < 150; i++) {
    const [width, height] = [random(160, 1400), random(120, 1000)];
    const short = random(0.2, 1);
    const shape = i % 2 ? new Vector3(1, short, random(0.01, 1)) : new Vector3(short, 1, 0.15);
    made.resize(width, height);
    made.fit(shape, false);
    for (let turns = random(0, 40); turns > 0; turns--) {
      key(canvas, arrows[Math.floor(random(0, 4))]);
    }
    const turned = farthest(camera, shape);
    const view = (["front", "back", "side", "three_quarter", "start"] as const)[i % 5];
    made.show(view, false);
    const shown = farthest(camera, shape);
    for (const [far, from] of [
      [turned, "turned"],
      [shown, view],
    ] as const) {
      expect(far, `${shape.toArray()} in ${width} × ${height}, ${from}`).toBeLessThan(1);
    }
    expect(shown).toBeGreaterThan(0.4);
  }
});

test("each view looks from where it says, and from behind left is right", () => {
  const { made, camera } = orbit();
  for (const [view, right, up] of [
    ["front", 0, 0],
    ["side", 90, 0],
    ["three_quarter", 30, 20],
    ["back", 180, 0],
  ] as const) {
    made.show(view, false);
    expect(Math.abs(direction(camera).right), view).toBeCloseTo(right, 3);
    expect(direction(camera).up, view).toBeCloseTo(up, 3);
  }
  camera.updateMatrixWorld();
  expect(new Vector3(0.4, 0, 0).project(camera).x).toBeLessThan(0);
});

test("keys look from the views, too", async () => {
  const { camera, canvas } = orbit();
  key(canvas, "2");
  await expect.poll(() => Math.abs(direction(camera).right)).toBeCloseTo(180, 3);
  key(canvas, "1");
  await expect.poll(() => direction(camera).right).toBeCloseTo(0, 3);
});

test("another shape is gone to on a way that keeps the direction, and shown whole", async () => {
  const { made, camera, canvas } = orbit();
  key(canvas, "ArrowLeft");
  for (let i = 0; i < 6; i++) key(canvas, "+");
  const { right, up } = direction(camera);
  const start = distance(camera);
  const tall = new Vector3(0.5, 1, 0.2);
  made.fit(tall);
  expect(distance(camera)).toBeCloseTo(start, 4);
  const ways: number[] = [];
  made.onchange = () => {
    ways.push(distance(camera));
    expect(direction(camera).right).toBeCloseTo(right, 3);
    expect(direction(camera).up).toBeCloseTo(up, 3);
  };
  await expect.poll(() => farthest(camera, tall) < 1).toBe(true);
  expect(ways.length).toBeGreaterThan(1);
});

test("where motion is not wanted it is there at once", async () => {
  const media = (value: string) =>
    cdp().send("Emulation.setEmulatedMedia", {
      features: [{ name: "prefers-reduced-motion", value }],
    });
  await media("reduce");
  onTestFinished(async () => {
    await media("");
  });
  const { made, camera } = orbit();
  const tall = new Vector3(0.5, 1, 0.2);
  made.fit(tall);
  expect(farthest(camera, tall)).toBeLessThan(1);
  made.show("back");
  expect(Math.abs(direction(camera).right)).toBeCloseTo(180, 3);
});

test("a thicker part leaves the zoom as somebody chose it", () => {
  const { made, camera, canvas } = orbit();
  key(canvas, "+");
  const start = distance(camera);
  made.fit(EXTENT.clone().setZ(0.1));
  made.fit(EXTENT.clone().setZ(0.15));
  expect(distance(camera)).toBeCloseTo(start, 4);
});
