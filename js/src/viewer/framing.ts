/** How far away a camera has to stand, so that all of a part is in the picture. */

import { Vector3 } from "three";

/** What is kept free along the sides of the picture, in CSS pixels. */
export interface Room {
  top: number;
  right: number;
  bottom: number;
  left: number;
}

export interface Picture {
  width: number;
  height: number;
  room: Room;
}

/** Lines that measure the part stand this far from it, in units of its longer side. */
export const AWAY = 0.05;

/** What lies over the view, and the texts beside the lines; of a small picture a share at most. */
export function room(width: number, height: number): Room {
  const sides = Math.min(66, 0.19 * width);
  return {
    top: Math.min(38, 0.14 * height),
    right: sides,
    bottom: Math.min(24, 0.08 * height),
    left: sides,
  };
}

/**
 * The least distance from the middle of a box at which each of its corners is in the picture.
 *
 * @param extent width, height and depth of the box.
 * @param back unit vector from the box to the camera, which keeps y upright.
 * @param tangent of half the angle that the whole height of the picture takes.
 */
export function fitted(extent: Vector3, back: Vector3, tangent: number, picture: Picture): number {
  const { width, height, room } = picture;
  const right = new Vector3(back.z, 0, -back.x).normalize();
  const up = new Vector3().crossVectors(back, right);
  // What one unit of depth shows of the free part of the picture, from its middle.
  const pixel = (2 * tangent) / height;
  const across = (pixel * (width - room.left - room.right)) / 2;
  const down = (pixel * (height - room.top - room.bottom)) / 2;
  let least = 0;
  for (const x of [-1, 1]) {
    for (const y of [-1, 1]) {
      for (const z of [-1, 1]) {
        const corner = new Vector3(
          x * (extent.x / 2 + AWAY),
          y * (extent.y / 2 + AWAY),
          (z * extent.z) / 2,
        );
        const aside = Math.abs(corner.dot(right)) / across;
        const above = Math.abs(corner.dot(up)) / down;
        least = Math.max(least, corner.dot(back) + Math.max(aside, above));
      }
    }
  }
  return least;
}
