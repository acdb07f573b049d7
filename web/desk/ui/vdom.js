/**
 * Views as functions of state: `h` describes DOM, `render` makes the page look like the description.
 *
 * Text only ever becomes text nodes, so nothing a customer writes can turn into markup. Nodes that stay are kept, so
 * focus, selection and an input method's composition survive every render.
 *
 * Props: `key` (identity among siblings), `on…` (listeners), `vars` (CSS custom properties, set through CSSOM because the
 * page's CSP refuses style attributes), `mount(node)` after insertion, `effect(node)` after every render, `remove(node)`
 * before removal; names in PROPERTIES are set as properties, everything else as attributes.
 */

const SVG = "http://www.w3.org/2000/svg";
const PROPERTIES = new Set(["value", "checked", "disabled", "selected", "indeterminate", "defaultValue"]);
const OWN = new Set(["key", "mount", "effect", "remove", "vars"]);
const TEXT = "#text";

export function h(tag, props, ...children) {
  return { tag, props: props ?? {}, key: props?.key, children: normalise(children), node: null };
}

/** Replaces what `container` shows by `children`. */
export function render(container, ...children) {
  const focused = document.activeElement;
  const effects = [];
  const next = normalise(children);
  reconcile(container, container.vnodes ?? [], next, false, effects);
  container.vnodes = next;
  for (const effect of effects) effect();
  if (
    focused &&
    focused !== document.activeElement &&
    focused.isConnected &&
    document.activeElement === document.body
  ) {
    focused.focus({ preventScroll: true });
  }
}

/** Flattens lists. What is absent keeps its place as an empty text, so that its siblings are not taken for it. */
function normalise(children, into = []) {
  for (const child of children) {
    if (Array.isArray(child)) normalise(child, into);
    else if (child === null || child === undefined || child === false || child === true) into.push(text(""));
    else if (typeof child === "object") into.push(child);
    else into.push(text(String(child)));
  }
  return into;
}

function text(data) {
  return { tag: TEXT, props: {}, key: undefined, children: [], node: null, data };
}

function reconcile(parent, before, after, svg, effects) {
  const keyed = new Map();
  const unkeyed = [];
  for (const vnode of before) {
    if (vnode.key === undefined) unkeyed.push(vnode);
    else keyed.set(vnode.key, vnode);
  }
  let position = 0;
  const matches = after.map((vnode) => {
    const candidate = vnode.key === undefined ? unkeyed[position++] : keyed.get(vnode.key);
    return candidate?.tag === vnode.tag ? candidate : null;
  });
  const kept = new Set(matches);
  for (const vnode of before) if (!kept.has(vnode)) discard(parent, vnode);
  let cursor = parent.firstChild;
  after.forEach((vnode, index) => {
    const old = matches[index];
    if (old) update(old, vnode, svg, effects);
    else create(vnode, svg, effects);
    if (vnode.node === cursor) cursor = cursor.nextSibling;
    else parent.insertBefore(vnode.node, cursor);
  });
}

function create(vnode, svg, effects) {
  if (vnode.tag === TEXT) {
    vnode.node = document.createTextNode(vnode.data);
    return;
  }
  const inSvg = svg || vnode.tag === "svg";
  vnode.node = inSvg ? document.createElementNS(SVG, vnode.tag) : document.createElement(vnode.tag);
  reconcile(vnode.node, [], vnode.children, inSvg, effects);
  setProps(vnode.node, {}, vnode.props);
  if (vnode.props.mount) effects.push(() => vnode.props.mount(vnode.node));
  if (vnode.props.effect) effects.push(() => vnode.props.effect(vnode.node));
}

function update(old, vnode, svg, effects) {
  if (old === vnode) return;
  vnode.node = old.node;
  if (vnode.tag === TEXT) {
    if (old.data !== vnode.data) vnode.node.data = vnode.data;
    return;
  }
  reconcile(vnode.node, old.children, vnode.children, svg || vnode.tag === "svg", effects);
  setProps(vnode.node, old.props, vnode.props);
  if (vnode.props.effect) effects.push(() => vnode.props.effect(vnode.node));
}

function discard(parent, vnode) {
  removing(vnode);
  parent.removeChild(vnode.node);
}

function removing(vnode) {
  vnode.props.remove?.(vnode.node);
  vnode.children.forEach(removing);
}

function setProps(node, old, next) {
  for (const name of Object.keys(old)) if (!(name in next)) setProp(node, name, undefined);
  for (const [name, value] of Object.entries(next)) {
    if (PROPERTIES.has(name) || old[name] !== value) setProp(node, name, value);
  }
  if (old.vars || next.vars) setVars(node, old.vars ?? {}, next.vars ?? {});
}

function setProp(node, name, value) {
  if (OWN.has(name)) return;
  if (name.startsWith("on")) listen(node, name.slice(2), value);
  else if (PROPERTIES.has(name)) {
    const wanted = value ?? "";
    if (node[name] !== wanted) node[name] = wanted;
  } else if (value === undefined || value === null || (value === false && !name.startsWith("aria-")))
    node.removeAttribute(name);
  else node.setAttribute(name, value === true && !name.startsWith("aria-") ? "" : String(value));
}

/** One DOM listener per event for the node's life; what it calls changes with each render. */
function listen(node, event, handler) {
  node.handlers ??= {};
  if (!(event in node.handlers)) node.addEventListener(event, (occurrence) => node.handlers[event]?.(occurrence));
  node.handlers[event] = handler;
}

function setVars(node, old, next) {
  for (const name of Object.keys(old)) if (!(name in next)) node.style.removeProperty(name);
  for (const [name, value] of Object.entries(next)) if (old[name] !== value) node.style.setProperty(name, value);
}
