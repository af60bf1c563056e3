// Entries that are no messages, in words.

const ROLES = { OWNER: 'an owner', ADMIN: 'an administrator', MEMBER: 'a plain member' };

export function systemText(entry) {
  const names = (entry.members ?? []).map((member) => member.user);
  switch (entry.type) {
    case 'created': {
      const others = names.filter((name) => name !== entry.actor);
      return `${entry.actor} created “${entry.title}”` + (others.length > 0 ? ` with ${list(others)}` : '');
    }
    case 'title':
      return `${entry.actor} named the group “${entry.title}”`;
    case 'members':
      return membership(entry, names);
    default:
      return 'Something that this page is too old to show';
  }
}

function membership(entry, names) {
  switch (entry.change) {
    case 'ADDED':
      return `${entry.actor} added ${list(names)}`;
    case 'REMOVED':
      return `${entry.actor} removed ${list(names)}`;
    case 'LEFT':
      return `${list(names)} left`;
    default:
      return `${entry.actor} made ${list(names)} ${ROLES[entry.members[0]?.role] ?? 'something else'}`;
  }
}

function list(names) {
  return names.length < 2 ? names.join('') : names.slice(0, -1).join(', ') + ' and ' + names.at(-1);
}
