/**
 * What Linux does again and again while nothing happens costs a wake-up of a processor each time: a look whether memory should be compacted each half
 * second [Linux, mm/compaction.c "kcompactd"], often statistics of memory each second, and a sign of life each four. Nobody needs them on a handset; with these settings a machine that
 * is idle sleeps for ten seconds and more.
 */
const SETTINGS = ['vm/compaction_proactiveness=0', 'vm/stat_interval=60', 'kernel/watchdog=0'] as const;

/** Lines of a shell script that runs as root, with /proc there. A kernel without one of the settings does not do what it is about. */
export const quietKernel = `for setting in ${SETTINGS.join(' ')}; do
  [ -e /proc/sys/\${setting%=*} ] && echo \${setting#*=} > /proc/sys/\${setting%=*}
done
`;
