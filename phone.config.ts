// A phone with two personas, each a Debian desktop on a volume of its own that keeps what is written to it: `npm start -- --config phone.config.ts`.
// The disk is phone.disk beside this file. It is made at the first start and kept from then on; `--new-disk` starts afresh.
import { debian, defineHandset, linux } from 'thimble';

export default defineHandset({
  disk: {
    file: 'phone.disk',
    volumes: [
      { name: 'personal', sizeMib: 512, content: debian({ desktop: 'weston' }) },
      { name: 'work', sizeMib: 512, content: debian({ desktop: 'sway' }) },
    ],
  },
  machines: [
    { name: 'personal', image: linux({ root: 'personal' }), volumes: [{ name: 'personal' }], network: { peers: [] }, screen: true },
    { name: 'work', image: linux({ root: 'work' }), volumes: [{ name: 'work' }], network: { peers: [] }, screen: true },
  ],
});
