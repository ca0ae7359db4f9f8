// A handset with a real-time machine: it has the CPU whenever its task is due, before the Linux machine that it shares it with.
// Its console shows how late the task was. `npm start -- --config real-time.config.ts`
import { defineHandset, linux, program } from 'thimble';

export default defineHandset({
  board: 'qemu-virt',
  machines: [
    { name: 'control', memoryMib: 4, priority: 7, cpus: [0], image: program({ entry: 'guests/src/real-time.ts' }), ready: /^periods \d+ / },
    { name: 'personal', memoryMib: 256, cpus: [0], image: linux() },
    { name: 'work', memoryMib: 256, cpus: [1], image: linux() },
  ],
});
