/** Two short notes when a ticket is offered. Made by the browser itself: nothing is loaded. */

import { recall } from "./preferences.js";

const NOTES = [
  [660, 0],
  [880, 0.16],
];
const LENGTH = 0.22;
let context = null;

/** Silent where it was turned off, and until the page has been touched once, as browsers demand. */
export function chime() {
  if (!recall("sound", true) || !("AudioContext" in window)) return;
  context ??= new AudioContext();
  if (context.state === "suspended") context.resume().catch(() => {});
  for (const [pitch, after] of NOTES) {
    const tone = new OscillatorNode(context, { frequency: pitch });
    const volume = new GainNode(context, { gain: 0 });
    const start = context.currentTime + after;
    volume.gain.setValueAtTime(0, start);
    volume.gain.linearRampToValueAtTime(0.12, start + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.001, start + LENGTH);
    tone.connect(volume).connect(context.destination);
    tone.start(start);
    tone.stop(start + LENGTH);
  }
}
