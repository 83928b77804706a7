// The emoji names that a business bot uses; other names are shown as text.

const KNOWN = {
  white_check_mark: "✅", heavy_check_mark: "✔️", x: "❌", no_entry: "⛔", no_entry_sign: "🚫", warning: "⚠️",
  hourglass: "⌛", hourglass_flowing_sand: "⏳", alarm_clock: "⏰", calendar: "📅", date: "📅", bell: "🔔",
  lock: "🔒", unlock: "🔓", key: "🔑", eyes: "👀", wave: "👋", tada: "🎉", bulb: "💡", link: "🔗", mag: "🔍",
  pencil: "📝", memo: "📝", speech_balloon: "💬", bust_in_silhouette: "👤", busts_in_silhouette: "👥",
  thumbsup: "👍", "+1": "👍", thumbsdown: "👎", "-1": "👎", heart: "❤️", smile: "😄", slightly_smiling_face: "🙂",
  red_circle: "🔴", large_green_circle: "🟢", large_yellow_circle: "🟡", large_blue_circle: "🔵", white_circle: "⚪",
  information_source: "ℹ️", question: "❓", exclamation: "❗", rocket: "🚀", handshake: "🤝", scroll: "📜",
};

export const emoji = (name) => KNOWN[name.toLowerCase()] ?? null;
