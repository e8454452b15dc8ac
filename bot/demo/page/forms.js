// Values of a view or message as Slack keeps them: values[block_id][action_id] = {type, value | selected_…}.
import { plain } from "./format.js";

const BUTTONS = new Set(["button", "overflow", "image", "workflow_button", "icon_button", "feedback_buttons"]);
const CONVERSATIONS = new Set(["conversations_select", "channels_select", "users_select"]);
const FIELDS = {
  timepicker: ["selected_time", "initial_time"],
  datepicker: ["selected_date", "initial_date"],
  datetimepicker: ["selected_date_time", "initial_date_time"],
  conversations_select: ["selected_conversation", "initial_conversation"],
  channels_select: ["selected_channel", "initial_channel"],
  users_select: ["selected_user", "initial_user"],
  static_select: ["selected_option", "initial_option"],
  external_select: ["selected_option", "initial_option"],
  radio_buttons: ["selected_option", "initial_option"],
  checkboxes: ["selected_options", "initial_options"],
  multi_static_select: ["selected_options", "initial_options"],
  multi_conversations_select: ["selected_conversations", "initial_conversations"],
  multi_channels_select: ["selected_channels", "initial_channels"],
  multi_users_select: ["selected_users", "initial_users"],
};

/** The name of the field in which an element of this type keeps its value. */
export const fieldOf = (type) => FIELDS[type]?.[0] ?? "value";

/** Whether an element is several controls, which a label cannot point at. */
export const isGroup = (type) => type === "radio_buttons" || isMany(type);

const isMany = (type) => type === "checkboxes" || type.startsWith("multi_");

/** The value of an element nobody has touched; `here` is the channel the view was opened in, if known. */
export function initialValue(element, here = null) {
  const [field, first] = FIELDS[element.type] ?? ["value", "initial_value"];
  let value = element[first] ?? null;
  if (value === null && element.default_to_current_conversation && CONVERSATIONS.has(element.type)) value = here;
  if (value === null && isMany(element.type)) value = [];
  return { type: element.type, [field]: value };
}

/** Every interactive element of some blocks with its block, children of containers included. */
export function* elementsOf(blocks) {
  for (const block of blocks ?? []) {
    if (block.type === "input" && block.element) yield [block, block.element];
    if (block.accessory) yield [block, block.accessory];
    if (block.type === "actions") for (const element of block.elements ?? []) yield [block, element];
    if (block.type === "container") yield* elementsOf(block.child_blocks);
  }
}

/** The current value of an element; set to its initial value the first time. */
export function valueOf(values, blockId, element, here) {
  values[blockId] ??= {};
  values[blockId][element.action_id] ??= initialValue(element, here);
  return values[blockId][element.action_id];
}

/** `state.values` of these blocks, as a submission carries it. */
export function collect(blocks, values, here) {
  const out = {};
  for (const [block, element] of elementsOf(blocks)) {
    if (BUTTONS.has(element.type)) continue;
    out[block.block_id] ??= {};
    out[block.block_id][element.action_id] = valueOf(values, block.block_id, element, here);
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
  if (element.min_length && value.length < element.min_length) return `Write at least ${element.min_length} characters.`;
  if (element.type === "number_input") return numberFault(element, value);
  return null;
}

function numberFault(element, text) {
  const n = Number(text);
  if (Number.isNaN(n)) return "Write a number.";
  if (!element.is_decimal_allowed && !Number.isInteger(n)) return "Write a whole number.";
  if (element.min_value !== undefined && n < Number(element.min_value)) return `The smallest number here is ${element.min_value}.`;
  if (element.max_value !== undefined && n > Number(element.max_value)) return `The largest number here is ${element.max_value}.`;
  return null;
}

/** What Slack itself would refuse before the app hears of it: `{block_id: sentence}`. */
export function faults(blocks, values, here) {
  const found = {};
  for (const [block, element] of elementsOf(blocks)) {
    if (block.type !== "input") continue;
    const fault = faultOf(block, element, valueOf(values, block.block_id, element, here)[fieldOf(element.type)]);
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

/** Options and option groups as `[{label, options}]`; ungrouped options have the label "". */
export function groupsOf(element) {
  if (element.option_groups) return element.option_groups.map((g) => ({ label: plain(g.label), options: g.options }));
  return [{ label: "", options: element.options ?? [] }];
}
