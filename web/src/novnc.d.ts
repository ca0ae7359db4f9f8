/** What the page uses of noVNC, which comes without types. [@novnc/novnc, docs/API.md] */
declare module '@novnc/novnc' {
  export default class Rfb extends EventTarget {
    constructor(target: HTMLElement, url: string, options: { readonly shared: boolean; readonly wsProtocols: readonly string[] });
    scaleViewport: boolean;
    background: string;
    disconnect(): void;
    focus(options?: FocusOptions): void;
    /** A key by its keysym and its place on the keyboard; pressed and released unless `down` is given. */
    sendKey(keysym: number, code: string, down?: boolean): void;
  }
}
