// Small helpers to build and update elements. Text is only ever set as text, never as markup.

export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) {
      element.addEventListener(name.slice(2), value);
    } else if (value === true) {
      element.setAttribute(name, '');
    } else if (value !== false && value !== undefined) {
      element.setAttribute(name, value);
    }
  }
  element.append(...children);
  return element;
}

// Makes the children of an element the ones wanted: pairs of a key and a way to make the element.
// What is there already under its key stays as it is.
export function reconcile(parent, wanted) {
  const present = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  let next = parent.firstElementChild;
  for (const [key, make] of wanted) {
    let child = present.get(key);
    present.delete(key);
    if (child === undefined) {
      child = make();
      child.dataset.key = key;
    }
    if (child === next) {
      next = next.nextElementSibling;
    } else {
      parent.insertBefore(child, next);
    }
  }
  present.forEach((child) => child.remove());
}

export function setText(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

// A colour that belongs to a name.
export function hue(name) {
  let hash = 7;
  for (const character of name) {
    hash = (hash * 31 + character.codePointAt(0)) % 360;
  }
  return hash;
}

export function avatar(name) {
  const initial = [...name][0]?.toUpperCase() ?? '?';
  const element = el('span', { class: 'avatar', 'aria-hidden': 'true' }, initial);
  element.style.setProperty('--hue', hue(name));
  return element;
}

export function clock(millis) {
  return new Date(millis).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
}
