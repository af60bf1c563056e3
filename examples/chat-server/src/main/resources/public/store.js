// What one device remembers across reloads: its conversations, its outbox and its place.
// Everything is in localStorage, one item per conversation, so that a page of entries is kept
// before it is acknowledged.

const KEPT_ENTRIES = 400; // of each conversation; older ones are in the server's history

export class Store {
  #prefix;

  constructor(user, device) {
    this.#prefix = 'restante/' + JSON.stringify([user, device]) + '/';
  }

  load() {
    const state = this.#read('state') ?? {};
    const conversations = new Map();
    for (let i = 0; i < localStorage.length; i++) {
      const name = localStorage.key(i);
      if (name.startsWith(this.#prefix + 'c/')) {
        const conversation = JSON.parse(localStorage.getItem(name));
        conversations.set(conversation.key, conversation);
      }
    }
    return { token: state.token, cursor: state.cursor, conversations, outbox: this.#read('outbox') ?? [] };
  }

  saveState(token, cursor) {
    this.#write('state', { token, cursor });
  }

  saveOutbox(outbox) {
    this.#write('outbox', outbox.map((item) => ({ ...item, state: item.state === 'sent' ? 'queued' : item.state })));
  }

  saveConversation(conversation) {
    this.#write('c/' + conversation.key, {
      ...conversation,
      entries: conversation.entries.slice(-KEPT_ENTRIES),
    });
  }

  forget() {
    const names = [];
    for (let i = 0; i < localStorage.length; i++) {
      names.push(localStorage.key(i));
    }
    names.filter((name) => name.startsWith(this.#prefix)).forEach((name) => localStorage.removeItem(name));
  }

  #read(name) {
    const text = localStorage.getItem(this.#prefix + name);
    return text === null ? null : JSON.parse(text);
  }

  #write(name, value) {
    localStorage.setItem(this.#prefix + name, JSON.stringify(value));
  }
}
