/** Every word that the widget itself says. Messages come from the server; nothing here answers a patient. */

const plural = (count: number, one: string, many: string): string => (count === 1 ? one : many);

export const strings = {
  assistant: "Aftercare assistant",
  automated: "automated",
  staff: "Clinic staff",
  you: "You",
  bySms: "by text message",

  launcher: "Chat with us",
  launcherLabel: "Open the aftercare chat",
  launcherGrave: "Help is here",
  launcherUnread: (count: number): string => `${count} new ${plural(count, "message", "messages")}`,
  close: "Close the chat",
  start: "Start the chat",
  startText: "Ask about your aftercare at any hour.",
  panelLabel: (clinic: string): string => (clinic ? `Aftercare chat, ${clinic}` : "Aftercare chat"),

  connecting: "Connecting…",
  connected: "Connected",
  connectedOnShift: "Connected. Someone from the clinic is on shift.",
  connectedOffShift: "Connected. No one from the clinic is on shift now.",
  connectedStaff: (name: string): string => `Connected. You are writing with ${name}.`,
  waiting: "Connection lost. Trying again…",
  offline: "You are offline. You can keep writing.",

  crisisBar: "Help now",
  crisisRegion: "Phone numbers for help now",
  crisisTitle: "Reach a person right now",
  crisisText: (ambulance: string, line: string): string => `${ambulance} and ${line} answer day and night.`,
  crisisLess: "Make smaller",
  crisisAlert: (ambulance: string, line: string): string =>
    `Help is one tap away, at the top of the chat. Call ${ambulance} in an emergency. Call ${line} to talk to someone now.`,
  call: "Call",
  text: "Text",
  line: "Crisis line",
  lineText: "If you cannot talk",
  ambulance: "Emergency",
  clinic: "Clinic",
  clinicAfterHours: "Clinic, after hours",

  log: "Messages",
  loading: "Getting your messages…",
  older: "Show earlier messages",
  olderLoading: "Getting earlier messages…",
  olderFailed: "Earlier messages could not be fetched. Try again in a moment.",
  newest: "Newest message",
  typing: (name: string): string => `${name} is writing…`,
  choices: "Suggested answers",
  important: "Important",
  today: "Today",
  yesterday: "Yesterday",

  composerLabel: "Your message",
  placeholder: "Write your message",
  send: "Send",
  sending: "Sending…",
  sent: "Sent",
  unsent: "Not sent yet. It will be sent when the connection is back.",
  unsentUrgent: "Not sent yet. If you cannot wait, use a phone number above.",
  refused: "Not sent.",
  otherConversation: "This page now shows another conversation, so this was not sent. Send it again only if it belongs here.",
  again: "Send again",
  remove: "Remove",
  enterHint: "Enter sends. Shift and Enter starts a new line.",
  empty: "Write a message first.",
  tooLong: (length: number, limit: number): string =>
    `This message is ${length.toLocaleString("en-US")} characters long. The limit is ${limit.toLocaleString("en-US")}. ` +
    "Please shorten it, or send it in parts. Nothing you wrote is lost.",
  room: (left: number): string => `${left.toLocaleString("en-US")} ${plural(left, "character", "characters")} left`,
  problem: "Something went wrong.",
} as const;
