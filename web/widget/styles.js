/** Constructable: a page's content policy needs no exception for it. */

const DARK = `
  --fd-accent: #4fc3ae; --fd-accent-text: #05231d; --fd-surface: #15181c; --fd-text: #e9ecef; --fd-muted: #a3adb7;
  --soft: #22272d; --line: #323940; --warn: #ff9d8f; --gold: #f2b84b; --link: color-mix(in oklab, var(--fd-accent) 65%, white);
  color-scheme: dark;
`;

const CSS = `
:host {
  all: initial;
  --fd-accent: #0b6b5d; --fd-accent-text: #fff; --fd-surface: #fff; --fd-text: #1a1f24; --fd-muted: #59636e;
  --fd-radius: 20px; --fd-z-index: 2147483000; --fd-bottom: 20px; --fd-side: 20px;
  --fd-font: system-ui, "PingFang SC", "Microsoft YaHei", sans-serif;
  --soft: #f1f4f5; --line: #dfe4e8; --warn: #b3261e; --gold: #a86400; --link: var(--fd-accent);
  color-scheme: light; position: fixed; z-index: var(--fd-z-index); bottom: calc(var(--fd-bottom) + env(safe-area-inset-bottom)); right: var(--fd-side);
  display: flex; flex-direction: column; align-items: flex-end; gap: 16px; pointer-events: none;
  font: 15px/1.5 var(--fd-font); color: var(--fd-text);
}
@media (prefers-color-scheme: dark) { :host(:not([data-theme=light])) { ${DARK} } }
:host([data-theme=dark]) { ${DARK} }
:host([data-position=left]) { right: auto; left: var(--fd-side); align-items: flex-start; }
* { box-sizing: border-box; }
[hidden] { display: none !important; }
p, h2, ul, ol, fieldset { margin: 0; padding: 0; border: 0; }
button, input, textarea { font: inherit; color: inherit; }
button { border: 0; padding: 0; background: none; cursor: pointer; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
.composer textarea { outline: none; }
.icon { width: 20px; height: 20px; flex: none; fill: none; stroke: currentColor; stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
small, .small { font-size: 13px; }
.muted, time { color: var(--fd-muted); }
.round { width: 40px; height: 40px; border-radius: 50%; display: grid; place-items: center; flex: none; }
.tool { color: var(--fd-muted); }
.tool:hover { background: var(--soft); }
.launcher, .primary, .send, .agent.avatar, .customer .bubble, .jump { background: var(--fd-accent); color: var(--fd-accent-text); }

.launcher, .panel { pointer-events: auto; position: relative; }
.launcher { width: 58px; height: 58px; box-shadow: 0 8px 24px -6px #0006; }
.launcher .icon { width: 27px; height: 27px; }
.launcher:not(.opened) .i-down, .opened .i-chat { display: none; }
.badge {
  position: absolute; top: -3px; right: -3px; min-width: 22px; padding: 0 6px; border-radius: 11px; box-shadow: 0 0 0 2px var(--fd-surface);
  background: #c62828; color: #fff; font-size: 12px; font-weight: 600; line-height: 22px;
}
.panel {
  width: 392px; height: min(680px, calc(100dvh - var(--fd-bottom) - 98px)); display: flex; flex-direction: column; overflow: hidden; animation: rise .2s;
  background: var(--fd-surface); border-radius: var(--fd-radius); box-shadow: 0 0 0 1px var(--line), 0 20px 56px -12px #0006;
}
.full { position: fixed; inset: 0; width: 100%; height: 100dvh; border-radius: 0; padding-top: env(safe-area-inset-top); }
.full + .opened { display: none; }
@keyframes rise { from { opacity: 0; transform: translateY(12px); } }
header { display: flex; align-items: center; gap: 12px; padding: 14px 12px 14px 18px; border-bottom: 1px solid var(--line); }
.heading { flex: 1; min-width: 0; line-height: 1.4; }
h2 { font-size: 16px; font-weight: 600; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.subtitle, .name { display: flex; align-items: center; gap: 6px; font-size: 13px; }
.avatar { background: color-mix(in oklab, var(--fd-accent) 14%, var(--fd-surface)); color: var(--link); font-weight: 600; }
.tag { padding: 0 6px; border-radius: 5px; border: 1px solid var(--line); color: var(--fd-muted); font-size: 11px; line-height: 17px; font-weight: 600; }
.connection { font-size: 13px; text-align: center; background: color-mix(in oklab, var(--gold) 16%, var(--fd-surface)); }
.connection:not(:empty) { padding: 6px 16px; }
.banners p { margin: 0; padding: 8px 16px; border-bottom: 1px solid var(--line); font-size: 13.5px; background: color-mix(in oklab, var(--gold) 16%, var(--fd-surface)); overflow-wrap: anywhere; }

.scroller { flex: 1; min-height: 0; position: relative; }
.log { height: 100%; overflow-y: auto; overscroll-behavior: contain; overflow-anchor: none; scrollbar-width: thin; padding: 18px 16px 12px; }
.log:focus-visible { outline-offset: -3px; }
.intro { text-align: center; padding: 14px 20px 10px; color: var(--fd-muted); }
.intro .avatar { width: 52px; height: 52px; margin: 0 auto 10px; }
.intro h3 { color: var(--fd-text); font-size: 17px; margin: 0; }
.more { display: block; margin: 0 auto 12px; }
.pill { font-size: 14px; font-weight: 600; border-radius: 18px; padding: 4px 14px; min-height: 36px; border: 1px solid var(--line); line-height: 1.4; text-align: start; overflow-wrap: anywhere; }
.pill:hover { border-color: var(--link); }
.pill .icon { width: 17px; height: 17px; color: var(--link); vertical-align: -3px; margin-inline-end: 6px; }
.jump { position: absolute; bottom: 10px; left: 50%; transform: translateX(-50%); }
.row { display: flex; flex-direction: column; align-items: flex-start; margin-top: 4px; }
.row > * { max-width: calc(100% - 64px); }
.row > .choices { max-width: calc(100% - 36px); }
.row:is(.bot, .agent) > :not(.day, .name) { margin-inline-start: 36px; }
.day { align-self: center; font-size: 12px; color: var(--fd-muted); margin: 4px 0 8px; }
.first { margin-top: 16px; }
.row .avatar { width: 28px; height: 28px; }
.row .avatar .icon { width: 17px; height: 17px; }
.name { font-weight: 600; margin-bottom: 4px; }
.name bdi, .file bdi { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
time { font-size: 12px; font-weight: 400; }
.bubble { padding: 10px 14px; border-radius: 6px 18px 18px; background: var(--soft); overflow-wrap: anywhere; }
.bubble > * + *, .text > * + * { margin-top: 8px; }
.text :is(ul, ol) { padding-left: 20px; }
.text a { color: var(--link); }
.row.customer { align-items: flex-end; }
.customer .bubble { border-radius: 18px 18px 6px; }
.customer .text { white-space: pre-wrap; }
.row.failed .bubble { background: none; color: var(--fd-text); border: 1px solid var(--warn); }
.meta { display: flex; align-items: center; flex-wrap: wrap; gap: 4px; margin-top: 3px; }
.meta .icon { width: 15px; height: 15px; color: var(--link); display: block; }
.meta .pill { border: 0; padding: 0 6px; min-height: 24px; color: var(--link); }
.customer:not(.last, .sending, .failed) .meta { display: none; }
.problem { color: var(--warn); font-size: 13px; }
.problem:empty { display: none; }
.row.system { align-items: center; margin-top: 14px; }
.row.system > * { max-width: 100%; }
.system .bubble { background: none; padding: 0 12px; font-size: 13px; color: var(--fd-muted); text-align: center; }

.picture { display: block; margin: 2px -6px; }
img { display: block; max-width: 100%; max-height: 240px; min-width: 48px; min-height: 48px; border-radius: 12px; object-fit: cover; }
.file { display: flex; align-items: center; gap: 10px; min-height: 36px; color: inherit; }
.file span { flex: 1; min-width: 0; display: grid; line-height: 1.4; }
.choices { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 10px; }
.choices .pill { color: var(--link); }
.article { margin-top: 6px; padding: 10px 14px; border-radius: 14px; border: 1px solid var(--line); font-size: 14px; overflow-wrap: anywhere; }
.feedback { display: flex; flex-wrap: wrap; align-items: center; gap: 6px; margin-top: 6px; }
.feedback .pill { min-height: 28px; padding: 0 12px; color: var(--fd-text); }
.feedback span { flex: 1; }
form { display: grid; }
.form { width: 100%; margin-top: 12px; padding: 14px; border-radius: 14px; background: var(--soft); gap: 10px; font-size: 14px; }
legend, label { font-weight: 600; padding: 0; }
.stars { display: flex; margin: 6px 0 0 -6px; }
.star { position: relative; color: var(--fd-muted); }
.form .star { padding: 6px; }
.form .star .icon { width: 28px; height: 28px; display: block; }
.on { color: var(--gold); }
.on .icon { fill: currentColor; }
.star input { position: absolute; inset: 0; opacity: 0; margin: 0; }
.star:has(:focus-visible) { outline: 2px solid var(--link); }
.field { flex: 1; width: 100%; min-width: 0; padding: 8px 12px; border-radius: 10px; border: 1px solid var(--fd-muted); background: var(--fd-surface); resize: none; }
.line { display: flex; gap: 8px; }
.primary { padding: 8px 16px; border-radius: 10px; font-weight: 600; }
::placeholder { color: var(--fd-muted); opacity: 1; }

.typing { display: flex; align-items: center; gap: 4px; margin: 14px 0 0 36px; }
.typing i { width: 6px; height: 6px; border-radius: 50%; background: var(--fd-muted); animation: blink 1.2s infinite; }
.typing i:nth-child(2) { animation-delay: .15s; }
.typing i:nth-child(3) { animation-delay: .3s; margin-inline-end: 6px; }
@keyframes blink { 30% { opacity: .3; transform: translateY(-2px); } }

.bar { display: flex; flex-wrap: wrap; align-items: center; gap: 10px; margin: 0 14px; min-height: 40px; }
.bar.queue { padding: 9px 12px; border-radius: 14px; background: color-mix(in oklab, var(--fd-accent) 10%, var(--fd-surface)); }
.where { flex: 1 1 180px; display: grid; font-size: 14px; line-height: 1.4; }
.bar.bot .where { display: none; }
.bar.agent { font-size: 13px; color: var(--fd-muted); }
.handoff { background: var(--fd-surface); flex: none; }
[aria-disabled=true] { color: var(--fd-muted); cursor: default; }
.send[aria-disabled=true] { background: var(--soft); color: var(--fd-muted); }
.composer { padding: 8px 12px calc(12px + env(safe-area-inset-bottom)); gap: 6px; }
.composer .line { align-items: flex-end; gap: 2px; padding: 4px; border-radius: 25px; border: 1px solid var(--fd-muted); }
.composer .line:focus-within { border-color: var(--link); box-shadow: 0 0 0 1px var(--link); }
.composer textarea { flex: 1; min-width: 0; border: 0; background: none; resize: none; padding: 8px 4px; line-height: 24px; max-height: 132px; }
.upload { padding: 6px; border-radius: 14px; background: var(--soft); margin-bottom: 6px; }
canvas { width: 44px; height: 44px; border-radius: 10px; object-fit: cover; display: block; }
progress { width: 72px; height: 4px; accent-color: var(--fd-accent); }
.drop { position: absolute; inset: 10px; display: grid; place-items: center; border-radius: 14px; border: 2px dashed var(--link); background: var(--fd-surface); pointer-events: none; }

@media (pointer: coarse) { textarea, .field { font-size: 16px !important; } }
@media (prefers-reduced-motion) { * { animation: none !important; } }
@media (forced-colors: active) { .bubble, .round { border: 1px solid; } }
`;

export const sheet = new CSSStyleSheet();
sheet.replaceSync(CSS);
