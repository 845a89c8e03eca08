import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const gateway = process.env['VIGIL_GATEWAY'] ?? 'http://127.0.0.1:8080';
const api = ['/threats', '/stats', '/timeline', '/sources', '/models', '/pipeline', '/rules', '/alerts'];

export default defineConfig({
  plugins: [react()],
  // Relative, so that the console also works below a path of somebody's reverse proxy.
  base: './',
  build: {
    target: ['chrome125', 'firefox128', 'safari18'],
    // The gateway's policy is `default-src 'self'`: nothing may become a data: URL or an inline script.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    license: { fileName: 'assets/licences.md' },
  },
  server: {
    proxy: { ...Object.fromEntries(api.map((path) => [path, gateway])), '/ws': { target: gateway, ws: true } },
  },
});
