// Bundles every entry point into one ES module each, with its style sheet beside it.
import { build } from "esbuild";

const OUT = new URL("../src/relief_widget/static/", import.meta.url).pathname;

await build({
  entryPoints: {
    viewer: "src/viewer/viewer.ts",
    shell: "src/app/shell.ts",
    key_field: "src/app/key_field.ts",
    modes: "src/app/modes.ts",
    number: "src/app/number.ts",
    upload: "src/upload/upload.ts",
    tiles: "src/tiles/tiles.ts",
    mask_editor: "src/mask/mask_editor.ts",
    shaper: "src/shape/shaper.ts",
    autosave: "src/autosave/autosave.ts",
    strip: "src/strip/strip.ts",
  },
  outdir: OUT,
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  legalComments: "none",
  loader: { ".glsl": "text" },
  logLevel: "warning",
});
