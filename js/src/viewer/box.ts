/** The grid that is drawn: the shader puts its vertices in place. */

import { BufferAttribute, BufferGeometry } from "three";

/** The top grid, then walls and back: positions are (u, v), the shader puts them in place. */
export function box(across: number, down: number): BufferGeometry {
  const positions: number[] = [];
  const normals: number[] = [];
  const tops: number[] = [];
  const indices: number[] = [];
  const add = (u: number, v: number, top: number, normal: readonly [number, number, number]) => {
    positions.push(u, v, 0);
    normals.push(...normal);
    tops.push(top);
    return tops.length - 1;
  };
  for (let row = 0; row <= down; row++) {
    for (let col = 0; col <= across; col++) add(col / across, row / down, 1, [0, 0, 0]);
  }
  const stride = across + 1;
  for (let row = 0; row < down; row++) {
    for (let col = 0; col < across; col++) {
      const a = row * stride + col;
      indices.push(a, a + stride, a + stride + 1, a, a + stride + 1, a + 1);
    }
  }
  const top = indices.length;
  const wall = (
    count: number,
    at: (share: number) => [number, number],
    normal: [number, number, number],
  ) => {
    for (let i = 0; i <= count; i++) {
      const [u, v] = at(i / count);
      const high = add(u, v, 1, normal);
      add(u, v, 0, normal);
      if (i < count) indices.push(high, high + 1, high + 3, high, high + 3, high + 2);
    }
  };
  wall(across, (share) => [share, 0], [0, 1, 0]);
  wall(across, (share) => [share, 1], [0, -1, 0]);
  wall(down, (share) => [0, share], [-1, 0, 0]);
  wall(down, (share) => [1, share], [1, 0, 0]);
  const back = add(0, 0, 0, [0, 0, -1]);
  add(1, 0, 0, [0, 0, -1]);
  add(0, 1, 0, [0, 0, -1]);
  add(1, 1, 0, [0, 0, -1]);
  indices.push(back, back + 1, back + 3, back, back + 3, back + 2);

  const geometry = new BufferGeometry();
  geometry.setAttribute("position", new BufferAttribute(Float32Array.from(positions), 3));
  geometry.setAttribute("aNormal", new BufferAttribute(Float32Array.from(normals), 3));
  geometry.setAttribute("aTop", new BufferAttribute(Float32Array.from(tops), 1));
  geometry.setIndex(new BufferAttribute(Uint32Array.from(indices), 1));
  geometry.userData = { top, all: indices.length };
  return geometry;
}
