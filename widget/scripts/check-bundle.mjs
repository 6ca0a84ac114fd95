// Builds the widget into a temporary folder and compares it, byte for byte, with the committed bundle.
// Leaves with 0 when they are the same and small enough, with 1 and a sentence on what to do otherwise.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const LIMIT_BYTES = 40 * 1024; // gzipped: a slow phone on a bad line
const root = join(import.meta.dirname, "..");
const out = mkdtempSync(join(tmpdir(), "aftercare-widget-"));
try {
  execFileSync(process.execPath, [join(root, "node_modules", "vite", "bin", "vite.js"), "build", "--logLevel", "warn"], {
    cwd: root,
    env: { ...process.env, AFTERCARE_WIDGET_OUT: out },
    stdio: "inherit",
  });
  const fresh = readFileSync(join(out, "aftercare-widget.js"));
  const committed = readFileSync(join(root, "dist", "aftercare-widget.js"));
  const size = gzipSync(committed, { level: 9 }).length;
  console.log(`widget bundle: ${committed.length} bytes, ${size} gzipped (limit ${LIMIT_BYTES})`);
  if (!fresh.equals(committed)) {
    console.error("widget/dist/aftercare-widget.js is not what the sources build: run `npm run build` in widget/ and commit it");
    process.exitCode = 1;
  }
  if (size > LIMIT_BYTES) {
    console.error("the widget bundle is over its limit");
    process.exitCode = 1;
  }
} finally {
  rmSync(out, { recursive: true, force: true });
}
