/** What a program is compiled for: the phone's processor, or a host that plays it in tests. */
export type Target = 'aarch64' | 'wasm32' | 'native';
export const pointerBytesOf = (target: Target): number => (target === 'wasm32' ? 4 : 8);
