// The default handset: two Linux machines on one emulated board. `npm start` builds and boots it.
import { defineHandset, linux } from 'thimble';

export default defineHandset({
  board: 'qemu-virt',
  machines: [
    { name: 'personal', memoryMib: 256, image: linux() },
    { name: 'work', memoryMib: 256, image: linux() },
  ],
});
