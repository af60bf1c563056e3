// One device: its own socket, its own memory, its own outbox. Knows nothing of the page.

import { Store } from './store.js';
import { apply, applyHistory, cutBeyond, newConversation, top } from './conversation.js';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 8000;
const SUBMITS_IN_FLIGHT = 32;
const SLOW_PAGE_MS = 500;
const LOGIN_AGAIN = 4401;
const REPLACED = 4409;
const REVOKED = 4410;
const DEVICE_LIMIT = 4411;
const CURSOR_INVALID = 4412;

export class Device {
  #store;
  #changed;
  #socket = null;
  #token;
  #cursor;
  #failures = 0;
  #timer = 0;
  #requests = new Map();
  #blocked = new Set();
  #welcomed = false;
  #dirty = new Set();

  // offline, connecting, unreachable, catching-up, online, replaced, revoked
  status = 'offline';
  retryAt = 0;
  received = 0;
  notice = '';
  slow = false;

  constructor({ user, device, name }, changed) {
    this.user = user;
    this.device = device;
    this.name = name;
    this.#changed = changed;
    this.#store = new Store(user, device);
    const kept = this.#store.load();
    this.#token = kept.token;
    this.#cursor = kept.cursor;
    this.conversations = kept.conversations;
    this.outbox = kept.outbox;
  }

  // ---- what a person does -----------------------------------------------------------------------

  goOnline() {
    if (this.#socket === null && this.status !== 'connecting') {
      this.#failures = 0;
      this.#connect();
    }
  }

  goOffline() {
    clearTimeout(this.#timer);
    this.#set('offline');
    this.#drop();
  }

  // The device is given up: the server forgets it, and so does the page.
  forget() {
    if (this.#welcomed) {
      this.#send({ type: 'forget', id: newId() });
    }
    this.goOffline();
    this.#store.forget();
  }

  conversation(key) {
    let conversation = this.conversations.get(key);
    if (!conversation) {
      conversation = newConversation(key);
      this.conversations.set(key, conversation);
    }
    return conversation;
  }

  // Writes a message, online or not. It is in the outbox before anything else happens.
  submit(key, text) {
    this.conversation(key);
    this.#keep(key);
    this.outbox.push({ id: newId(), conversation: key, text, composedAt: Date.now(), state: 'queued' });
    this.#store.saveOutbox(this.outbox);
    this.#flush();
    this.#changed();
  }

  // Takes a refused message out of the outbox.
  discard(id) {
    this.outbox = this.outbox.filter((item) => item.id !== id);
    this.#store.saveOutbox(this.outbox);
    this.#changed();
  }

  async createGroup(title, members) {
    const key = 'g' + newId();
    await this.#change('create', key, { title, members });
    return key;
  }

  add(key, user) {
    return this.#change('add', key, { users: [user] });
  }

  remove(key, user) {
    return this.#change('remove', key, { users: [user] });
  }

  rename(key, title) {
    return this.#change('rename', key, { title });
  }

  async members(key) {
    return (await this.#request('members', { conversation: key })).members;
  }

  // Fetches what came before a number.
  async history(key, before) {
    const answer = await this.#request('history', { conversation: key, before, limit: 50 });
    applyHistory(this.conversation(key), before, answer.entries.map(bare), answer.more, this.user);
    this.#keep(key);
    this.#changed();
  }

  markSeen(key) {
    const conversation = this.conversations.get(key);
    if (conversation && conversation.seen < top(conversation)) {
      conversation.seen = top(conversation);
      this.#keep(key);
    }
  }

  // How many entries are known to be still on their way.
  get left() {
    let left = 0;
    for (const conversation of this.conversations.values()) {
      left += Math.max(0, (conversation.expected ?? 0) - top(conversation));
    }
    return left;
  }

  get connected() {
    return this.#welcomed;
  }

  // ---- the connection ---------------------------------------------------------------------------

  async #connect() {
    clearTimeout(this.#timer);
    this.#set(this.#failures === 0 ? 'connecting' : 'unreachable');
    if (!this.#token && !(await this.#login())) {
      return;
    }
    const socket = new WebSocket(location.origin.replace(/^http/, 'ws') + '/socket');
    this.#socket = socket;
    const inbox = { frames: [], busy: false };
    socket.onopen = () => {
      const hello = { type: 'hello', user: this.user, device: this.device, token: this.#token };
      socket.send(JSON.stringify(this.#cursor ? { ...hello, cursor: this.#cursor } : hello));
    };
    socket.onmessage = (event) => {
      inbox.frames.push(JSON.parse(event.data));
      this.#drain(socket, inbox);
    };
    socket.onclose = (event) => this.#closed(socket, event.code);
  }

  // A real page would send a password here, or be signed in already.
  async #login() {
    const failed = () => {
      if (this.status !== 'offline') {
        this.#retry();
      }
      return false;
    };
    try {
      const answer = await fetch('/login', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ user: this.user, device: this.device, name: this.name }),
      });
      const body = await answer.json();
      if (!answer.ok) {
        this.notice = body.detail;
        if (body.retry === 'NEVER') {
          this.#set('offline');
          return false;
        }
        return failed();
      }
      this.#token = body.token;
      this.#store.saveState(this.#token, this.#cursor);
      return this.status !== 'offline';
    } catch {
      return failed();
    }
  }

  #closed(socket, code) {
    if (socket !== this.#socket) {
      return;
    }
    this.#drop();
    if (code === LOGIN_AGAIN) {
      this.#token = undefined;
    } else if (code === CURSOR_INVALID) {
      this.#cursor = undefined;
    } else if (code === REPLACED) {
      this.#set('replaced');
      return;
    } else if (code === REVOKED || code === DEVICE_LIMIT) {
      this.#store.forget();
      this.#set('revoked');
      return;
    }
    this.#retry();
  }

  #retry() {
    const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#failures);
    const pause = longest * (0.5 + Math.random() / 2);
    this.#failures++;
    this.retryAt = Date.now() + pause;
    this.#set('unreachable');
    this.#timer = setTimeout(() => this.#connect(), pause);
  }

  // Forgets the socket and takes back what was not answered: it will be sent again, with its id.
  #drop() {
    const socket = this.#socket;
    this.#socket = null;
    this.#welcomed = false;
    this.#blocked.clear();
    socket?.close();
    this.outbox.forEach((item) => {
      if (item.state === 'sent') {
        item.state = 'queued';
      }
    });
    const waiting = [...this.#requests.values()];
    this.#requests.clear();
    waiting.forEach((request) => request.reject(new Error('the connection was lost')));
    this.#changed();
  }

  #send(frame) {
    this.#socket.send(JSON.stringify(frame));
  }

  #request(type, fields) {
    if (!this.#welcomed) {
      return Promise.reject(new Error('this device is offline'));
    }
    const id = newId();
    return new Promise((resolve, reject) => {
      this.#requests.set(id, { resolve, reject });
      this.#send({ type, id, ...fields });
    });
  }

  async #change(type, key, fields) {
    const answer = await this.#request(type, { conversation: key, ...fields });
    const known = this.conversation(key).entries.some((entry) => entry.seq === answer.seq);
    if (!known && this.#welcomed) {
      await this.history(key, answer.seq + 1);
    }
    return answer;
  }

  // ---- what the server says ---------------------------------------------------------------------

  // One frame after the other. A slow device takes its time over each page; the server notices
  // that nothing is acknowledged, and waits.
  async #drain(socket, inbox) {
    if (inbox.busy) {
      return;
    }
    inbox.busy = true;
    while (inbox.frames.length > 0 && socket === this.#socket) {
      const frame = inbox.frames.shift();
      if (frame.type === 'page') {
        await new Promise((resolve) => setTimeout(resolve, this.slow ? SLOW_PAGE_MS : 10));
      }
      if (socket === this.#socket) {
        this.#handle(frame);
      }
    }
    inbox.busy = false;
  }

  #handle(frame) {
    switch (frame.type) {
      case 'welcome':
        this.#welcomed = true;
        this.#failures = 0;
        this.notice = '';
        this.received = 0;
        this.conversations.forEach((conversation) => delete conversation.expected);
        this.#set('catching-up');
        this.#flush();
        break;
      case 'snapshot':
        this.#snapshot(frame);
        break;
      case 'page':
        frame.entries.forEach((entry) => this.#apply(entry));
        this.received += frame.entries.filter((entry) => entry.seq).length;
        this.#acknowledge(frame.cursor);
        break;
      case 'caught-up':
        this.conversations.forEach((conversation) => delete conversation.expected);
        this.#acknowledge(frame.cursor);
        this.#set('online');
        break;
      case 'accepted':
      case 'history':
      case 'members':
        this.#answered(frame);
        break;
      case 'refused':
      case 'error':
        this.#refused(frame);
        break;
      default: // 'ended' is followed by a close; anything else is of a newer server
    }
    this.#changed();
  }

  #apply(entry) {
    if (!entry.conversation) {
      return;
    }
    const conversation = this.conversation(entry.conversation);
    if (entry.type === 'gap') {
      conversation.head = Math.max(conversation.head, entry.to);
    } else {
      apply(conversation, bare(entry), this.user);
      this.#leaveOutbox(entry);
    }
    this.#dirty.add(entry.conversation);
  }

  // An own message that came back through the inbox was accepted, even if that answer was lost.
  #leaveOutbox(entry) {
    if (entry.type === 'message' && entry.sender === this.user) {
      const before = this.outbox.length;
      this.outbox = this.outbox.filter((item) => item.id !== entry.id || item.conversation !== entry.conversation);
      if (this.outbox.length < before) {
        this.#store.saveOutbox(this.outbox);
        // as if it was answered: its answer will find nothing in the outbox
        this.#resumeWhenAnswered(entry.conversation);
        this.#flush();
      }
    }
  }

  #snapshot(frame) {
    for (const summary of frame.conversations) {
      const conversation = this.conversation(summary.conversation);
      if (frame.reason === 'STORE_LOST_WRITES') {
        cutBeyond(conversation, summary.head);
        this.notice = 'The server lost data and was reset; this device follows it.';
      }
      conversation.title = summary.title || conversation.title;
      conversation.member = summary.member;
      conversation.head = Math.max(conversation.head, summary.head);
      if (frame.reason === 'REQUESTED') {
        conversation.expected = summary.head;
      } else {
        summary.latest.forEach((entry) => apply(conversation, bare(entry), this.user));
      }
      this.#dirty.add(summary.conversation);
    }
    if (frame.last && frame.reason !== 'REQUESTED') {
      this.#acknowledge(frame.cursor);
    }
  }

  // Kept first, then acknowledged.
  #acknowledge(cursor) {
    this.#dirty.forEach((key) => this.#keep(key));
    this.#dirty.clear();
    this.#cursor = cursor;
    this.#store.saveState(this.#token, cursor);
    this.#send({ type: 'ack', id: newId(), cursor });
  }

  #answered(frame) {
    const at = this.outbox.findIndex((item) => item.id === frame.id);
    if (at >= 0) {
      const item = this.outbox[at];
      const entry = { type: 'message', seq: frame.seq, time: frame.time, sender: this.user, id: item.id, kind: 'text', text: item.text };
      apply(this.conversation(item.conversation), entry, this.user);
      this.#keep(item.conversation);
      this.outbox.splice(at, 1);
      this.#store.saveOutbox(this.outbox);
      this.#resumeWhenAnswered(item.conversation);
      this.#flush();
    } else {
      this.#requests.get(frame.id)?.resolve(frame);
      this.#requests.delete(frame.id);
    }
  }

  #refused(frame) {
    const item = this.outbox.find((each) => each.id === frame.id);
    if (!item) {
      const request = this.#requests.get(frame.id);
      this.#requests.delete(frame.id);
      request?.reject(new Error(frame.detail));
    } else if (frame.retry === 'NEVER') {
      if (frame.code !== 'SESSION_ENDED') {
        item.state = 'failed';
        item.refusal = frame.detail;
        this.#store.saveOutbox(this.outbox);
      }
      this.#resumeWhenAnswered(item.conversation);
      this.#flush();
    } else {
      item.state = 'queued';
      this.notice = frame.code === 'PREDECESSOR_REFUSED' ? this.notice : frame.detail;
      this.#blocked.add(item.conversation);
      this.#resumeWhenAnswered(item.conversation);
    }
  }

  // After a refusal that may pass: once everything of the conversation that was sent is answered,
  // the queue begins again at its first message, so that the order stays.
  #resumeWhenAnswered(key) {
    const waiting = this.outbox.some((item) => item.conversation === key && item.state === 'sent');
    if (!this.#blocked.has(key) || waiting) {
      return;
    }
    const socket = this.#socket;
    setTimeout(() => {
      if (socket === this.#socket && this.#blocked.delete(key)) {
        this.notice = '';
        const first = this.outbox.find((item) => item.conversation === key && item.state === 'queued');
        if (first) {
          this.#send({ type: 'resume', id: newId(), conversation: key, first: first.id });
        }
        this.#flush();
      }
    }, 1000);
  }

  #flush() {
    if (!this.#welcomed) {
      return;
    }
    let inFlight = this.outbox.filter((item) => item.state === 'sent').length;
    for (const item of this.outbox) {
      if (inFlight >= SUBMITS_IN_FLIGHT) {
        break;
      }
      if (item.state === 'queued' && !this.#blocked.has(item.conversation)) {
        item.state = 'sent';
        inFlight++;
        this.#send({ type: 'submit', id: item.id, conversation: item.conversation, text: item.text, composedAt: item.composedAt });
      }
    }
  }

  // ---- helpers ----------------------------------------------------------------------------------

  #keep(key) {
    const { expected, ...kept } = this.conversation(key);
    try {
      this.#store.saveConversation(kept);
    } catch {
      this.notice = 'The browser’s storage is full: this device forgets what it got when the page is closed.';
    }
  }

  #set(status) {
    this.status = status;
    this.#changed();
  }
}

// An entry without what its place says already.
function bare(entry) {
  const { conversation, ...rest } = entry;
  return rest;
}

// A UUID of version 7: begins with the time, so that the server's index on it stays dense.
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  let time = Date.now();
  for (let i = 5; i >= 0; i--) {
    bytes[i] = time % 256;
    time = Math.floor(time / 256);
  }
  bytes[6] = 0x70 | (bytes[6] & 0x0f);
  bytes[8] = 0x80 | (bytes[8] & 0x3f);
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
