// The page about the nodes: asks twice a second, and does what the buttons say.

const ASK_MS = 500;

// What there is to do with a node, and in which states.
const ACTIONS = [
  { action: 'kill', text: 'Kill', title: 'SIGKILL', states: ['STARTING', 'UP', 'PAUSED'] },
  { action: 'pause', text: 'Pause', title: 'SIGSTOP', states: ['UP'] },
  { action: 'go-on', text: 'Go on', title: 'SIGCONT', states: ['PAUSED'] },
  { action: 'start', text: 'Start', title: 'a new process', states: ['KILLED'] },
];

const byId = (id) => document.getElementById(id);
const rows = new Map();

function element(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function rowOf(name) {
  let row = rows.get(name);
  if (!row) {
    const cells = ['state', 'devices', 'submits', 'sweeps'].map((className) => element('td', { className }));
    const buttons = ACTIONS.map(({ action, text, title }) =>
      element('button', { className: action, title, textContent: text, onclick: () => act(name, action) }),
    );
    row = { cells, buttons };
    rows.set(name, row);
    byId('nodes').append(element('tr', { id: name }, element('th', { textContent: name }), ...cells, element('td', {}, ...buttons)));
  }
  return row;
}

function show(node) {
  const { cells, buttons } = rowOf(node.name);
  const unwell = node.state === 'UP' && !node.live;
  const state = unwell ? 'no answer' : node.state.toLowerCase();
  const devices = node.devices.map(({ user, device }) => user + ' · ' + device).sort();
  const texts = [state, devices.join('\n') || '–', node.live ? String(node.accepted) : '–', node.sweeps ? 'yes' : ''];
  texts.forEach((text, i) => {
    if (cells[i].textContent !== text) {
      cells[i].textContent = text;
    }
  });
  cells[0].dataset.state = state;
  ACTIONS.forEach(({ states }, i) => (buttons[i].disabled = !states.includes(node.state)));
}

async function ask() {
  try {
    const answer = await (await fetch('/nodes')).json();
    byId('chat').href = location.protocol + '//' + location.hostname + ':' + answer.chatPort + '/';
    answer.nodes.forEach(show);
    byId('notice').textContent = '';
  } catch {
    byId('notice').textContent = 'The cluster does not answer.';
  }
}

async function act(name, action) {
  try {
    const answer = await fetch('/nodes/' + name + '/' + action, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
    });
    byId('notice').textContent = answer.ok ? '' : await answer.text();
  } catch {
    byId('notice').textContent = 'The cluster does not answer.';
  }
  await ask();
}

async function askAgain() {
  await ask();
  setTimeout(askAgain, ASK_MS);
}

askAgain();
