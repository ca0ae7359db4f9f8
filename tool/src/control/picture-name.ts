/** What a picture of the panel is called where nobody says: the same from the command line and from the page. */

function two(value: number): string {
  return String(value).padStart(2, '0');
}

/** `handset-2026-11-26-093015.png`, in local time, so that pictures stand in the order in which they were taken. */
export function pictureName(handset: string, taken: Date): string {
  const day = [taken.getFullYear(), taken.getMonth() + 1, taken.getDate()].map(two).join('-');
  const time = [taken.getHours(), taken.getMinutes(), taken.getSeconds()].map(two).join('');
  return `${handset}-${day}-${time}.png`;
}
