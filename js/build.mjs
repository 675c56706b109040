// Bundles every entry point into one ES module each, with its style sheet beside it.
import { build } from "esbuild";

const OUT = new URL("../src/relief_widget/static/", import.meta.url).pathname;

await build({
  entryPoints: ["viewer", "frame", "upload", "mask_editor", "key_field", "autosave"].map(
    (name) => `src/${name}.ts`,
  ),
  outdir: OUT,
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  legalComments: "none",
  loader: { ".glsl": "text" },
  logLevel: "warning",
});
