// No test of its own: what modules.ts imports.
export const DEEP = 1;
//^ TH1603
