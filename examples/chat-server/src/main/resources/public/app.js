// The page: which devices there are, and what all of them have in common.

import { Card } from './card.js';
import { newId } from './device.js';

const CARDS = 'restante/cards';
const START = [
  { user: 'alice', name: 'phone' },
  { user: 'alice', name: 'laptop' },
  { user: 'bob', name: 'phone' },
];

const byId = (id) => document.getElementById(id);
const cards = [];

function remember() {
  const list = cards.map((card) => ({ ...card.identity, online: card.wantsOnline }));
  localStorage.setItem(CARDS, JSON.stringify(list));
  byId('welcome').hidden = cards.length > 0;
  const users = [...new Set(cards.map((card) => card.identity.user))];
  byId('users').replaceChildren(...users.map((user) => Object.assign(document.createElement('option'), { value: user })));
}

function add(identity, online) {
  const card = new Card(identity, {
    changed: showServer,
    remembered: remember,
    removed: () => {
      cards.splice(cards.indexOf(card), 1);
      remember();
      showServer();
    },
    knownUsers: () => [...new Set(cards.map((each) => each.identity.user))],
  });
  cards.push(card);
  byId('cards').append(card.element);
  if (online) {
    card.goOnline();
  }
}

function addNew(user, name) {
  add({ user, name, device: name + '-' + newId().slice(-8) }, true);
  remember();
}

function showServer() {
  const any = (...statuses) => cards.some((card) => statuses.includes(card.status));
  const [text, kind] = any('unreachable')
    ? ['Server unreachable, trying again', 'bad']
    : any('online', 'catching-up')
      ? ['Connected', 'good']
      : any('connecting')
        ? ['Connecting', '']
        : ['No device is online', ''];
  const pill = byId('server');
  if (pill.textContent !== text) {
    pill.textContent = text;
    pill.className = 'pill ' + kind;
  }
}

byId('add').addEventListener('submit', (event) => {
  event.preventDefault();
  const form = event.target;
  const user = form.elements.user.value.trim();
  const name = form.elements.name.value.trim();
  if (user && name) {
    addNew(user, name);
    form.elements.user.value = '';
    form.elements.user.focus();
  }
});

byId('start').addEventListener('click', () => START.forEach(({ user, name }) => addNew(user, name)));

JSON.parse(localStorage.getItem(CARDS) ?? '[]').forEach(({ online, ...identity }) => add(identity, online));
remember();
showServer();
