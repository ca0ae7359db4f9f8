/**
 * Lets the terminals in under the page's Content-Security-Policy.
 *
 * xterm.js lays its cells out by style sheets that it makes itself. The policy refuses every style element but those that carry this
 * answer's nonce, which the page's own script element has; so each style element that a script makes is given it.
 */
export function admitOwnStyles(): void {
  const nonce = document.querySelector('script')?.nonce ?? '';
  const create = (name: string, options?: ElementCreationOptions): HTMLElement =>
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- only its overloads for elements that HTML has dropped are
    Document.prototype.createElement.call(document, name as keyof HTMLElementTagNameMap, options);
  const admitted = (name: string, options?: ElementCreationOptions): HTMLElement => {
    const made = create(name, options);
    if (made instanceof HTMLStyleElement) made.nonce = nonce;
    return made;
  };
  Object.assign(document, { createElement: admitted });
}
