/** The demo page: its language, and questions that open the chat. */
const TITLES = { en: "Hearthline – appliances that make a home", zh: "暖居家电 – 让家更暖的电器" };
const BRANDS = { en: "Hearthline", zh: "暖居家电" };

const root = document.documentElement;
const chat = () => document.querySelector("front-door-chat");
const asked = new URLSearchParams(location.search).get("lang");
const language = () => (root.lang.startsWith("zh") ? "zh" : "en");

/** Shows the page in "en" or "zh"; the chat follows the page's language by itself. */
function speak(chosen) {
  root.lang = chosen === "zh" ? "zh-CN" : "en";
  document.title = TITLES[language()];
  const widget = chat() ?? document.querySelector("script[src$='/widget.js']");
  widget.setAttribute("data-brand", BRANDS[language()]);
}

function toggle() {
  const chosen = language() === "zh" ? "en" : "zh";
  speak(chosen);
  const address = new URL(location.href);
  address.searchParams.set("lang", chosen);
  history.replaceState(null, "", address);
}

function ask(button) {
  const question = language() === "zh" ? (button.dataset.askZh ?? button.dataset.ask) : button.dataset.ask;
  chat().open();
  if (question) chat().send(question);
}

speak(/^(en|zh)/.exec(asked ?? "")?.[0] ?? (navigator.language.startsWith("zh") ? "zh" : "en"));
document.querySelector("#origin").textContent = location.origin;
document.querySelector("#language").addEventListener("click", toggle);
for (const button of document.querySelectorAll("[data-ask]")) button.addEventListener("click", () => ask(button));
