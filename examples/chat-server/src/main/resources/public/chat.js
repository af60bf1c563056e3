// One conversation, open on one device.

import { isDirect, missingBefore, titleOf, top } from './conversation.js';
import { avatar, clock, el, hue, reconcile, setText } from './dom.js';
import { systemText } from './words.js';

const FIRST_SHOWN = 60;
const MORE_SHOWN = 60;
const BURST = 50;
const NEAR_PX = 60;

export class Chat {
  #device;
  #key;
  #card;
  #shown = FIRST_SHOWN;
  #loading = false;
  #atBottom = true;
  #parts;

  constructor(device, key, card) {
    this.#device = device;
    this.#key = key;
    this.#card = card;
    this.#build();
  }

  get #conversation() {
    return this.#device.conversation(this.#key);
  }

  focus() {
    this.#parts.input.focus({ preventScroll: true });
  }

  #build() {
    const parts = {
      title: el('h3'),
      log: el('ol', {
        class: 'log', tabindex: 0, role: 'log', 'aria-label': 'Messages', onscroll: () => this.#scrolled(),
      }),
      input: el('textarea', {
        name: 'text', rows: 1, 'aria-label': 'Message', placeholder: 'Message',
        onkeydown: (event) => this.#key_(event), oninput: () => this.#grow(),
      }),
      people: el('section', { class: 'people', hidden: true }),
      peopleButton: el('button', {
        type: 'button', class: 'quiet', 'aria-expanded': 'false', onclick: () => this.#togglePeople(),
      }, 'Members'),
    };
    this.#parts = parts;
    const back = el('button', { type: 'button', class: 'quiet', 'aria-label': 'Back to the conversations', onclick: () => this.#card.close() }, '‹');
    parts.composer = el('form', { class: 'composer', onsubmit: (event) => this.#submit(event) },
      parts.input,
      el('button', { type: 'button', class: 'quiet', title: `Send ${BURST} numbered messages`, onclick: () => this.#burst() }, `+${BURST}`),
      el('button', { class: 'primary' }, 'Send'));
    this.element = el('section', { class: 'chat', onkeydown: (event) => event.key === 'Escape' && this.#card.close() },
      el('header', { class: 'chat-top' }, back, parts.title, isDirect(this.#key) ? '' : parts.peopleButton),
      parts.people, parts.log, parts.composer);
  }

  // ---- writing ----------------------------------------------------------------------------------

  #key_(event) {
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      this.#parts.composer.requestSubmit();
    }
  }

  #submit(event) {
    event.preventDefault();
    const text = this.#parts.input.value.trim();
    if (text) {
      this.#parts.input.value = '';
      this.#grow();
      this.#atBottom = true;
      this.#device.submit(this.#key, text);
    }
  }

  #burst() {
    const from = this.#device.burst ?? 0;
    this.#device.burst = from + BURST;
    this.#atBottom = true;
    for (let i = 1; i <= BURST; i++) {
      this.#device.submit(this.#key, `Message ${from + i}`);
    }
  }

  #grow() {
    const input = this.#parts.input;
    input.style.height = 'auto';
    input.style.height = Math.min(input.scrollHeight + 2, 120) + 'px';
  }

  // ---- reading ----------------------------------------------------------------------------------

  render() {
    const conversation = this.#conversation;
    setText(this.#parts.title, titleOf(conversation, this.#device.user));
    this.#parts.composer.classList.toggle('closed', !conversation.member);
    this.#parts.input.disabled = !conversation.member;
    this.#parts.input.placeholder = conversation.member ? 'Message' : 'You are no longer in this group';
    this.#parts.composer.querySelectorAll('button').forEach((each) => (each.disabled = !conversation.member));
    this.#renderLog(conversation);
    if (document.visibilityState === 'visible') {
      this.#device.markSeen(this.#key);
    }
  }

  #renderLog(conversation) {
    const log = this.#parts.log;
    const fromBottom = log.scrollHeight - log.scrollTop;
    reconcile(log, this.#lines(conversation));
    log.scrollTop = this.#atBottom ? log.scrollHeight : log.scrollHeight - fromBottom;
    if (this.#atBottom && log.scrollHeight <= log.clientHeight + NEAR_PX) {
      this.#older();
    }
  }

  // What to show, as pairs of a key and a way to make the element: the newest entries, a line where
  // some are missing, and the outbox.
  #lines(conversation) {
    const lines = [];
    const outbox = this.#device.outbox.filter((item) => item.conversation === this.#key);
    const settled = this.#device.status === 'online' && outbox.every((item) => item.state === 'failed');
    const first = Math.max(0, conversation.entries.length - this.#shown);
    for (let i = first; i < conversation.entries.length; i++) {
      const entry = conversation.entries[i];
      const missing = missingBefore(conversation, i);
      if (missing > 0 && settled) {
        lines.push([`missing-${entry.seq}-${missing}`, () => this.#missing(entry.seq)]);
      }
      const joins = follows(conversation.entries[i - 1], entry);
      lines.push([`entry-${entry.seq}-${joins}`, () => this.#entry(entry, joins)]);
    }
    if (settled && conversation.head > top(conversation)) {
      lines.push([`missing-head-${conversation.head}`, () => this.#missing(conversation.head + 1)]);
    }
    const own = (entry) => entry?.type === 'message' && entry.sender === this.#device.user;
    outbox.forEach((item, index) => {
      const joins = index > 0 || own(conversation.entries.at(-1));
      lines.push([`outbox-${item.id}-${item.state === 'failed'}-${joins}`, () => this.#waiting(item, joins)]);
    });
    return lines;
  }

  #entry(entry, joins) {
    if (entry.type !== 'message') {
      return el('li', { class: 'system', 'data-seq': entry.seq }, systemText(entry));
    }
    const own = entry.sender === this.#device.user;
    const bubble = el('div', { class: 'bubble' });
    if (!own && !joins && !isDirect(this.#key)) {
      const name = el('span', { class: 'sender' }, entry.sender);
      name.style.setProperty('--hue', hue(entry.sender));
      bubble.append(name);
    }
    bubble.append(el('span', { class: 'text' }, entry.text), meta(clock(entry.time), own ? '✓' : '', 'accepted'));
    return el('li', { class: `message ${own ? 'own' : ''} ${joins ? 'joins' : ''}`, 'data-seq': entry.seq }, bubble);
  }

  #waiting(item, joins) {
    const failed = item.state === 'failed';
    const bubble = el('div', { class: 'bubble' },
      el('span', { class: 'text' }, item.text),
      failed ? '' : meta(clock(item.composedAt), '◷', 'waiting to be accepted'));
    if (failed) {
      bubble.append(el('p', { class: 'refusal' }, 'Refused: ' + item.refusal + ' ',
        el('button', { type: 'button', class: 'link', onclick: () => this.#device.discard(item.id) }, 'Remove')));
    }
    return el('li', { class: `message own ${failed ? 'failed' : 'pending'} ${joins ? 'joins' : ''}` }, bubble);
  }

  #missing(before) {
    return el('li', { class: 'system' },
      el('button', { type: 'button', class: 'link', onclick: () => this.#load(before) }, 'Load earlier messages'));
  }

  #scrolled() {
    const log = this.#parts.log;
    this.#atBottom = log.scrollHeight - log.scrollTop - log.clientHeight < NEAR_PX;
    if (log.scrollTop < NEAR_PX && log.scrollHeight > log.clientHeight) {
      this.#older();
    }
  }

  // Shows more of what the device has, and fetches what it has not.
  #older() {
    const conversation = this.#conversation;
    if (this.#shown < conversation.entries.length) {
      this.#shown += MORE_SHOWN;
      this.render();
    } else if (conversation.entries.length > 0 && missingBefore(conversation, 0) > 0) {
      this.#load(conversation.entries[0].seq);
    }
  }

  async #load(before) {
    if (this.#loading || !this.#device.connected) {
      return;
    }
    this.#loading = true;
    try {
      await this.#device.history(this.#key, before);
      this.#shown = Math.max(this.#shown, Math.min(this.#conversation.entries.length, this.#shown + MORE_SHOWN));
      this.#loading = false;
      this.render();
    } catch (problem) {
      this.#loading = false;
      this.#card.tell('Earlier messages were not loaded: ' + problem.message + '.');
    }
  }

  // ---- members ----------------------------------------------------------------------------------

  #togglePeople() {
    const open = this.#parts.people.hidden;
    this.#parts.people.hidden = !open;
    this.#parts.peopleButton.setAttribute('aria-expanded', open);
    if (open) {
      this.#showPeople();
    }
  }

  async #showPeople() {
    try {
      const members = await this.#device.members(this.#key);
      const remove = (user) => el('button', { type: 'button', class: 'link', onclick: () => this.#change(this.#device.remove(this.#key, user)) },
        user === this.#device.user ? 'Leave' : 'Remove');
      this.#parts.people.replaceChildren(
        el('ul', {}, ...members.map(({ user, role }) =>
          el('li', {}, avatar(user), el('span', { class: 'name' }, user), el('span', { class: 'role' }, role.toLowerCase()), remove(user)))),
        el('form', { class: 'begin', autocomplete: 'off', onsubmit: (event) => this.#add(event) },
          el('label', {}, 'Add', el('input', { name: 'user', required: true, maxlength: 60, list: 'users', placeholder: 'a user’s name' })),
          el('button', {}, 'Add')),
        el('form', { class: 'begin', autocomplete: 'off', onsubmit: (event) => this.#rename(event) },
          el('label', {}, 'Title', el('input', { name: 'title', required: true, maxlength: 100, value: this.#conversation.title })),
          el('button', {}, 'Rename')));
    } catch (problem) {
      this.#parts.people.replaceChildren(el('p', {}, 'Not available: ' + problem.message + '.'));
    }
  }

  #add(event) {
    event.preventDefault();
    this.#change(this.#device.add(this.#key, event.target.elements.user.value.trim()));
  }

  #rename(event) {
    event.preventDefault();
    this.#change(this.#device.rename(this.#key, event.target.elements.title.value.trim()));
  }

  async #change(change) {
    try {
      await change;
      this.#card.tell('');
    } catch (problem) {
      this.#card.tell('Not done: ' + problem.message + '.');
    }
    if (!this.#parts.people.hidden) {
      await this.#showPeople();
    }
  }
}

// Whether a message continues its predecessor: same sender, within two minutes.
function follows(previous, entry) {
  return previous?.type === 'message' && entry.type === 'message'
    && previous.sender === entry.sender && entry.time - previous.time < 120_000;
}

function meta(time, tick, title) {
  const line = el('span', { class: 'meta' }, time);
  if (tick) {
    line.append(' ', el('span', { class: 'tick', role: 'img', 'aria-label': title, title }, tick));
  }
  return line;
}
