/** In the place of features.ts: the image of a handset whose machines have devices. */
export const SERVES_DEVICES = true;
