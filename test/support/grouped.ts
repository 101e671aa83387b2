/** Returns the members of a list by their name. (`Map.groupBy` needs Node 21.) */
export function grouped<T>(list: Iterable<T>, nameOf: (member: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const member of list) {
    const group = groups.get(nameOf(member));
    if (group) group.push(member);
    else groups.set(nameOf(member), [member]);
  }
  return groups;
}
