/** Finished objects: meshes of any shape that Python makes, when the part is more than a grid. */

import { BufferAttribute, BufferGeometry } from "three";
import { OBJECT_ARRAYS } from "../generated/wire";

const KINDS = { "<f4": Float32Array, "<u4": Uint32Array, "<u1": Uint8Array };

/** Vertices in mm and uv with v up, faces, and for each whether it is the relief's surface. */
export interface ObjectMesh {
  vertices: Float32Array;
  uv: Float32Array;
  faces: Uint32Array;
  relief: Uint8Array;
  /** Least and greatest x, y and z in mm. */
  box: [number, number][];
}

/** Read what `object_bytes` of Python writes; null where there is no object. */
export function decodeObject(bytes: DataView): ObjectMesh | null {
  if (bytes.byteLength < 8) return null;
  const counts = { vertices: bytes.getUint32(0, true), faces: bytes.getUint32(4, true) };
  // A buffer of its own: views need aligned offsets.
  const data = bytes.buffer.slice(bytes.byteOffset + 8, bytes.byteOffset + bytes.byteLength);
  const length = Object.values(OBJECT_ARRAYS).reduce(
    (sum, { of, width, kind }) => sum + counts[of] * width * KINDS[kind].BYTES_PER_ELEMENT,
    0,
  );
  if (data.byteLength !== length) return null;
  let at = 0;
  const arrays = Object.entries(OBJECT_ARRAYS).map(([name, { of, width, kind }]) => {
    const array = new KINDS[kind](data as ArrayBuffer, at, counts[of] * width);
    at += array.byteLength;
    return [name, array];
  });
  const mesh = Object.fromEntries(arrays) as Omit<ObjectMesh, "box">;
  return { ...mesh, box: boxOf(mesh.vertices) };
}

/** Longer side in mm: what one unit of the scene is. */
export function unitOf({ box }: ObjectMesh): number {
  return Math.max(box[0][1] - box[0][0], box[1][1] - box[1][0], 1e-6);
}

/**
 * The triangles one by one, in units of the longer side, centred on x and y: smooth normals on the
 * relief's surface, flat ones elsewhere.
 */
export function objectGeometry(mesh: ObjectMesh): BufferGeometry {
  const { vertices, uv, faces, relief, box } = mesh;
  const unit = 1 / unitOf(mesh);
  const centre = [(box[0][0] + box[0][1]) / 2, (box[1][0] + box[1][1]) / 2, box[2][0]];
  const flat = faceNormals(vertices, faces);
  const smooth = smoothNormals(vertices.length, faces, relief, flat);
  const corners = faces.length;
  const position = new Float32Array(3 * corners);
  const normal = new Float32Array(3 * corners);
  const coordinates = new Float32Array(2 * corners);
  const top = new Float32Array(corners);
  for (let corner = 0; corner < corners; corner++) {
    const vertex = faces[corner];
    const face = (corner / 3) | 0;
    const source = relief[face] ? smooth : flat;
    const from = 3 * (relief[face] ? vertex : face);
    const length = Math.hypot(source[from], source[from + 1], source[from + 2]) || 1;
    for (let axis = 0; axis < 3; axis++) {
      position[3 * corner + axis] = (vertices[3 * vertex + axis] - centre[axis]) * unit;
      normal[3 * corner + axis] = source[from + axis] / length;
    }
    coordinates[2 * corner] = uv[2 * vertex];
    coordinates[2 * corner + 1] = 1 - uv[2 * vertex + 1];
    top[corner] = relief[face];
  }
  const geometry = new BufferGeometry();
  geometry.setAttribute("position", new BufferAttribute(position, 3));
  geometry.setAttribute("aNormal", new BufferAttribute(normal, 3));
  geometry.setAttribute("aUv", new BufferAttribute(coordinates, 2));
  geometry.setAttribute("aTop", new BufferAttribute(top, 1));
  return geometry;
}

/** Normals of the faces, as long as twice their areas. */
function faceNormals(vertices: Float32Array, faces: Uint32Array): Float32Array {
  const normals = new Float32Array(faces.length);
  for (let i = 0; i < faces.length; i += 3) {
    const [a, b, c] = [3 * faces[i], 3 * faces[i + 1], 3 * faces[i + 2]];
    const [ux, uy, uz] = [0, 1, 2].map((axis) => vertices[b + axis] - vertices[a + axis]);
    const [vx, vy, vz] = [0, 1, 2].map((axis) => vertices[c + axis] - vertices[a + axis]);
    normals[i] = uy * vz - uz * vy;
    normals[i + 1] = uz * vx - ux * vz;
    normals[i + 2] = ux * vy - uy * vx;
  }
  return normals;
}

/** Sums of the normals of the relief's faces around each vertex. */
function smoothNormals(
  count: number,
  faces: Uint32Array,
  relief: Uint8Array,
  flat: Float32Array,
): Float32Array {
  const sums = new Float32Array(count);
  for (let i = 0; i < faces.length; i++) {
    const face = (i / 3) | 0;
    if (!relief[face]) continue;
    for (let axis = 0; axis < 3; axis++) sums[3 * faces[i] + axis] += flat[3 * face + axis];
  }
  return sums;
}

function boxOf(vertices: Float32Array): [number, number][] {
  const box: [number, number][] = [0, 1, 2].map(() => [Infinity, -Infinity]);
  for (let i = 0; i < vertices.length; i++) {
    const span = box[i % 3];
    if (vertices[i] < span[0]) span[0] = vertices[i];
    if (vertices[i] > span[1]) span[1] = vertices[i];
  }
  return box;
}
