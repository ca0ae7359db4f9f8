/** The page's beginning: a handset in a browser. */
import { PANEL_FRAGMENT } from 'thimble/control/protocol.ts';
import { HandsetPage } from './handset-page.ts';
import { admitOwnStyles } from './style-nonce.ts';

admitOwnStyles();
// The page's own address has the token; the protocol is spoken beside it.
const address = new URL(location.href.replace(/[?#].*$/, ''));
address.protocol = 'ws:';
new HandsetPage(document.body, address.href, location.hash === PANEL_FRAGMENT);
