/**
 * Bundles the explorer into the folder given as the only argument; `gateway/explorer/build.py` calls it.
 * One script, one style sheet and Monaco's three workers, under fixed names and without source maps;
 * fonts and icons become data addresses, so that the page needs nothing but these five files.
 */
import { build } from 'esbuild';

const [outdir] = process.argv.slice(2);
if (!outdir) throw new Error('usage: node build.mjs FOLDER');

await build({
  entryPoints: {
    explorer: 'main.jsx',
    'editor.worker': 'monaco-editor/esm/vs/editor/editor.worker.js',
    'graphql.worker': 'monaco-graphql/esm/graphql.worker.js',
    'json.worker': 'monaco-editor/esm/vs/language/json/json.worker.js',
  },
  outdir,
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  jsx: 'automatic',
  loader: { '.graphql': 'text', '.ttf': 'dataurl' },
  define: { 'process.env.NODE_ENV': '"production"' },
  legalComments: 'eof',
  logLevel: 'warning',
});
