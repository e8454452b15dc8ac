// Values of a view or message as Slack keeps them: values[block_id][action_id] = {type, value | selected_…}.
const FIELDS = {
  timepicker: ["selected_time", "initial_time"],
  conversations_select: ["selected_conversation", "initial_conversation"],
  static_select: ["selected_option", "initial_option"],
  radio_buttons: ["selected_option", "initial_option"],
  checkboxes: ["selected_options", "initial_options"],
  multi_static_select: ["selected_options", "initial_options"],
};

/** The name of the field in which an element of this type keeps its value. */
export const fieldOf = (type) => FIELDS[type]?.[0] ?? "value";

/** Whether an element is several controls, which a label cannot point at. */
export const isGroup = (type) => type === "radio_buttons" || isMany(type);

const isMany = (type) => type === "checkboxes" || type.startsWith("multi_");

/** The value of an element nobody has touched. */
export function initialValue(element) {
  const [field, first] = FIELDS[element.type] ?? ["value", "initial_value"];
  let value = element[first] ?? null;
  if (value === null && isMany(element.type)) value = [];
  return { type: element.type, [field]: value };
}

/** Every interactive element of some blocks with its block. */
export function* elementsOf(blocks) {
  for (const block of blocks ?? []) {
    if (block.type === "input" && block.element) yield [block, block.element];
    if (block.accessory) yield [block, block.accessory];
    if (block.type === "actions") for (const element of block.elements ?? []) yield [block, element];
  }
}

/** The current value of an element; set to its initial value the first time. */
export function valueOf(values, blockId, element) {
  values[blockId] ??= {};
  values[blockId][element.action_id] ??= initialValue(element);
  return values[blockId][element.action_id];
}

/** `state.values` of these blocks, as a submission carries it. */
export function collect(blocks, values) {
  const out = {};
  for (const [block, element] of elementsOf(blocks)) {
    if (element.type === "button") continue;
    out[block.block_id] ??= {};
    out[block.block_id][element.action_id] = valueOf(values, block.block_id, element);
  }
  return out;
}

function emptyValue(value) {
  return value === null || value === undefined || value === "" || (Array.isArray(value) && value.length === 0);
}

function faultOf(block, element, value) {
  if (emptyValue(value)) return block.optional ? null : "Please complete this required field.";
  if (typeof value !== "string") return null;
  if (element.max_length && value.length > element.max_length) {
    return `This is ${value.length - element.max_length} characters too long.`;
  }
  return null;
}

/** What Slack itself would refuse before the app hears of it: `{block_id: sentence}`. */
export function faults(blocks, values) {
  const found = {};
  for (const [block, element] of elementsOf(blocks)) {
    if (block.type !== "input") continue;
    const fault = faultOf(block, element, valueOf(values, block.block_id, element)[fieldOf(element.type)]);
    if (fault) found[block.block_id] = fault;
  }
  return found;
}

/** All texts somebody typed into these blocks. */
export function textsOf(blocks, values) {
  return [...elementsOf(blocks)]
    .filter(([, element]) => element.type === "plain_text_input")
    .map(([block, element]) => values[block.block_id]?.[element.action_id]?.value)
    .filter((text) => typeof text === "string" && text.trim() !== "");
}

/** Whether an option is among `chosen`. */
export const isChosen = (option, chosen) => (chosen ?? []).some((one) => one?.value === option.value);
