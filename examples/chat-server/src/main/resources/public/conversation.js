// One conversation as one device knows it: entries sorted by their number, each applied once.

export function newConversation(key) {
  return { key, title: '', member: true, head: 0, seen: 0, entries: [] };
}

export function top(conversation) {
  return conversation.entries.at(-1)?.seq ?? 0;
}

// The index of the first entry whose number is not below seq.
function place(entries, seq) {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (entries[middle].seq < seq) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

// Applies an entry; a second time it does nothing. Tells whether it was new.
export function apply(conversation, entry, me) {
  const at = place(conversation.entries, entry.seq);
  if (conversation.entries[at]?.seq === entry.seq) {
    return false;
  }
  conversation.entries.splice(at, 0, entry);
  conversation.head = Math.max(conversation.head, entry.seq);
  if (at === conversation.entries.length - 1) {
    applyToGroup(conversation, entry, me);
  }
  return true;
}

function applyToGroup(conversation, entry, me) {
  if (entry.type === 'created' || entry.type === 'title') {
    conversation.title = entry.title;
  }
  const named = entry.members?.some((member) => member.user === me);
  if (named && (entry.type === 'created' || entry.change === 'ADDED')) {
    conversation.member = true;
  } else if (named && (entry.change === 'REMOVED' || entry.change === 'LEFT')) {
    conversation.member = false;
  }
}

// How many numbers are missing before the entry at an index. One that joins what came before it in
// the history has nothing missing, whatever the numbers say: a member who was away cannot see all.
export function missingBefore(conversation, index) {
  const entry = conversation.entries[index];
  if (entry.joined) {
    return 0;
  }
  const previous = index === 0 ? 0 : conversation.entries[index - 1].seq;
  return entry.seq - previous - 1;
}

// Applies a page of history: what came before a number, newest first.
export function applyHistory(conversation, before, entries, more, me) {
  const join = (seq) => {
    const entry = conversation.entries[place(conversation.entries, seq)];
    if (entry?.seq === seq) {
      entry.joined = true;
    }
  };
  entries.forEach((entry) => apply(conversation, entry, me));
  [before, ...entries.slice(0, -1).map((entry) => entry.seq)].forEach(join);
  if (!more && entries.length > 0) {
    join(entries.at(-1).seq);
  }
  if (before > conversation.head) {
    conversation.head = top(conversation);
  }
}

// The store lost acknowledged writes: what is beyond its head does not exist any more.
export function cutBeyond(conversation, head) {
  conversation.entries = conversation.entries.filter((entry) => entry.seq <= head);
  conversation.head = head;
  conversation.seen = Math.min(conversation.seen, head);
}

export function unread(conversation, me) {
  let count = 0;
  for (let i = conversation.entries.length - 1; i >= 0; i--) {
    const entry = conversation.entries[i];
    if (entry.seq <= conversation.seen) {
      break;
    }
    if (entry.type === 'message' && entry.sender !== me) {
      count++;
    }
  }
  return count;
}

// ---- names of conversations ---------------------------------------------------------------------

// The key of the direct conversation of two users: the same whoever is named first.
export function directKey(one, other) {
  const [first, second] = compareBytes(one, other) <= 0 ? [one, other] : [other, one];
  return 'd' + first.length + ':' + first + second;
}

export function isDirect(key) {
  return key.startsWith('d');
}

// The other user of a direct conversation; oneself in notes to oneself.
export function otherUser(key, me) {
  const colon = key.indexOf(':');
  const length = Number(key.slice(1, colon));
  const first = key.slice(colon + 1, colon + 1 + length);
  const second = key.slice(colon + 1 + length);
  return first === me ? second : first;
}

export function titleOf(conversation, me) {
  if (!isDirect(conversation.key)) {
    return conversation.title || 'Group';
  }
  const other = otherUser(conversation.key, me);
  return other === me ? 'Notes to yourself' : other;
}

function compareBytes(one, other) {
  const encoder = new TextEncoder();
  const a = encoder.encode(one);
  const b = encoder.encode(other);
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    if (a[i] !== b[i]) {
      return a[i] - b[i];
    }
  }
  return a.length - b.length;
}
