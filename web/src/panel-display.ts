/**
 * The panel itself: QEMU's display by noVNC, which is loaded only for a handset that has one.
 *
 * noVNC translates gestures for desktops, where a touch is felt when the finger leaves; here the panel is a touch screen. So the first finger
 * is passed on as the mouse that noVNC knows, from the moment at which it comes down.
 */
import type Rfb from '@novnc/novnc';
import { PANEL_SUBPROTOCOL } from 'thimble/control/protocol.ts';
import { element } from './elements.ts';
import { edit, strokeOf } from './typed-text.ts';

const RETRY_MS = 1500;
const LEFT_BUTTON = 1;
const SHIFT = { code: 'ShiftLeft', keysym: 0xffe1 } as const;
const CONTROL = { code: 'ControlLeft', keysym: 0xffe3 } as const;
/** Stands where text is typed, so that there is something to delete, which is told only then. */
const PAD = '_'.repeat(64);
/** Longer than any word that a keyboard may still want to change. */
const TYPED_CHARACTERS_MAX = 256;

export class PanelDisplay {
  readonly element = element('div', { class: 'display' });
  /** Takes what a telephone's own keyboard types. */
  private readonly typing = element('textarea', {
    class: 'typing',
    attributes: { 'aria-label': 'typed on the panel', autocapitalize: 'off', autocomplete: 'off', autocorrect: 'off', spellcheck: 'false', tabindex: '-1' },
  });
  private rfb: Rfb | null = null;
  private canvas: HTMLCanvasElement | null = null;
  private isWanted = false;
  private isConnecting = false;
  private wantsFocus = false;
  private readonly held = new Map<string, string>();
  private finger: number | null = null;
  private typed = PAD;

  constructor(
    private readonly address: string,
    private readonly onConnected: (isConnected: boolean) => void,
  ) {
    this.element.append(this.typing);
    for (const type of ['touchstart', 'touchmove', 'touchend', 'touchcancel'] as const) {
      this.element.addEventListener(type, (event) => this.touch(event), { capture: true, passive: false });
    }
    this.typing.addEventListener('input', () => this.takeTyped());
    this.typing.addEventListener('focus', () => this.forgetTyped());
    this.typing.addEventListener('keydown', (event) => {
      if (event.key !== 'Tab') return;
      event.preventDefault();
      this.typeText('\t');
    });
  }

  /** Connects, and connects again whenever the connection breaks. */
  open(): void {
    this.isWanted = true;
    void this.connect();
  }

  close(): void {
    this.isWanted = false;
    this.rfb?.disconnect();
  }

  /** The panel has the keys, as soon as it is there. */
  focus(): void {
    this.wantsFocus = this.canvas === null;
    this.canvas?.focus({ preventScroll: true });
  }

  get hasFocus(): boolean {
    return this.element.contains(document.activeElement);
  }

  /** Opens a telephone's own keyboard for the panel, or closes it. */
  toggleTyping(): void {
    if (document.activeElement === this.typing) this.typing.blur();
    else this.typing.focus({ preventScroll: true });
  }

  /** Types Ctrl-A, which the page itself takes from the keyboard. */
  typePrefix(): void {
    const { rfb } = this;
    rfb?.sendKey(CONTROL.keysym, CONTROL.code, true);
    rfb?.sendKey('a'.charCodeAt(0), 'KeyA');
    rfb?.sendKey(CONTROL.keysym, CONTROL.code, false);
  }

  private async connect(): Promise<void> {
    if (this.isConnecting || this.rfb !== null) return;
    this.isConnecting = true;
    const loaded = await import('@novnc/novnc').catch(() => null);
    this.isConnecting = false;
    if (loaded === null) this.retry();
    else if (this.isWanted) this.show(loaded.default);
  }

  private show(Client: typeof Rfb): void {
    const rfb = new Client(this.element, this.address, { shared: true, wsProtocols: [PANEL_SUBPROTOCOL] });
    rfb.scaleViewport = true;
    rfb.background = 'transparent';
    rfb.addEventListener('connect', () => this.connected());
    rfb.addEventListener('disconnect', () => this.disconnected());
    this.rfb = rfb;
  }

  private connected(): void {
    const canvas = this.element.querySelector('canvas');
    if (canvas === null) return;
    canvas.tabIndex = 0;
    canvas.setAttribute('role', 'application');
    canvas.setAttribute('aria-label', 'panel: takes touches and keys; Ctrl-A l leaves it');
    canvas.addEventListener('keydown', ({ code, key }) => this.held.set(code, key));
    canvas.addEventListener('keyup', ({ code }) => this.held.delete(code));
    canvas.addEventListener('blur', () => this.releaseKeys(canvas));
    this.canvas = canvas;
    this.onConnected(true);
    if (this.wantsFocus) this.focus();
  }

  private disconnected(): void {
    this.rfb = null;
    this.canvas = null;
    this.held.clear();
    this.finger = null;
    this.onConnected(false);
    this.retry();
  }

  private retry(): void {
    setTimeout(() => {
      if (this.isWanted) void this.connect();
    }, RETRY_MS);
  }

  /** A key that is held when the keys go elsewhere is let go: its release will not be heard here. */
  private releaseKeys(canvas: HTMLCanvasElement): void {
    for (const [code, key] of this.held) canvas.dispatchEvent(new KeyboardEvent('keyup', { code, key }));
    this.held.clear();
  }

  private touch(event: TouchEvent): void {
    const { canvas } = this;
    if (canvas === null) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (event.type === 'touchstart' && this.finger === null) {
      this.finger = event.changedTouches[0]?.identifier ?? null;
      if (document.activeElement !== this.typing) this.focus();
    }
    const touch = [...event.changedTouches].find(({ identifier }) => identifier === this.finger);
    if (!touch) return;
    const isDown = event.type === 'touchstart' || event.type === 'touchmove';
    const type = { touchstart: 'mousedown', touchmove: 'mousemove' }[event.type] ?? 'mouseup';
    const { clientX, clientY } = touch;
    const init = { clientX, clientY, buttons: isDown ? LEFT_BUTTON : 0, bubbles: true, cancelable: true };
    // Once it is down, noVNC follows the mouse wherever it goes.
    (event.type === 'touchstart' ? canvas : window).dispatchEvent(new MouseEvent(type, init));
    if (!isDown) this.finger = null;
  }

  /** Such a keyboard may change what it has typed: a word that it completes, or one that it corrects. */
  private takeTyped(): void {
    const text = this.typing.value;
    this.typeText(edit(this.typed, text));
    this.typed = text;
    if (text.endsWith('\n') || text.length > TYPED_CHARACTERS_MAX || text.length < PAD.length / 2) this.forgetTyped();
  }

  private forgetTyped(): void {
    this.typing.value = PAD;
    this.typing.setSelectionRange(PAD.length, PAD.length);
    this.typed = PAD;
  }

  private typeText(text: string): void {
    for (const character of text) {
      const { code, keysym, isShifted } = strokeOf(character);
      if (isShifted) this.rfb?.sendKey(SHIFT.keysym, SHIFT.code, true);
      this.rfb?.sendKey(keysym, code);
      if (isShifted) this.rfb?.sendKey(SHIFT.keysym, SHIFT.code, false);
    }
  }
}
