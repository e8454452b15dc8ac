// The emoji names that a workspace like this one uses.
const EMOJI = {
  wave: "👋", tada: "🎉", seedling: "🌱", herb: "🌿", bulb: "💡", eyes: "👀", eye: "👁️", lock: "🔒", unlock: "🔓", key: "🔑",
  closed_lock_with_key: "🔐", speech_balloon: "💬", thought_balloon: "💭", left_speech_bubble: "🗨️", bar_chart: "📊",
  chart_with_upwards_trend: "📈", chart_with_downwards_trend: "📉", calendar: "📆", date: "📅", spiral_calendar_pad: "🗓️",
  alarm_clock: "⏰", hourglass: "⌛", hourglass_flowing_sand: "⏳", clock1: "🕐", stopwatch: "⏱️", mag: "🔍", mag_right: "🔎",
  white_check_mark: "✅", heavy_check_mark: "✔️", ballot_box_with_check: "☑️", ballot_box_with_ballot: "🗳️", x: "❌",
  warning: "⚠️", no_entry: "⛔", no_entry_sign: "🚫", information_source: "ℹ️", question: "❓", exclamation: "❗",
  sparkles: "✨", star: "⭐", heart: "❤️", orange_heart: "🧡", green_heart: "💚", blue_heart: "💙", fire: "🔥", rocket: "🚀",
  thumbsup: "👍", "+1": "👍", thumbsdown: "👎", "-1": "👎", clap: "👏", raised_hands: "🙌", pray: "🙏", muscle: "💪",
  handshake: "🤝", raising_hand: "🙋", point_right: "👉", point_down: "👇", ok_hand: "👌", smile: "😄", slightly_smiling_face: "🙂",
  grinning: "😀", joy: "😂", blush: "😊", thinking_face: "🤔", sweat_smile: "😅", wink: "😉", cry: "😢", coffee: "☕", tea: "🍵",
  cake: "🍰", pizza: "🍕", books: "📚", book: "📖", memo: "📝", pencil: "✏️", pencil2: "✏️", scroll: "📜", page_facing_up: "📄",
  file_folder: "📁", package: "📦", gear: "⚙️", wrench: "🔧", hammer_and_wrench: "🛠️", test_tube: "🧪", microscope: "🔬",
  link: "🔗", bell: "🔔", no_bell: "🔕", mega: "📣", loudspeaker: "📢", inbox_tray: "📥", outbox_tray: "📤", door: "🚪",
  house: "🏠", busts_in_silhouette: "👥", bust_in_silhouette: "👤", people_hugging: "🫂", globe_with_meridians: "🌐",
  recycle: "♻️", arrows_counterclockwise: "🔄", repeat: "🔁", arrow_right: "➡️", arrow_up: "⬆️", arrow_down: "⬇️",
  large_green_circle: "🟢", large_yellow_circle: "🟡", red_circle: "🔴", white_circle: "⚪", black_circle: "⚫", o: "⭕",
  sunny: "☀️", ocean: "🌊", sailboat: "⛵", anchor: "⚓", compass: "🧭", dart: "🎯", trophy: "🏆", gift: "🎁", broom: "🧹",
  wastebasket: "🗑️", fire_extinguisher: "🧯", shield: "🛡️", receipt: "🧾", ticket: "🎫", robot_face: "🤖", people_holding_hands: "🧑‍🤝‍🧑",
};

/** The character of `:name:`, or null if this page does not know it. */
export const emoji = (name) => EMOJI[name] ?? null;
