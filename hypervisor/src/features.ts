/**
 * What an image has beyond what every handset needs. Serving devices to other machines (controller.ts, virtio-slots.ts) takes bytes for which the image
 * of every handset has no room yet: the host tool compiles features-with-devices.ts in this file's place where a machine has devices.
 * docs/adr/0034-devices-in-an-image-of-their-own.md
 */
export const SERVES_DEVICES = false;
