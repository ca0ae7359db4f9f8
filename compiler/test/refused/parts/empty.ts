// No test of its own: what modules.ts imports.
export {};
