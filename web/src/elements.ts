/** Elements of the page, made from data. Text is always text: nothing here, or anywhere in the page, parses HTML. */

type Child = Node | string;

/** How long what is downloaded is kept for the browser. */
const KEPT_MS = 10_000;

export interface Properties {
  readonly class?: string;
  readonly title?: string;
  readonly onclick?: () => void;
  /** Attributes as they are in HTML. */
  readonly attributes?: Readonly<Record<string, string>>;
}

export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  { class: className, title, onclick, attributes = {} }: Properties = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  if (className !== undefined) made.className = className;
  if (title !== undefined) made.title = title;
  if (onclick !== undefined) made.addEventListener('click', onclick);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  made.append(...children);
  return made;
}

/** A button; `label` is what it shows and is called. */
export function button(label: string, onclick: () => void, properties: Properties = {}): HTMLButtonElement {
  return element('button', { ...properties, onclick, attributes: { type: 'button', ...properties.attributes } }, label);
}

/** Gives the browser a file to save. */
export function download(name: string, bytes: Uint8Array<ArrayBuffer>, type: string): void {
  const address = URL.createObjectURL(new Blob([bytes], { type }));
  element('a', { attributes: { href: address, download: name } }).click();
  // The browser has begun to read it by then.
  setTimeout(() => {
    URL.revokeObjectURL(address);
  }, KEPT_MS);
}

/** Changes an element's text only where it differs, so that screen readers and selections are left alone. */
export function setText(target: Node, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}
