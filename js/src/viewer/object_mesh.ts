/** Finished objects: meshes of any shape that Python makes, when the part is more than a grid. */

import { Box3, BufferAttribute, BufferGeometry, Vector3 } from "three";
import { OBJECT_ARRAYS } from "../generated/wire";
import type { Shape } from "./object_fit";

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

/** A finished object, ready to be drawn. */
export interface ObjectGeometry {
  geometry: BufferGeometry;
  /** Width, height and thickness before bending, in units of the longer side. */
  flat: Vector3;
  /** How much of the width touches the floor, in the same units. */
  foot: number;
}

/**
 * The triangles one by one, in units of the longer side, centred on x and y: smooth normals on the
 * relief's surface, flat ones elsewhere; and each corner as it was before bending.
 */
export function objectGeometry(mesh: ObjectMesh, shape: Shape): ObjectGeometry {
  const { vertices, uv, faces, relief, box } = mesh;
  const shared = new BufferGeometry();
  shared.setAttribute("position", new BufferAttribute(vertices, 3));
  shared.setAttribute("aUv", new BufferAttribute(uv, 2));
  shared.setIndex(new BufferAttribute(faces, 1));
  const geometry = shared.toNonIndexed();
  geometry.computeVertexNormals();
  const surface = faces.filter((_, corner) => relief[(corner / 3) | 0]);
  shared.setIndex(new BufferAttribute(surface, 1));
  shared.computeVertexNormals();
  const normal = geometry.getAttribute("normal");
  const smooth = shared.getAttribute("normal");
  const coordinates = geometry.getAttribute("aUv");
  const top = new BufferAttribute(new Float32Array(faces.length), 1);
  for (let corner = 0; corner < faces.length; corner++) {
    const vertex = faces[corner];
    if (relief[(corner / 3) | 0]) {
      normal.setXYZ(corner, smooth.getX(vertex), smooth.getY(vertex), smooth.getZ(vertex));
      top.setX(corner, 1);
    }
    coordinates.setY(corner, 1 - coordinates.getY(corner));
  }
  geometry.deleteAttribute("normal");
  geometry.setAttribute("aNormal", normal);
  geometry.setAttribute("aTop", top);
  const unit = 1 / unitOf(mesh);
  const [[left, right], [low, high], [floor]] = box;
  geometry.translate(-(left + right) / 2, -(low + high) / 2, -floor);
  geometry.scale(unit, unit, unit);
  const [width, height, thick] = box.map(([from, to]) => (to - from) * unit);
  let flat = new Vector3(width, height, thick);
  let unbent = geometry.getAttribute("position");
  if (shape.bend) {
    const made = unbentCorners(shape, faces, unit);
    flat = made.size;
    unbent = new BufferAttribute(made.corners, 3);
  }
  geometry.setAttribute("aFlat", unbent);
  return { geometry, flat, foot: footOf(mesh) * unit };
}

/** Corner by corner, centred on x and y, from 0 on z. */
function unbentCorners({ flat, bend }: Shape, faces: Uint32Array, unit: number) {
  const corners = new Float32Array(3 * faces.length);
  const round = (2 * Math.PI) / bend;
  for (let corner = 0; corner < faces.length; corner++) {
    const from = 3 * faces[corner];
    // The faces on either side of where a tube closes reach over the ends of the flat part.
    const first = flat[3 * faces[corner - (corner % 3)]];
    const x = flat[from] - round * Math.round((flat[from] - first) / round);
    corners.set([x, flat[from + 1], flat[from + 2]], 3 * corner);
  }
  const { min, max } = new Box3().setFromArray(corners);
  const middle = [(min.x + max.x) / 2, (min.y + max.y) / 2, min.z];
  for (let i = 0; i < corners.length; i++) corners[i] = (corners[i] - middle[i % 3]) * unit;
  return { corners, size: max.sub(min).multiplyScalar(unit) };
}

/** How wide the object is right above its lowest place, in mm. */
function footOf({ vertices, box }: ObjectMesh): number {
  const [low, high] = box[1];
  let [left, right] = [Infinity, -Infinity];
  for (let i = 0; i < vertices.length; i += 3) {
    if (vertices[i + 1] > low + 0.01 * (high - low)) continue;
    left = Math.min(left, vertices[i]);
    right = Math.max(right, vertices[i]);
  }
  return Math.max(0, right - left);
}

function boxOf(vertices: Float32Array): [number, number][] {
  const { min, max } = new Box3().setFromArray(vertices);
  return [
    [min.x, max.x],
    [min.y, max.y],
    [min.z, max.z],
  ];
}
