/** The widget's looks, as one constructable stylesheet: a page's content policy needs no exception for it. */

const DARK = `
  --fd-accent: #4fc3ae; --fd-accent-text: #05231d;
  --fd-surface: #15181c; --fd-text: #e9ecef; --fd-muted: #a3adb7;
  --soft: #22272d; --line: #323940; --warn: #ff9d8f; --gold: #f2b84b; color-scheme: dark;
  --link: color-mix(in oklab, var(--fd-accent) 65%, white);
  --shadow: 0 0 0 1px #ffffff14, 0 24px 64px -12px #000000b3;
`;

const CSS = `
:host {
  all: initial;
  --fd-accent: #0b6b5d; --fd-accent-text: #ffffff;
  --fd-surface: #ffffff; --fd-text: #1a1f24; --fd-muted: #59636e;
  --fd-radius: 20px; --fd-z-index: 2147483000; --fd-bottom: 20px; --fd-side: 20px;
  --fd-font: system-ui, -apple-system, "Segoe UI", Roboto, "PingFang SC", "Hiragino Sans GB", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif;
  --soft: #f1f4f5; --line: #dfe4e8; --warn: #b3261e; --gold: #b26a00; --link: var(--fd-accent);
  --shadow: 0 0 0 1px #10182808, 0 20px 56px -12px #10182847, 0 6px 16px -6px #1018281f;
  color-scheme: light;
  position: fixed; z-index: var(--fd-z-index); bottom: 0; right: 0;
  font: 15px/1.5 var(--fd-font); color: var(--fd-text);
}
@media (prefers-color-scheme: dark) { :host(:not([data-theme="light"])) { ${DARK} } }
:host([data-theme="dark"]) { ${DARK} }
:host([data-position="left"]) { right: auto; left: 0; }
:host([hidden]) { display: none; }
*, *::before, *::after { box-sizing: border-box; }
[hidden] { display: none !important; }
p, h2, ul, ol, fieldset { margin: 0; padding: 0; border: 0; }
button, input, textarea { font: inherit; color: inherit; letter-spacing: inherit; }
button { border: 0; background: none; padding: 0; cursor: pointer; touch-action: manipulation; }
button[aria-disabled="true"] { cursor: default; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
.row:focus { outline: none; }
.icon { width: 20px; height: 20px; flex: none; fill: none; stroke: currentColor; stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
small { font-size: 13px; }

.launcher {
  position: fixed; right: max(var(--fd-side), env(safe-area-inset-right)); bottom: calc(var(--fd-bottom) + env(safe-area-inset-bottom));
  width: 58px; height: 58px; border-radius: 50%; display: grid; place-items: center;
  background: var(--fd-accent); color: var(--fd-accent-text); box-shadow: 0 8px 24px -6px #00000059, 0 2px 6px #0000001f;
  transition: transform .18s ease, box-shadow .18s ease;
}
:host([data-position="left"]) .launcher { right: auto; left: max(var(--fd-side), env(safe-area-inset-left)); }
.launcher:hover { transform: translateY(-2px); }
.launcher:focus-visible { outline-color: var(--fd-text); outline-offset: 3px; }
.launcher .icon { width: 27px; height: 27px; grid-area: 1 / 1; transition: opacity .18s, transform .18s; }
.launcher:not(.opened) .icon-down, .launcher.opened .icon-chat { opacity: 0; transform: scale(.6); }
.badge {
  position: absolute; top: -3px; right: -3px; min-width: 22px; height: 22px; padding: 0 6px; border-radius: 11px;
  background: #c62828; color: #fff; font-size: 12px; font-weight: 650; line-height: 22px; text-align: center; box-shadow: 0 0 0 2px var(--fd-surface);
}

.panel {
  position: fixed; right: max(var(--fd-side), env(safe-area-inset-right)); bottom: calc(var(--fd-bottom) + 74px + env(safe-area-inset-bottom));
  width: 392px; height: min(680px, calc(100dvh - var(--fd-bottom) - 98px)); display: flex; flex-direction: column; overflow: hidden;
  background: var(--fd-surface); border-radius: var(--fd-radius); box-shadow: var(--shadow); animation: rise .22s cubic-bezier(.2, .8, .3, 1);
}
:host([data-position="left"]) .panel { right: auto; left: max(var(--fd-side), env(safe-area-inset-left)); }
.panel.full { inset: 0; width: 100%; height: 100dvh; border-radius: 0; box-shadow: none; padding-top: env(safe-area-inset-top); }
.panel.full ~ .launcher.opened { display: none; }
@keyframes rise { from { opacity: 0; transform: translateY(12px) scale(.985); } }
header { display: flex; align-items: center; gap: 12px; padding: 14px 12px 14px 18px; border-bottom: 1px solid var(--line); }
.heading { flex: 1; min-width: 0; }
h2 { font-size: 16px; font-weight: 650; line-height: 1.3; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.subtitle { display: flex; align-items: center; gap: 6px; font-size: 13px; line-height: 1.4; color: var(--fd-muted); }
.avatar {
  width: 28px; height: 28px; border-radius: 50%; display: grid; place-items: center; flex: none; font-size: 13px; font-weight: 650;
  background: color-mix(in oklab, var(--fd-accent) 14%, var(--fd-surface)); color: var(--link);
}
.avatar.agent { background: var(--fd-accent); color: var(--fd-accent-text); }
.avatar .icon { width: 17px; height: 17px; }
header .avatar { width: 40px; height: 40px; font-size: 16px; }
header .avatar .icon { width: 23px; height: 23px; }
.tag { padding: 0 6px; border-radius: 5px; border: 1px solid var(--line); color: var(--fd-muted); font-size: 11px; font-weight: 600; line-height: 17px; flex: none; }
.tool { width: 40px; height: 40px; border-radius: 50%; display: grid; place-items: center; color: var(--fd-muted); flex: none; }
.tool:hover { background: var(--soft); color: var(--fd-text); }
.connection { font-size: 13px; text-align: center; background: color-mix(in oklab, var(--gold) 16%, var(--fd-surface)); }
.connection:not(:empty) { padding: 6px 16px; }

.scroller { flex: 1; min-height: 0; position: relative; display: flex; }
.log { flex: 1; overflow-y: auto; overscroll-behavior: contain; overflow-anchor: none; scrollbar-width: thin; scrollbar-color: var(--line) transparent; }
.log:focus-visible { outline-offset: -3px; }
.inner { min-height: 100%; padding: 18px 16px 12px; display: flex; flex-direction: column; }
.intro { text-align: center; padding: 14px 20px 10px; color: var(--fd-muted); font-size: 14px; }
.intro .avatar { width: 52px; height: 52px; margin: 0 auto 10px; }
.intro .avatar .icon { width: 29px; height: 29px; }
.hello { font-size: 17px; font-weight: 650; color: var(--fd-text); margin-bottom: 4px; }
.more, .jump { font-size: 13px; font-weight: 550; border-radius: 16px; padding: 5px 14px; background: var(--soft); }
.more { align-self: center; margin-bottom: 12px; }
.jump {
  position: absolute; bottom: 10px; left: 50%; transform: translateX(-50%); display: flex; align-items: center; gap: 4px;
  background: var(--fd-accent); color: var(--fd-accent-text); box-shadow: 0 4px 14px -4px #0006;
}
.jump .icon { width: 16px; height: 16px; }
.list { display: flex; flex-direction: column; }
.row { display: grid; grid-template-columns: 36px minmax(0, 1fr); column-gap: 0; margin-top: 4px; position: relative; }
.row > * { grid-column: 2; justify-self: start; }
.row.first { margin-top: 16px; }
.row > .day { grid-column: 1 / -1; justify-self: stretch; text-align: center; font-size: 12px; color: var(--fd-muted); margin: 4px 0 12px; }
.row > .avatar { grid-column: 1; grid-row: span 2; align-self: start; margin-top: 22px; }
.row > .name { grid-column: 2; display: flex; align-items: center; gap: 6px; font-size: 13px; font-weight: 600; margin-bottom: 4px; line-height: 18px; max-width: 100%; }
.name bdi { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; max-width: 190px; }
.name time { font-weight: 400; font-size: 12px; color: var(--fd-muted); }
.bubble { max-width: calc(100% - 28px); padding: 10px 14px; border-radius: 6px 18px 18px 18px; background: var(--soft); overflow-wrap: anywhere; }
.row:not(.first) .bubble { border-radius: 18px; }
.bubble > * + * { margin-top: 8px; }
.text > * + * { margin-top: 8px; }
.text :is(ul, ol) { padding-left: 1.35em; }
.text li + li { margin-top: 3px; }
.text a { color: var(--link); text-decoration: underline; text-underline-offset: 2px; }
.row.customer { grid-template-columns: minmax(0, 1fr); }
.row.customer > * { grid-column: 1; justify-self: end; }
.row.customer .bubble { background: var(--fd-accent); color: var(--fd-accent-text); border-radius: 18px 18px 6px 18px; max-width: 84%; }
.row.customer .text { white-space: pre-wrap; }
.row.pending .bubble { opacity: .82; }
.row.failed .bubble { background: transparent; color: var(--fd-text); box-shadow: inset 0 0 0 1.5px var(--warn); }
.meta { display: flex; align-items: center; justify-content: flex-end; flex-wrap: wrap; gap: 4px; font-size: 12px; color: var(--fd-muted); margin-top: 3px; }
.row.customer:not(.last, .pending, .failed) .meta { display: none; }
.meta button { min-height: 24px; padding: 0 6px; font-weight: 600; color: var(--link); text-decoration: underline; text-underline-offset: 2px; }
.tick .icon { width: 15px; height: 15px; display: block; }
.tick.seen { color: var(--link); }
.tick.failed { color: var(--warn); }
.problem { color: var(--warn); font-size: 13px; }
.problem:empty { display: none; }
.row.system { grid-template-columns: minmax(0, 1fr); margin-top: 14px; }
.row.system > * { grid-column: 1; justify-self: center; }
.row.system .bubble { background: none; padding: 0 12px; max-width: 100%; font-size: 13px; color: var(--fd-muted); text-align: center; }
.row.system .bubble strong { color: var(--fd-text); }
.row.system + .row { margin-top: 14px; }

.picture { display: block; margin: 2px -6px; }
.picture img { display: block; max-width: 100%; max-height: 240px; min-width: 48px; min-height: 48px; border-radius: 12px; background: #8882; object-fit: cover; }
.file { display: flex; align-items: center; gap: 10px; color: inherit; text-decoration: none; min-height: 36px; }
.file:hover bdi { text-decoration: underline; }
.file span, .label { display: flex; flex-direction: column; line-height: 1.35; min-width: 0; }
.choices { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 10px; }
.choices.centred { justify-content: center; }
.choice {
  padding: 6px 14px; min-height: 36px; border-radius: 18px; text-align: start; line-height: 1.35; color: var(--link); font-weight: 550; overflow-wrap: anywhere;
  box-shadow: inset 0 0 0 1px color-mix(in oklab, var(--fd-accent) 45%, var(--fd-surface));
}
.choice:hover { background: color-mix(in oklab, var(--fd-accent) 10%, var(--fd-surface)); }
.article { margin-top: 6px; padding: 10px 14px; border-radius: 14px; box-shadow: inset 0 0 0 1px var(--line); max-width: calc(100% - 28px); font-size: 14px; }
.source { display: flex; align-items: center; gap: 5px; font-size: 12px; color: var(--fd-muted); }
.source .icon { width: 14px; height: 14px; }
.title { font-weight: 600; overflow-wrap: anywhere; }
.feedback { display: flex; flex-wrap: wrap; align-items: center; gap: 6px; margin-top: 8px; padding-top: 7px; border-top: 1px solid var(--line); font-size: 13px; color: var(--fd-muted); min-height: 36px; }
.feedback span { margin-inline-end: auto; }
.feedback button { min-height: 28px; min-width: 44px; padding: 0 10px; border-radius: 14px; color: var(--fd-text); font-weight: 550; background: var(--soft); }
.feedback button:hover { color: var(--link); }
.feedback .icon { width: 16px; height: 16px; color: var(--link); }
.form { width: 100%; margin-top: 12px; padding: 14px; border-radius: 14px; background: var(--soft); display: grid; gap: 10px; font-size: 14px; }
.form legend, .form label { font-weight: 600; padding: 0; }
.stars { display: flex; gap: 2px; }
.form .stars { margin: 8px 0 0 -6px; }
.stars.small { margin-top: 6px; }
.star { position: relative; color: var(--fd-muted); }
.form .star { width: 40px; height: 40px; display: grid; place-items: center; cursor: pointer; border-radius: 10px; }
.form .star .icon { width: 28px; height: 28px; stroke-width: 1.5; }
.star.on { color: var(--gold); }
.star.on .icon { fill: currentColor; }
.star input { position: absolute; inset: 0; opacity: 0; margin: 0; cursor: pointer; }
.star:has(:focus-visible) { outline: 2px solid var(--link); }
.chosen { display: block; min-height: 1.5em; color: var(--fd-muted); font-size: 13px; }
.field { width: 100%; min-width: 0; padding: 8px 12px; border-radius: 10px; border: 1px solid color-mix(in oklab, var(--fd-muted) 70%, var(--fd-surface)); background: var(--fd-surface); resize: none; }
.field[aria-invalid] { border-color: var(--warn); }
.form .line { display: flex; gap: 8px; }
.primary { padding: 8px 16px; min-height: 38px; border-radius: 10px; background: var(--fd-accent); color: var(--fd-accent-text); font-weight: 600; flex: none; }
::placeholder { color: var(--fd-muted); opacity: 1; }

.typing { display: flex; align-items: center; gap: 8px; margin: 14px 0 0 36px; font-size: 13px; color: var(--fd-muted); }
.dots { display: flex; gap: 4px; padding: 11px 13px; border-radius: 18px; background: var(--soft); }
.dots i { width: 6px; height: 6px; border-radius: 50%; background: var(--fd-muted); animation: blink 1.2s infinite ease-in-out; }
.dots i:nth-child(2) { animation-delay: .15s; }
.dots i:nth-child(3) { animation-delay: .3s; }
@keyframes blink { 0%, 60%, 100% { opacity: .35; } 30% { opacity: 1; transform: translateY(-2px); } }

.bar { display: flex; align-items: center; gap: 10px; margin: 0 14px; min-height: 40px; }
.bar.queue { padding: 9px 12px; border-radius: 14px; background: color-mix(in oklab, var(--fd-accent) 10%, var(--fd-surface)); }
.where { flex: 1; display: flex; flex-direction: column; min-width: 0; font-size: 14px; line-height: 1.4; }
.where small { color: var(--fd-muted); }
.queue .where small { color: var(--fd-text); }
.where:empty { display: none; }
.bar.agent { color: var(--fd-muted); padding: 0 4px; }
.bar.agent .where { flex-direction: row; justify-content: space-between; gap: 8px; font-size: 13px; }
.handoff {
  display: inline-flex; align-items: center; gap: 6px; min-height: 34px; padding: 4px 13px 4px 10px; border-radius: 17px; font-size: 14px; font-weight: 550; flex: none;
  background: var(--fd-surface); box-shadow: inset 0 0 0 1px var(--line);
}
.handoff:hover { box-shadow: inset 0 0 0 1px var(--fd-muted); }
.handoff .icon { width: 17px; height: 17px; color: var(--link); }
.handoff[aria-disabled="true"] { color: var(--fd-muted); }
.composer { padding: 8px 12px calc(12px + env(safe-area-inset-bottom)); }
.composer > .problem { padding: 0 8px 6px; }
.composer .line {
  display: flex; align-items: flex-end; gap: 2px; padding: 4px; border-radius: 25px;
  border: 1px solid color-mix(in oklab, var(--fd-muted) 60%, var(--fd-surface)); transition: border-color .15s;
}
.composer .line:focus-within { border-color: var(--link); box-shadow: 0 0 0 1px var(--link); }
.composer textarea { flex: 1; min-width: 0; border: 0; outline: 0; background: none; resize: none; padding: 8px 4px; line-height: 24px; height: 40px; max-height: 132px; scrollbar-width: thin; }
.send { width: 40px; height: 40px; border-radius: 50%; display: grid; place-items: center; background: var(--fd-accent); color: var(--fd-accent-text); flex: none; transition: background .15s; }
.send[aria-disabled="true"] { background: var(--soft); color: var(--fd-muted); }
.tray { display: flex; flex-direction: column; gap: 6px; padding-bottom: 8px; max-height: 190px; overflow-y: auto; }
.upload { display: grid; grid-template-columns: auto minmax(0, 1fr) auto; align-items: center; gap: 2px 10px; padding: 6px; border-radius: 14px; background: var(--soft); font-size: 14px; }
.label bdi, .file bdi { overflow: hidden; text-overflow: ellipsis; }
.label bdi { white-space: nowrap; }
.label small { color: var(--fd-muted); }
.face { width: 44px; height: 44px; border-radius: 10px; display: grid; place-items: center; overflow: hidden; background: var(--fd-surface); grid-row: span 2; }
.face canvas { width: 100%; height: 100%; }
.upload button { width: 32px; height: 32px; border-radius: 50%; display: grid; place-items: center; color: var(--fd-muted); grid-area: 1 / 3; }
.upload button .icon { width: 17px; height: 17px; }
.upload progress { grid-area: 2 / 2; width: 100%; height: 4px; border-radius: 2px; accent-color: var(--fd-accent); }
.drop {
  position: absolute; inset: 10px; display: grid; place-items: center; border-radius: 14px; border: 2px dashed var(--link); pointer-events: none;
  background: color-mix(in oklab, var(--fd-surface) 92%, transparent); font-weight: 600;
}

@media (pointer: coarse) { .composer textarea, .field { font-size: 16px; } }
@media (prefers-reduced-motion: reduce) { *, *::before, *::after { animation: none !important; transition: none !important; } }
@media (forced-colors: active) { .bubble, .send, .launcher, .choice, .handoff, .article { border: 1px solid; } }
`;

/** A fresh stylesheet with all of it. */
export function sheet() {
  const style = new CSSStyleSheet();
  style.replaceSync(CSS);
  return style;
}
