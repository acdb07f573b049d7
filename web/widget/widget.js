/**
 * Front Door chat widget: the entry, served at /widget.js with its other modules at /widget/.
 *
 * Adds one <front-door-chat> to the page and hands it the data- attributes of the script element. A page that
 * already has the element keeps its own.
 */
import { FrontDoorChat } from "./widget/element.js";

const TAG = "front-door-chat";

function ownScript() {
  return [...document.querySelectorAll("script[type=module][src]")].find((script) => script.src === import.meta.url);
}

function addElement() {
  if (document.querySelector(TAG)) return;
  const element = document.createElement(TAG);
  for (const { name, value } of ownScript()?.attributes ?? []) {
    if (name.startsWith("data-")) element.setAttribute(name, value);
  }
  document.body.append(element);
}

if (!customElements.get(TAG)) {
  FrontDoorChat.base = new URL(".", import.meta.url).href;
  customElements.define(TAG, FrontDoorChat);
  if (document.body) addElement();
  else document.addEventListener("DOMContentLoaded", addElement, { once: true });
}
