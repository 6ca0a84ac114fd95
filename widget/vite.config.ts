import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { defineConfig } from "vite";

/**
 * SHA-256 over everything the bundle is made of, written into its first line, so that a stale bundle is found
 * on a machine without Node as well (tests/browser/test_bundle.py computes the same).
 * For each file, sorted by path: the path, a zero byte, the content, a zero byte.
 */
function sourceHash(): string {
  const root = import.meta.dirname;
  const sources = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => `src/${name.replaceAll("\\", "/")}`);
  const hash = createHash("sha256");
  for (const path of [...sources, "package-lock.json", "vite.config.ts"].sort()) {
    hash.update(path).update("\0").update(readFileSync(join(root, path))).update("\0");
  }
  return hash.digest("hex");
}

export default defineConfig({
  // A library build keeps these as they are; browsers have no `process`.
  define: { "process.env.NODE_ENV": JSON.stringify("production") },
  build: {
    // Browsers with private class members. Older targets would also put helper functions among the page's own globals.
    target: ["chrome90", "edge90", "firefox90", "safari15"],
    outDir: process.env["AFTERCARE_WIDGET_OUT"] ?? "dist",
    emptyOutDir: true,
    sourcemap: false,
    reportCompressedSize: false,
    lib: {
      entry: "src/main.ts",
      formats: ["iife"],
      name: "aftercareWidget",
      fileName: () => "aftercare-widget.js",
    },
  },
  plugins: [
    {
      name: "first-line",
      enforce: "post",
      generateBundle(_, bundle) {
        for (const file of Object.values(bundle)) {
          if (file.type !== "chunk") continue;
          file.code = `/*! Aftercare widget, Apache-2.0; with Lit, BSD-3-Clause. sources sha256:${sourceHash()} */\n${file.code}`;
        }
      },
    },
  ],
  test: { include: ["test/**/*.test.ts"], environment: "node" },
} as Parameters<typeof defineConfig>[0]);
