/**
 * What the linter holds the sources to: STYLE.md where a rule can see it, and the usual traps.
 *
 * Metal programs are TypeScript for another machine: the compiler's own, stricter rules hold there, so of the
 * linter's only those remain that concern how the text reads.
 */
import eslint from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import typescript from 'typescript-eslint';

const METAL = [
  'abi/src/**/*.ts', 'arm64/src/**/*.ts', 'hypervisor/src/**/*.ts', 'hypervisor/test/programs/*.ts',
  'device-machine/src/**/*.ts', 'device-machine/test/programs/*.ts', 'guests/src/**/*.ts',
];
const TESTS = ['**/*.test.ts'];
/** Programs that the compiler's tests accept or refuse; their faults are the point. */
const SAMPLES = ['compiler/test/accepted/**', 'compiler/test/refused/**', 'compiler/lib/**'];

export default defineConfig(
  globalIgnores(['build/', '**/node_modules/', '**/*.js', ...SAMPLES]),
  eslint.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [typescript.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      'max-lines': ['error', { max: 500 }],
      'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true }],
      eqeqeq: 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      // `return refuse(…)` ends a branch in one line.
      '@typescript-eslint/no-confusing-void-expression': 'off',
      // Words read from a file are compared with the enum that names them.
      '@typescript-eslint/no-unsafe-enum-comparison': 'off',
      // Where an index was just checked, `!` says so better than a branch that cannot be taken.
      '@typescript-eslint/no-non-null-assertion': 'off',
      // `while (true)` is a loop that ends by a return.
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: true }],
      // `{ a, ...rest }` is how a field is left out.
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true, argsIgnorePattern: '^_' }],
    },
  },
  {
    files: TESTS,
    rules: { 'max-lines-per-function': 'off' },
  },
  {
    files: METAL,
    ignores: TESTS,
    extends: [typescript.configs.disableTypeChecked],
    rules: {
      'no-undef': 'off',
      'no-constant-condition': ['error', { checkLoops: false }],
      // asm`…` is a statement, and an assembly text or an interrupt uses what no expression names.
      '@typescript-eslint/no-unused-expressions': 'off',
      'no-useless-assignment': 'off',
    },
  },
);
