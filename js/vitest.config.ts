import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";

// The installed Chromium; where Playwright has brought its own, that one is used.
const executablePath = process.env.CHROMIUM;

export default defineConfig({
  plugins: [
    {
      // Shaders are texts, as `build.mjs` has it.
      name: "shaders",
      transform(code, id) {
        return id.endsWith(".glsl") ? `export default ${JSON.stringify(code)}` : null;
      },
    },
  ],
  // Found in the midst of a run they would be bundled then, and the page loaded anew.
  optimizeDeps: { include: ["three", "three/addons/controls/OrbitControls.js"] },
  test: {
    include: ["src/**/*.test.ts"],
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: playwright({
        launchOptions: {
          ...(executablePath ? { executablePath } : {}),
          // Software WebGL, so that machines without a GPU run the same tests.
          args: ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"],
        },
      }),
      instances: [{ browser: "chromium" }],
    },
  },
});
