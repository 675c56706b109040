/** Finished objects: meshes of any shape that Python makes, when the part is more than a grid. */

import { Box3, BufferAttribute, BufferGeometry } from "three";
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
  const [[left, right], [low, high], [floor]] = box;
  geometry.translate(-(left + right) / 2, -(low + high) / 2, -floor);
  const unit = 1 / unitOf(mesh);
  return geometry.scale(unit, unit, unit);
}

function boxOf(vertices: Float32Array): [number, number][] {
  const { min, max } = new Box3().setFromArray(vertices);
  return [
    [min.x, max.x],
    [min.y, max.y],
    [min.z, max.z],
  ];
}
