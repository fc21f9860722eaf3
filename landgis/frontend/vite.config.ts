import { defineConfig } from "vite";

// Entries are named by their source path in manifest.json; the server's asset() reads that file.
// Nothing is inlined as data: the content security policy allows fonts from this server only.
export default defineConfig({
  base: "/static/app/",
  publicDir: false,
  build: {
    outDir: "../web/static/app",
    emptyOutDir: false,
    manifest: "manifest.json",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: "es2022",
    chunkSizeWarningLimit: 1200,
    rollupOptions: {
      input: [
        "src/public/page.ts",
        "src/public/parcel.ts",
        "src/public/forms.ts",
        "src/officer/page.ts",
        "src/imports/page.ts",
      ],
    },
  },
});
