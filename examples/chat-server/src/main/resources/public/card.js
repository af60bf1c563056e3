// A device on the page: a header with its state, its conversations, and one of them open.

import { Chat } from './chat.js';
import { directKey, isDirect, titleOf, top, unread } from './conversation.js';
import { Device } from './device.js';
import { avatar, clock, el, hue, reconcile, setText } from './dom.js';
import { systemText } from './words.js';

const STATUS = {
  offline: 'Offline',
  connecting: 'Connecting',
  unreachable: 'Server unreachable',
  'catching-up': 'Catching up',
  online: 'Online',
  replaced: 'Open elsewhere',
  revoked: 'Removed by the server',
};

export class Card {
  #page;
  #device;
  #frame = 0;
  #parts;
  #chat = null;
  #caughtUpAt = 0;
  #lastStatus = 'offline';

  constructor(identity, page) {
    this.identity = identity;
    this.wantsOnline = false;
    this.#page = page;
    this.#device = new Device(identity, () => this.#changed());
    this.#build();
    this.#render();
  }

  get status() {
    return this.#device.status;
  }

  goOnline() {
    this.wantsOnline = true;
    this.#device.goOnline();
    this.#page.remembered();
  }

  goOffline() {
    this.wantsOnline = false;
    this.#device.goOffline();
    this.#page.remembered();
  }

  #toggle() {
    if (this.#device.status === 'offline' || this.#device.status === 'replaced') {
      this.goOnline();
    } else {
      this.goOffline();
    }
  }

  #remove() {
    this.#device.forget();
    this.element.remove();
    this.#page.removed();
  }

  // ---- building ---------------------------------------------------------------------------------

  #build() {
    const { user, name } = this.identity;
    const parts = {
      status: el('span', { class: 'status', role: 'status' }),
      toggle: el('button', { type: 'button', class: 'toggle', onclick: () => this.#toggle() }),
      slow: el('button', {
        type: 'button', class: 'quiet', 'aria-pressed': 'false',
        title: 'Takes half a second over each page, so that you can watch a backlog drain',
        onclick: () => this.#slow(),
      }, 'Slow'),
      remove: el('button', {
        type: 'button', class: 'quiet', title: 'Remove this device', 'aria-label': `Remove ${user}’s ${name}`,
        onclick: () => this.#remove(),
      }, '✕'),
      progress: el('div', { class: 'progress', role: 'status' }),
      notice: el('p', { class: 'notice', role: 'alert', hidden: true }),
      list: el('ul', { class: 'conversations', 'aria-label': 'Conversations' }),
      empty: el('p', { class: 'empty' }, 'No conversation yet. Begin one below, or wait for a message.'),
      body: el('div', { class: 'body' }),
    };
    this.#parts = parts;
    parts.overview = el('section', { class: 'overview' }, parts.empty, parts.list, this.#beginnings());
    parts.body.append(parts.overview);
    const face = avatar(user);
    this.element = el('article', { class: 'card', 'aria-label': `${user}’s ${name}` },
      el('header', { class: 'card-top' },
        face,
        el('div', { class: 'who' }, el('h2', {}, user), el('p', {}, name, ' · ', parts.status)),
        parts.slow, parts.toggle, parts.remove),
      parts.progress, parts.notice, parts.body);
    this.element.style.setProperty('--hue', hue(user));
    this.element.dataset.user = user;
    this.element.dataset.name = name;
  }

  #beginnings() {
    const direct = el('form', { class: 'begin', autocomplete: 'off', onsubmit: (event) => this.#beginDirect(event) },
      el('label', {}, 'Write to',
        el('input', { name: 'user', required: true, maxlength: 60, placeholder: 'a user’s name', list: 'users' })),
      el('button', { class: 'primary' }, 'Open'));
    const group = el('form', { class: 'begin column', autocomplete: 'off', onsubmit: (event) => this.#beginGroup(event) },
      el('label', {}, 'Group', el('input', { name: 'title', required: true, maxlength: 100, placeholder: 'its title' })),
      el('label', {}, 'With', el('input', { name: 'members', placeholder: 'bob, carol' })),
      el('button', { class: 'primary' }, 'Create group'));
    return el('div', { class: 'beginnings' }, direct,
      el('details', {}, el('summary', {}, 'New group'), group));
  }

  // ---- doing ------------------------------------------------------------------------------------

  #slow() {
    this.#device.slow = !this.#device.slow;
    this.#parts.slow.setAttribute('aria-pressed', this.#device.slow);
  }

  #beginDirect(event) {
    event.preventDefault();
    const input = event.target.elements.user;
    const user = input.value.trim();
    if (user) {
      input.value = '';
      this.#open(directKey(this.identity.user, user));
    }
  }

  async #beginGroup(event) {
    event.preventDefault();
    const form = event.target;
    const members = form.elements.members.value.split(/[,;]/).map((name) => name.trim()).filter(Boolean);
    try {
      const key = await this.#device.createGroup(form.elements.title.value.trim(), members);
      form.reset();
      form.closest('details').open = false;
      this.#open(key);
    } catch (problem) {
      this.#tell('The group was not created: ' + problem.message + '.');
    }
  }

  #tell(text) {
    this.#device.notice = text;
    this.#changed();
  }

  #open(key) {
    this.#device.conversation(key);
    this.#chat = new Chat(this.#device, key, { close: () => this.#close(key), tell: (text) => this.#tell(text) });
    this.#parts.body.replaceChildren(this.#chat.element);
    this.#chat.render();
    this.#chat.focus();
    this.#changed();
  }

  #close(key) {
    this.#chat = null;
    this.#parts.body.replaceChildren(this.#parts.overview);
    this.#render();
    const item = [...this.#parts.list.children].find((child) => child.dataset.key === key);
    item?.querySelector('button').focus();
  }

  // ---- showing ----------------------------------------------------------------------------------

  #changed() {
    if (this.#frame === 0) {
      this.#frame = setTimeout(() => {
        this.#frame = 0;
        this.#render();
      }, 16);
    }
    this.#page.changed();
  }

  #render() {
    this.#renderState();
    if (this.#chat === null) {
      this.#renderList();
    } else {
      this.#chat.render();
    }
  }

  #renderState() {
    const device = this.#device;
    if (device.status === 'online' && this.#lastStatus !== 'online') {
      this.#caughtUpAt = Date.now();
    }
    this.#lastStatus = device.status;
    this.element.dataset.status = device.status;
    setText(this.#parts.status, STATUS[device.status]);
    const off = ['offline', 'replaced', 'revoked'].includes(device.status);
    setText(this.#parts.toggle, off ? 'Go online' : 'Go offline');
    this.#parts.toggle.disabled = device.status === 'revoked';
    setText(this.#parts.progress, this.#progress());
    const done = device.received / Math.max(1, device.received + device.left);
    this.#parts.progress.style.setProperty('--done', Math.round(100 * done) + '%');
    setText(this.#parts.notice, device.notice);
    this.#parts.notice.hidden = device.notice === '';
  }

  #progress() {
    const device = this.#device;
    const waiting = device.outbox.filter((item) => item.state !== 'failed').length;
    const outbox = waiting > 0 ? `${waiting} waiting to be sent` : '';
    if (device.status === 'catching-up') {
      return `Catching up: ${device.received} received, ${device.left} left`;
    }
    if (device.status === 'online') {
      const what = device.received > 0 ? ` · ${device.received} received since connecting` : '';
      return outbox || `Caught up ${clock(this.#caughtUpAt)}${what}`;
    }
    return outbox || (device.status === 'unreachable' ? 'Trying again by itself' : '');
  }

  #renderList() {
    const device = this.#device;
    const me = this.identity.user;
    const conversations = [...device.conversations.values()]
      .sort((one, other) => lastTime(device, other) - lastTime(device, one));
    this.#parts.empty.hidden = conversations.length > 0;
    reconcile(this.#parts.list, conversations.map((conversation) => [conversation.key, () => this.#item(conversation.key)]));
    conversations.forEach((conversation, index) => {
      const item = this.#parts.list.children[index];
      const count = unread(conversation, me);
      setText(item.querySelector('.name'), titleOf(conversation, me));
      setText(item.querySelector('.preview'), preview(device, conversation));
      const time = lastTime(device, conversation);
      setText(item.querySelector('time'), time ? clock(time) : '');
      const badge = item.querySelector('.badge');
      setText(badge, count > 0 ? String(count) : '');
      badge.setAttribute('aria-label', count > 0 ? `${count} new` : '');
    });
  }

  #item(key) {
    const title = titleOf(this.#device.conversation(key), this.identity.user);
    return el('li', {},
      el('button', { type: 'button', onclick: () => this.#open(key) },
        avatar(isDirect(key) ? title : '#' + title),
        el('span', { class: 'words' }, el('span', { class: 'name' }), el('span', { class: 'preview' })),
        el('span', { class: 'side' }, el('time'), el('span', { class: 'badge' }))));
  }
}

function lastTime(device, conversation) {
  const own = device.outbox.findLast((item) => item.conversation === conversation.key);
  return own?.composedAt ?? conversation.entries.at(-1)?.time ?? 0;
}

function preview(device, conversation) {
  const own = device.outbox.findLast((item) => item.conversation === conversation.key);
  if (own) {
    return own.text;
  }
  const last = conversation.entries.at(-1);
  if (!last) {
    return top(conversation) < conversation.head ? 'Not loaded yet' : 'No messages yet';
  }
  if (last.type !== 'message') {
    return systemText(last);
  }
  const name = last.sender === device.user ? 'You: ' : isDirect(conversation.key) ? '' : last.sender + ': ';
  return name + last.text;
}
