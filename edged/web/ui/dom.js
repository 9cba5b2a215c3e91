// Building elements, and changing only what has changed.

const SVG = "http://www.w3.org/2000/svg";

// element("p.quiet", {title: "…"}, child, …); attributes that are null are left out.
export function element(kind, attributes = {}, ...children) {
  const [tag, ...classes] = kind.split(".");
  const made = document.createElement(tag);
  if (classes.length > 0) made.className = classes.join(" ");
  for (const [name, value] of Object.entries(attributes)) setAttribute(made, name, value);
  made.append(...children);
  return made;
}

export function svg(path) {
  const made = document.createElementNS(SVG, "svg");
  made.setAttribute("viewBox", "0 0 24 24");
  made.setAttribute("class", "icon");
  made.setAttribute("aria-hidden", "true");
  made.innerHTML = path;
  return made;
}

export function setText(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

// What stands between backticks is to be typed, and looks like it.
export function setSentence(target, text) {
  if (target.dataset.text === text) return;
  target.dataset.text = text;
  target.replaceChildren(...text.split("`").map((part, place) => (place % 2 ? element("code", {}, part) : part)));
}

export function setAttribute(target, name, value) {
  if (value === null || value === undefined || value === false) target.removeAttribute(name);
  else if (target.getAttribute(name) !== String(value)) target.setAttribute(name, String(value));
}

// Puts the children in this order, moving only what is out of place: focus and pointer stay where they are.
export function arrange(parent, children) {
  const wanted = new Set(children);
  for (const child of [...parent.children]) if (!wanted.has(child)) child.remove();
  children.forEach((child, place) => {
    if (parent.children[place] !== child) parent.insertBefore(child, parent.children[place] ?? null);
  });
}
