declare const _default: import("thimble").HandsetConfig;
export default _default;
