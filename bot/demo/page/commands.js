// Slash commands: what to suggest for what has been typed so far.

/**
 * The first words of a usage hint: "[summary|schedule list|help]" or "summary · help" -> words with their remainder.
 * @param {string} hint
 * @returns {string[]}
 */
export function verbsOf(hint) {
  const bare = (hint ?? "").replace(/[[\](){}]/g, " ");
  const parts = bare.split(/\s*(?:\||·|,|;|\bor\b)\s*/).map((part) => part.trim());
  return [...new Set(parts.filter((part) => /^[a-z][\w-]*( [\w<>#@-]+)*$/i.test(part)))];
}

/**
 * What could complete `text`: commands first, then the verbs of a command.
 * @param {string} text
 * @param {Array<{command: string, description: string, usage_hint: string}>} commands
 * @returns {Array<{insert: string, label: string, about: string}>}
 */
export function suggestions(text, commands) {
  if (!text.startsWith("/") || text.includes("\n")) return [];
  const space = text.indexOf(" ");
  if (space < 0) {
    return commands
      .filter((one) => one.command.startsWith(text.toLowerCase()))
      .map((one) => ({ insert: `${one.command} `, label: one.command, about: one.description ?? "", hint: one.usage_hint ?? "" }));
  }
  const command = commands.find((one) => one.command === text.slice(0, space));
  if (!command) return [];
  const typed = text.slice(space + 1).toLowerCase();
  return verbsOf(command.usage_hint)
    .filter((verb) => verb.startsWith(typed) && verb !== typed)
    .map((verb) => ({ insert: `${command.command} ${verb}`, label: `${command.command} ${verb}`, about: "" }));
}
